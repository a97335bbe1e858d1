using System.ComponentModel.DataAnnotations.Schema;
using PerfDash.Core.Statistics;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Estimates;

/// <summary>What an estimate needs to know of a job that ran: a metric without its scores and stages.</summary>
public sealed record PastJob
{
    public long WorkflowId { get; init; }

    public long WorkerId { get; init; }

    /// <summary>Resolution tier, or null when it was not reported.</summary>
    public string? ResolutionTier { get; init; }

    /// <summary>Frames made, or null.</summary>
    public int? FrameCount { get; init; }

    public long? TotalGpuTimeMs { get; init; }

    public long? TotalWallTimeMs { get; init; }

    /// <summary>Milliseconds per frame as recorded, or null. Rests on wall time where the job has no GPU time.</summary>
    public float? TimePerFrameMs { get; init; }

    public int? VramPeakMb { get; init; }

    /// <summary>Warm, cold or cached; null where that is unknown.</summary>
    public RunClass? RunClass { get; init; }

    /// <summary>When it completed, UTC.</summary>
    public DateTime CreatedAt { get; init; }

    /// <summary>When it began, UTC: its completion less its wall time; the completion itself where that is unknown.</summary>
    [NotMapped]
    public DateTime StartedAt => (TotalWallTimeMs ?? 0) < (CreatedAt - DateTime.MinValue).TotalMilliseconds
        ? CreatedAt.AddMilliseconds(-(TotalWallTimeMs ?? 0))
        : DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc);

    /// <summary>Whether its GPU time and its frames are known and above zero. A cached result that took no GPU time says nothing about the next job.</summary>
    [NotMapped]
    public bool HasGpuTime => TotalGpuTimeMs > 0 && FrameCount > 0;

    /// <summary>Milliseconds per frame above zero, from GPU time where it is known; else null.</summary>
    [NotMapped]
    public double? MsPerFrame =>
        HasGpuTime ? (double)TotalGpuTimeMs!.Value / FrameCount!.Value : TimePerFrameMs is > 0 and < float.PositiveInfinity and var time ? RealDigits.Widen(time) : null;
}
