using System.Text.Json.Nodes;
using PerfDash.Core.Sources.ComfyUi.Protocol;
using PerfDash.Core.Sources.Probes;

namespace PerfDash.Core.Sources.ComfyUi.Probes;

/// <summary>
/// Submits the probe of a source to its server. ComfyUI answers what it has run before from its cache, newer versions also long afterwards, and a first
/// run would measure the disk that models are read from. So the server forgets the results it keeps, the graph runs once with other seeds, which loads the
/// models, and then as it is: the second run is the one that counts. It finds models and texts there, and runs all that depends on a seed.
/// </summary>
internal sealed class ProbeSubmitter(ComfyUiClient client, ServerPrompts prompts, ProbeRuns runs, TimeProvider time)
{
    // The server forgets in the thread that runs prompts: one that comes at once would go before it.
    private static readonly TimeSpan Forgetting = TimeSpan.FromSeconds(2);

    /// <summary>Submits it where it is due and nothing waits or runs; the caller has just read the queue as empty.</summary>
    /// <param name="clientId">Of the socket: the server tells the times of nodes to the submitter.</param>
    /// <returns>Whether something was submitted.</returns>
    /// <exception cref="ComfyUiException">The server is away. What became of the run is found out later.</exception>
    public async Task<bool> SubmitDueAsync(string clientId, CancellationToken cancellationToken)
    {
        if (await runs.FindDueAsync(cancellationToken) is not { } graph)
            return false;
        try
        {
            await client.FreeCacheAsync(cancellationToken);
        }
        catch (ComfyUiException e) when (e.Kind != ComfyUiFailure.Unreachable)
        {
            // A proxy may not let it through. A run that was answered from the cache ends as failed.
        }

        await Task.Delay(Forgetting, time, cancellationToken);
        using (var queue = await client.GetQueueAsync(cancellationToken))
        {
            if ((queue.RootElement.Field("queue_running") ?? default).Items().Any() || (queue.RootElement.Field("queue_pending") ?? default).Items().Any())
                return false;
        }

        // Stored before it is submitted: whatever happens from here on, the run is missed where the server does not have it.
        var promptId = Guid.NewGuid().ToString("D");
        if (!await runs.BeginAsync(promptId, graph, prompts.Status.Stats, cancellationToken))
            return false;
        prompts.MarkStale();
        try
        {
            await client.SubmitAsync(Request(graph.WarmUp, Guid.NewGuid().ToString("D"), clientId), cancellationToken);
            var (submittedId, error) = await client.SubmitAsync(Request(graph.Measured, promptId, clientId), cancellationToken);
            if (submittedId != promptId)
                await runs.RenameAsync(promptId, submittedId, cancellationToken);
            if (error is not null)
                await runs.FailAsync(submittedId, error, cancellationToken);
        }
        catch (ComfyUiException e) when (e.Kind != ComfyUiFailure.Unreachable)
        {
            await runs.FailAsync(promptId, e.Message, cancellationToken);
        }

        return true;
    }

    private static JsonObject Request(JsonObject graph, string promptId, string clientId) => new()
    {
        ["prompt"] = graph,
        // Older servers give it an id of their own.
        ["prompt_id"] = promptId,
        ["client_id"] = clientId,
        // Stands in queue and history: whoever follows the server knows by it that this is no job.
        ["extra_data"] = new JsonObject { ["perfdash"] = new JsonObject { ["probe"] = true } },
    };
}
