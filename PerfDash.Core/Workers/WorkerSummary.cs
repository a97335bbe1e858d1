using PerfDash.Data.Entities;

namespace PerfDash.Core.Workers;

/// <summary>One worker over a range.</summary>
public record WorkerSummary : MetricSummary
{
    /// <summary>For the database's rows.</summary>
    public WorkerSummary()
    {
    }

    /// <summary>Takes the figures of <paramref name="summary"/>.</summary>
    public WorkerSummary(MetricSummary summary)
        : base(summary)
    {
    }

    /// <summary>The worker.</summary>
    public long WorkerId { get; init; }

    /// <summary>Its name.</summary>
    public string WorkerName { get; init; } = "";

    /// <summary>Its card, or null.</summary>
    public string? GpuModel { get; init; }
}

/// <summary>One worker in depth.</summary>
public sealed record WorkerDetail : WorkerSummary
{
    /// <summary>Takes the figures of <paramref name="summary"/>.</summary>
    public WorkerDetail(WorkerSummary summary)
        : base(summary)
    {
    }

    /// <summary>How busy it was, over all its jobs whatever the filter.</summary>
    public required Utilization Utilization { get; init; }

    /// <summary>Its speed against the other workers on the work they share, above 1 is faster; null where they share none.</summary>
    public required double? RelativeSpeed { get; init; }

    /// <summary>How far that speed may be off and what it rests on; null without one.</summary>
    public required SpeedInterval? RelativeSpeedInterval { get; init; }

    /// <summary>The kinds of job it did, most frequent first.</summary>
    public required IReadOnlyList<WorkerJobType> JobTypes { get; init; }
}

/// <summary>One kind of job on one worker, beside the fleet.</summary>
/// <param name="WorkflowId">With <paramref name="ResolutionTier"/>, the job type.</param>
/// <param name="WorkflowName">Its name.</param>
/// <param name="ResolutionTier">The tier; null for jobs that name none.</param>
/// <param name="JobCount">Jobs on this worker.</param>
/// <param name="AvgTimePerFrameMs">Mean on this worker; null where no job has a time.</param>
/// <param name="FleetAvgTimePerFrameMs">Mean over the jobs of all workers, this one included; null where no job has a time.</param>
/// <param name="RelativeSpeed">Mean of the other workers' jobs ÷ its own; null where no other worker has the type.</param>
/// <param name="RunClass">Warm, cold and cached runs are apart; null for jobs of which the class is unknown.</param>
public sealed record WorkerJobType(
    long WorkflowId, string WorkflowName, string? ResolutionTier, long JobCount, double? AvgTimePerFrameMs, double? FleetAvgTimePerFrameMs, double? RelativeSpeed,
    RunClass? RunClass);

/// <summary>Workers side by side.</summary>
/// <param name="Workers">By rank, those without one last.</param>
/// <param name="JobTypes">The kinds of job they did, most frequent first.</param>
public sealed record WorkerComparison(IReadOnlyList<ComparedWorker> Workers, IReadOnlyList<ComparedJobType> JobTypes);

/// <summary>A worker among others.</summary>
public sealed record ComparedWorker : WorkerSummary
{
    /// <summary>Takes the figures of <paramref name="summary"/>.</summary>
    public ComparedWorker(WorkerSummary summary)
        : base(summary)
    {
    }

    /// <summary>1 for the fastest of those compared; equal speeds share a rank. Null without a relative speed.</summary>
    public required int? Rank { get; init; }

    /// <summary>Its speed against all other workers of the fleet, also those not compared here; null where it shares no work with them.</summary>
    public required double? RelativeSpeed { get; init; }

    /// <summary>How far that speed may be off and what it rests on; null without one.</summary>
    public required SpeedInterval? RelativeSpeedInterval { get; init; }

    /// <summary>How busy it was, over all its jobs whatever the filter; null where that was not asked for.</summary>
    public required Utilization? Utilization { get; init; }
}

/// <summary>One kind of job on the compared workers.</summary>
/// <param name="WorkflowId">With <paramref name="ResolutionTier"/>, the job type.</param>
/// <param name="WorkflowName">Its name.</param>
/// <param name="ResolutionTier">The tier; null for jobs that name none.</param>
/// <param name="Workers">The compared workers that did it, by id.</param>
/// <param name="RunClass">Warm, cold and cached runs are apart; null for jobs of which the class is unknown.</param>
public sealed record ComparedJobType(long WorkflowId, string WorkflowName, string? ResolutionTier, IReadOnlyList<JobTypeOnWorker> Workers, RunClass? RunClass);

/// <summary>A kind of job on one of the compared workers.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="JobCount">Its jobs of the type.</param>
/// <param name="AvgTimePerFrameMs">Their mean time per frame; null where none has one.</param>
public sealed record JobTypeOnWorker(long WorkerId, long JobCount, double? AvgTimePerFrameMs);
