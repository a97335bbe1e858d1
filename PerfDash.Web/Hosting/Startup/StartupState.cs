namespace PerfDash.Web.Hosting.Startup;

/// <summary>How far the start is: what is awaited, for pages and health; nothing in it is a secret.</summary>
internal sealed class StartupState
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the database is migrated and everything that works on it runs.</summary>
    public Task Ready => _ready.Task;

    /// <summary>What is awaited, in a sentence; null once nothing is.</summary>
    public string? Awaited { get; private set; } = "PerfDash is starting.";

    /// <summary>Why the start was given up, for the console; null unless it was.</summary>
    public Exception? Failure { get; private set; }

    public void Wait(string awaited) => Awaited = awaited;

    public void SetReady()
    {
        Awaited = null;
        _ready.TrySetResult();
    }

    public void Fail(Exception failure)
    {
        Failure = failure;
        Awaited = "The start was given up; the log says why.";
    }
}
