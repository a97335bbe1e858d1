namespace PerfDash.Core.Sources.ComfyUi;

/// <summary>Where the jobs of a server go: into the database, or to another PerfDash over HTTP.</summary>
internal interface IPromptReceiver
{
    /// <summary>Ids of prompts that had not ended when last seen.</summary>
    Task<IReadOnlyList<string>> GetOpenAsync(CancellationToken cancellationToken);

    /// <summary>Prompts that wait or run, new or changed.</summary>
    Task ReceiveOpenAsync(IReadOnlyList<PromptJob> jobs, CancellationToken cancellationToken);

    /// <summary>Prompts that ended, each perhaps more than once; durable when it returns.</summary>
    Task ReceiveEndedAsync(IReadOnlyList<PromptJob> jobs, CancellationToken cancellationToken);

    /// <summary>How the server stands.</summary>
    Task ReceiveStatusAsync(ServerStatus status, CancellationToken cancellationToken);
}
