namespace PerfDash.Core.Workers;

/// <summary>What changes of a worker's speed were looked for in.</summary>
public enum DriftBasis
{
    /// <summary>Its speed against the other workers, in the same bucket and job type.</summary>
    Fleet,

    /// <summary>Its own speed alone: fewer than half of its jobs had a counterpart on another worker.</summary>
    OwnPast,
}

/// <summary>A worker's speed bucket by bucket, adjusted for its mix of jobs.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="WorkerName">Its name.</param>
/// <param name="Bucket">Width of a bucket.</param>
/// <param name="TimeZone">IANA name of the calendar the buckets follow.</param>
/// <param name="TimedJobCount">The worker's jobs with a time per frame above 0: those the index rests on.</param>
/// <param name="MatchedJobCount">Those of them with jobs of the same type on another worker in the same bucket.</param>
/// <param name="Basis">What <paramref name="Changes"/> were looked for in.</param>
/// <param name="Points">Buckets with such jobs, oldest first.</param>
/// <param name="Changes">Changes of level, oldest first; empty where there are none or too few jobs to decide.</param>
public sealed record WorkerDrift(
    long WorkerId, string WorkerName, Bucket Bucket, string TimeZone, long TimedJobCount, long MatchedJobCount, DriftBasis Basis,
    IReadOnlyList<DriftPoint> Points, IReadOnlyList<SpeedChange> Changes);

/// <summary>
/// One bucket. An index of 1 is the worker's own mean over the range, above 1 is faster; 1.1 makes a frame in 1 ÷ 1.1 of
/// the time.
/// </summary>
public sealed record DriftPoint
{
    /// <summary>Where the bucket starts, UTC.</summary>
    public required DateTime BucketStart { get; init; }

    /// <summary>The worker's jobs with a time per frame above 0, at least 1.</summary>
    public required long TimedJobCount { get; init; }

    /// <summary>Those of them with jobs of the same type on another worker in this bucket.</summary>
    public required long MatchedJobCount { get; init; }

    /// <summary>Speed against the other workers in the same bucket and job types: what slows all of them does not show. Null without a counterpart.</summary>
    public required double? FleetIndex { get; init; }

    /// <summary>Lower end of its 95 % interval; null where the jobs show no spread.</summary>
    public required double? FleetIndexLow { get; init; }

    /// <summary>Upper end.</summary>
    public required double? FleetIndexHigh { get; init; }

    /// <summary>Speed against the worker's own past in the same job types. Null where no chain of shared job types joins the bucket to the others.</summary>
    public required double? OwnIndex { get; init; }
}

/// <summary>A lasting change of a worker's speed.</summary>
/// <param name="At">Start of the first bucket after it, UTC.</param>
/// <param name="SpeedPercent">Change of speed: −10 makes a frame take 11 % longer.</param>
/// <param name="IndexBefore">Mean index of the stretch before it.</param>
/// <param name="IndexAfter">Mean index of the stretch after it.</param>
/// <param name="P">How often the same figures in shuffled order show as large a change.</param>
/// <param name="Text">It in a sentence.</param>
public sealed record SpeedChange(DateTime At, double SpeedPercent, double IndexBefore, double IndexAfter, double P, string Text);
