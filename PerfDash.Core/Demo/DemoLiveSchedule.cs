namespace PerfDash.Core.Demo;

/// <summary>
/// What happens next to the live farm's jobs, and when. Survives the connection; not thread-safe.
/// </summary>
/// <remarks>
/// Jobs are planned in the farm's own time, which runs <c>speed</c> times as fast as the clock: at a speed of 1 a job
/// takes as long as its figures say.
/// </remarks>
/// <param name="jobsPerSecond">Jobs queued per second of the clock on average, above 0.</param>
/// <param name="speed">Seconds of the farm in a second of the clock, at least 1.</param>
/// <param name="time">The clock.</param>
internal sealed class DemoLiveSchedule(double jobsPerSecond, double speed, TimeProvider time)
{
    /// <summary>Jobs queued this long before the start may still wait or run at it, as on a farm that has been running.</summary>
    private static readonly TimeSpan RunningBefore = TimeSpan.FromMinutes(45);

    // Below this share of the average rate a visitor at night would see a farm that stands still.
    private const double QuietestShare = 0.6;

    // A step this late means that the database was away: the farm stood still meanwhile and makes up for nothing.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private readonly PriorityQueue<DemoLiveStep, DateTime> _steps = new();
    private readonly Random _random = new();
    private DemoDispatcher? _dispatcher;
    private string _externalIdPrefix = "";
    private DateTimeOffset _startedAt;
    private TimeSpan _stoodStill;
    private DateTime _lastQueuedAt;
    private long _queued;

    /// <summary>Whether <see cref="Begin"/> is still to be called.</summary>
    public bool IsNew => _dispatcher is null;

    /// <summary>Starts with the jobs of a dispatcher, some of which wait or run already.</summary>
    public void Begin(DemoDispatcher jobs)
    {
        _dispatcher = jobs;
        _startedAt = time.GetUtcNow();
        _externalIdPrefix = $"{DemoLiveJobs.ExternalIdStart}{_startedAt:yyyyMMddHHmmss}";
        _lastQueuedAt = _startedAt.UtcDateTime - RunningBefore;
        while (_lastQueuedAt <= _startedAt.UtcDateTime)
            AddNextJob();
    }

    /// <summary>
    /// Waits for the next step. It stays next until <see cref="Done"/>, so that a failed one is tried again.
    /// </summary>
    /// <returns>The step, and the moment to write for it: now, or when it happened where that was before the start.</returns>
    public async Task<(DemoLiveStep Step, DateTime At)> NextAsync(CancellationToken cancellationToken)
    {
        _steps.TryPeek(out var step, out var plannedAt);
        var wait = ToClock(plannedAt) - time.GetUtcNow();
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var now = time.GetUtcNow().UtcDateTime;
        return (step!, plannedAt < _startedAt.UtcDateTime ? plannedAt : now);
    }

    /// <summary>Takes a step off and plans what follows from it.</summary>
    public void Done(DemoLiveStep step)
    {
        _steps.TryDequeue(out _, out var plannedAt);
        var late = time.GetUtcNow() - ToClock(plannedAt);
        if (plannedAt >= _startedAt.UtcDateTime && late > LongestDelay)
            _stoodStill += late;
        switch (step.Kind)
        {
            case DemoLiveStepKind.Queue:
                _steps.Enqueue(step with { Kind = DemoLiveStepKind.Start }, step.Job.StartedAt);
                if (step.Job.CreatedAt == _lastQueuedAt)
                    AddNextJob();
                break;
            case DemoLiveStepKind.Start:
                _steps.Enqueue(step with { Kind = DemoLiveStepKind.End }, step.Job.CompletedAt);
                break;
            case DemoLiveStepKind.End:
                break;
        }
    }

    private DateTimeOffset ToClock(DateTime farmTime) => _startedAt + _stoodStill + (farmTime - _startedAt.UtcDateTime) / speed;

    private void AddNextJob()
    {
        // Exponential gaps: arrivals as irregular as people's.
        var share = Math.Max(DemoLoadProfile.Level(_lastQueuedAt.DayOfWeek, _lastQueuedAt.Hour) / DemoLoadProfile.MeanLevel, QuietestShare);
        var gapSeconds = -Math.Log(1 - _random.NextDouble()) * speed / (jobsPerSecond * share);
        var job = _dispatcher!.Dispatch(_lastQueuedAt.AddSeconds(gapSeconds));
        _lastQueuedAt = job.CreatedAt;
        if (job.CompletedAt > _startedAt.UtcDateTime)
            _steps.Enqueue(new DemoLiveStep(DemoLiveStepKind.Queue, $"{_externalIdPrefix}-{++_queued}", job), job.CreatedAt);
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
