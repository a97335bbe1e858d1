namespace PerfDash.Core.Demo;

/// <summary>What happens next to the live farm's jobs, and when. Survives the connection; not thread-safe.</summary>
internal sealed class DemoLiveSchedule(double jobsPerSecond, TimeProvider time)
{
    private const double Compression = 60;
    private const double ShortestRunSeconds = 0.7;
    private const double LongestRunSeconds = 15;

    private readonly PriorityQueue<DemoLiveStep, DateTimeOffset> steps = new();
    private readonly Random random = new();
    private DemoDispatcher? dispatcher;
    private string externalIdPrefix = "";
    private long queued;

    /// <summary>Whether <see cref="Begin"/> is still to be called.</summary>
    public bool IsNew => dispatcher is null;

    /// <summary>Starts with the jobs of a dispatcher.</summary>
    public void Begin(DemoDispatcher jobs)
    {
        dispatcher = jobs;
        externalIdPrefix = $"{DemoLiveJobs.ExternalIdStart}{time.GetUtcNow():yyyyMMddHHmmss}";
        AddNextJob();
    }

    /// <summary>Waits for the next step. It stays next until <see cref="Done"/>, so that a failed one is tried again.</summary>
    public async Task<DemoLiveStep> NextAsync(CancellationToken cancellationToken)
    {
        steps.TryPeek(out var step, out var due);
        var wait = due - time.GetUtcNow();
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return step!;
    }

    /// <summary>Takes a step off and plans what follows from it.</summary>
    public void Done(DemoLiveStep step)
    {
        steps.Dequeue();
        var now = time.GetUtcNow();
        switch (step.Kind)
        {
            case DemoLiveStepKind.Queue:
                steps.Enqueue(step with { Kind = DemoLiveStepKind.Start }, now.AddSeconds(0.2 + 1.2 * random.NextDouble()));
                AddNextJob();
                break;
            case DemoLiveStepKind.Start:
                var seconds = step.Job.WallTimeMs / 1000.0 / Compression * random.LogNormal(0.3);
                steps.Enqueue(step with { Kind = DemoLiveStepKind.End }, now.AddSeconds(Math.Clamp(seconds, ShortestRunSeconds, LongestRunSeconds)));
                break;
            case DemoLiveStepKind.End:
                break;
        }
    }

    private void AddNextJob()
    {
        // Exponential gaps: arrivals as irregular as people's. After an outage nothing is made up for.
        var queuedAt = time.GetUtcNow().AddSeconds(-Math.Log(1 - random.NextDouble()) / jobsPerSecond);
        var job = dispatcher!.Dispatch(queuedAt.UtcDateTime);
        steps.Enqueue(new DemoLiveStep(DemoLiveStepKind.Queue, $"{externalIdPrefix}-{++queued}", job), queuedAt);
    }
}

/// <summary>One statement of the live farm.</summary>
/// <param name="Kind">What happens to the job.</param>
/// <param name="ExternalId">The job's external id.</param>
/// <param name="Job">Its figures.</param>
internal sealed record DemoLiveStep(DemoLiveStepKind Kind, string ExternalId, DemoJob Job);

/// <summary>What can happen to a live job.</summary>
internal enum DemoLiveStepKind
{
    /// <summary>It is queued: <c>pending</c>.</summary>
    Queue,

    /// <summary>A worker takes it: <c>running</c>.</summary>
    Start,

    /// <summary>It ends: <c>completed</c> or <c>failed</c>.</summary>
    End,
}
