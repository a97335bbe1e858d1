namespace PerfDash.Data.Entities;

/// <summary>What one completed job cost and achieved (table <c>performance_metrics</c>). Never updated.</summary>
public sealed class PerformanceMetric
{
    /// <summary>Key, unique by sequence; the database's key also carries <see cref="CreatedAt"/>, the partition key.</summary>
    public long Id { get; set; }

    /// <summary>The job; exactly one metric each.</summary>
    public long JobId { get; set; }

    public long WorkflowId { get; set; }

    public long WorkerId { get; set; }

    public long? ProjectId { get; set; }

    public long? CharacterId { get; set; }

    public long? SceneId { get; set; }

    /// <summary>Milliseconds per frame, at least 0, or null when it was neither reported nor derivable.</summary>
    public float? TimePerFrameMs { get; set; }

    /// <summary>GPU time in milliseconds, at least 0, or null.</summary>
    public long? TotalGpuTimeMs { get; set; }

    /// <summary>Wall time in milliseconds, at least 0, or null.</summary>
    public long? TotalWallTimeMs { get; set; }

    /// <summary>Highest VRAM use in MB, at least 0, or null.</summary>
    public int? VramPeakMb { get; set; }

    /// <summary>Frames made, at least 0, or null.</summary>
    public int? FrameCount { get; set; }

    /// <summary>JSON object: score name to number; null when there is none.</summary>
    public string? QualityScoresJson { get; set; }

    /// <summary>JSON array of <c>{"name", "duration_ms"}</c> in the order run; null when not reported.</summary>
    public string? PipelineStagesJson { get; set; }

    /// <summary>For example <c>1080p</c>, or null.</summary>
    public string? ResolutionTier { get; set; }

    /// <summary>What the run had to do before it could begin, or null where that was not reported.</summary>
    public RunClass? RunClass { get; set; }

    /// <summary>When the job completed, UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>The score of that name in <see cref="QualityScoresJson"/>, kept by the database; null where it is no number within ±1e100.</summary>
    public double? Likeness { get; private set; }

    /// <summary>As <see cref="Likeness"/>.</summary>
    public double? FaceConfidence { get; private set; }

    /// <summary>As <see cref="Likeness"/>.</summary>
    public double? MotionQuality { get; private set; }

    /// <summary>As <see cref="Likeness"/>.</summary>
    public double? BoundarySsim { get; private set; }

    /// <summary>Whether <see cref="QualityScoresJson"/> may hold scores that the four columns do not; kept by the database.</summary>
    public bool? HasOtherScores { get; private set; }

    /// <summary><see cref="ResolutionTier"/>, or of one longer than 100 characters its beginning and a hash; kept by the database.</summary>
    public string? TierKey { get; private set; }

    /// <summary>
    /// Of <see cref="PipelineStagesJson"/>: numbers that stand for the names, each once, and behind them as many sums of
    /// milliseconds; null where there is no named stage with a length. Kept by the database.
    /// </summary>
    public double[]? StageTimes { get; private set; }
}

/// <summary>What a run had to do before it could begin: comparisons are fair within one class.</summary>
public enum RunClass
{
    /// <summary>The models were there.</summary>
    Warm,

    /// <summary>Models had to be loaded.</summary>
    Cold,

    /// <summary>No node ran: everything was there from an earlier prompt.</summary>
    Cached,
}
