namespace PerfDash.Core.Alerts.Evaluation;

/// <summary>A place in a subject's row of jobs: by completion, equals by job.</summary>
/// <param name="At">Completion, UTC.</param>
public readonly record struct JobPosition(DateTime At, long JobId) : IComparable<JobPosition>
{
    public int CompareTo(JobPosition other) => At.CompareTo(other.At) is var byTime and not 0 ? byTime : JobId.CompareTo(other.JobId);

    /// <summary>Order of completion.</summary>
    public static bool operator <(JobPosition left, JobPosition right) => left.CompareTo(right) < 0;

    /// <summary>Order of completion.</summary>
    public static bool operator >(JobPosition left, JobPosition right) => left.CompareTo(right) > 0;

    /// <summary>Order of completion.</summary>
    public static bool operator <=(JobPosition left, JobPosition right) => left.CompareTo(right) <= 0;

    /// <summary>Order of completion.</summary>
    public static bool operator >=(JobPosition left, JobPosition right) => left.CompareTo(right) >= 0;
}

/// <summary>A job in the row of one rule and subject.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Value">What it measured, in the metric's unit.</param>
/// <param name="Level">How that stands to the limits.</param>
/// <param name="IsNew">Not evaluated before. Nothing is decided by jobs that were all evaluated before.</param>
public readonly record struct EvaluatedJob(JobPosition Position, double Value, AlertLevel Level, bool IsNew, long WorkflowId = 0, long WorkerId = 0);
