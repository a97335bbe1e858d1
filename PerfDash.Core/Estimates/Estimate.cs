using PerfDash.Data.Entities;

namespace PerfDash.Core.Estimates;

/// <summary>A job that has not run yet.</summary>
/// <param name="Frames">Frames to make, at least 1.</param>
/// <param name="WorkerId">The worker it will run on; null when it may be any.</param>
/// <param name="ResolutionTier">The tier, for example <c>1080p</c>; null when it may be any.</param>
/// <param name="RunClass">Whether models will have to be loaded; null is a warm run.</param>
public sealed record EstimateQuestion(long WorkflowId, int Frames, long? WorkerId = null, string? ResolutionTier = null, RunClass? RunClass = null);

/// <summary>Which history an estimate rests on, the most exact first.</summary>
public enum EstimateBasis
{
    /// <summary>Jobs of this workflow, tier and worker.</summary>
    WorkflowTierWorker,

    /// <summary>Jobs of this workflow and worker, whatever the tier: none was asked for.</summary>
    WorkflowWorker,

    /// <summary>Jobs of this workflow and tier on other workers too, each scaled by how fast its worker is against the one asked for.</summary>
    WorkflowTierSpeed,

    /// <summary>Jobs of this workflow and tier on any worker, as they are.</summary>
    WorkflowTier,

    /// <summary>Jobs of this workflow in any tier, scaled by the worker's relative speed.</summary>
    WorkflowSpeed,

    /// <summary>Jobs of this workflow, in any tier on any worker, as they are.</summary>
    Workflow,

    /// <summary>Nothing usable has been recorded.</summary>
    None,
}

/// <summary>What a job will take. Every figure is null when nothing is behind it.</summary>
public sealed record Estimate
{
    /// <summary>Mean milliseconds per frame to expect: GPU time where the history has it, else time per frame as recorded.</summary>
    public double? ExpectedTimePerFrameMs { get; init; }

    /// <summary>Mean GPU milliseconds to expect, never outside P10 to P90.</summary>
    public double? ExpectedGpuTimeMs { get; init; }

    /// <summary>GPU milliseconds that one job in ten stays below.</summary>
    public double? P10GpuTimeMs { get; init; }

    /// <summary>GPU milliseconds that one job in ten exceeds.</summary>
    public double? P90GpuTimeMs { get; init; }

    /// <summary>Mean VRAM peak to expect, MB.</summary>
    public double? ExpectedVramPeakMb { get; init; }

    /// <summary>VRAM peak that one job in twenty exceeds, MB.</summary>
    public double? P95VramPeakMb { get; init; }

    /// <summary>
    /// Expected GPU hours × the price of the worker asked for, or the price per GPU hour that the jobs behind the
    /// estimate had on average, in the farm's currency; null without prices.
    /// </summary>
    public decimal? ExpectedCost { get; init; }

    /// <summary>Jobs the time rests on (the VRAM, where no time could be estimated); 0 without history.</summary>
    public int SampleSize { get; init; }

    /// <summary>The class of run that is estimated: jobs of another class are left out. Null where no job of the history has one, or none has the class asked for.</summary>
    public RunClass? RunClass { get; init; }

    /// <summary>Recent jobs of the workflow that were left out because their run was of another class, or of an unknown one where enough are of the one asked for.</summary>
    public int LeftOutJobs { get; init; }

    /// <summary>Which history it rests on, as a sentence.</summary>
    public string Basis { get; init; } = "";

    /// <summary>The same as a word.</summary>
    public EstimateBasis BasisLevel { get; init; } = EstimateBasis.None;

    /// <summary>Which history the VRAM rests on.</summary>
    internal EstimateBasis VramBasisLevel { get; init; } = EstimateBasis.None;

    /// <summary>Jobs the VRAM rests on.</summary>
    internal int VramSampleSize { get; init; }

    /// <summary>Completion of the newest job behind it, UTC; null without history.</summary>
    public DateTime? NewestJobAt { get; init; }
}
