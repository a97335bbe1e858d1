using System.ComponentModel.DataAnnotations.Schema;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Workers;

/// <summary>Jobs of one type on one worker.</summary>
/// <param name="WorkflowId">With <paramref name="ResolutionTier"/> and <paramref name="RunClass"/>, what is compared like for like.</param>
/// <param name="ResolutionTier">The tier; null is a tier of its own.</param>
/// <param name="RunClass">Warm, cold or cached; null, where it is unknown, is a class of its own.</param>
/// <param name="TimedJobCount">Those of them that have a time per frame.</param>
/// <param name="TimePerFrameSumMs">Sum of their times per frame, milliseconds; 0 where none has one.</param>
public sealed record TypeOnWorker(long WorkerId, long WorkflowId, string? ResolutionTier, RunClass? RunClass, long JobCount, long TimedJobCount, double TimePerFrameSumMs)
{
    /// <summary>What is compared like for like.</summary>
    [NotMapped]
    public (long WorkflowId, string? ResolutionTier, RunClass? RunClass) Type => (WorkflowId, ResolutionTier, RunClass);

    /// <summary>Mean time per frame, milliseconds; null where no job has one.</summary>
    public double? AvgTimePerFrameMs => TimedJobCount == 0 ? null : TimePerFrameSumMs / TimedJobCount;

    /// <summary>Sample variance of their times per frame, squared milliseconds; null for fewer than two.</summary>
    public double? TimePerFrameVariance { get; init; }
}

/// <summary>
/// How fast workers are on the work they share. Like is compared with like: each job type and class of run by itself, so that a worker
/// is not slow for being given the long jobs or for loading models more often.
/// </summary>
public sealed class RelativeSpeed
{
    private readonly ILookup<(long, string?, RunClass?), TypeOnWorker> _byType;
    private readonly ILookup<long, TypeOnWorker> _byWorker;

    /// <summary>Takes the whole fleet, one entry per worker and job type.</summary>
    public RelativeSpeed(IReadOnlyCollection<TypeOnWorker> fleet)
    {
        Fleet = fleet;
        _byType = fleet.ToLookup(t => t.Type);
        _byWorker = fleet.ToLookup(t => t.WorkerId);
    }

    public IReadOnlyCollection<TypeOnWorker> Fleet { get; }

    /// <summary>A worker's entries.</summary>
    public IEnumerable<TypeOnWorker> TypesOf(long workerId) => _byWorker[workerId];

    /// <summary>The other workers' entries of the same job type.</summary>
    public IEnumerable<TypeOnWorker> OthersOf(TypeOnWorker own) =>
        _byType[own.Type].Where(other => other.WorkerId != own.WorkerId);

    /// <summary>
    /// Mean time per frame of all jobs of this type on the other workers ÷ the worker's own mean: above 1 is faster.
    /// Null where only one side has times, or one of the means is 0.
    /// </summary>
    public double? For(TypeOnWorker own)
    {
        var (sum, count) = (0d, 0L);
        foreach (var other in OthersOf(own))
        {
            sum += other.TimePerFrameSumMs;
            count += other.TimedJobCount;
        }

        return count > 0 && sum > 0 && own.AvgTimePerFrameMs is > 0 and { } mean ? sum / count / mean : null;
    }

    /// <summary>Mean time per frame of all jobs of this type on all workers, milliseconds; null where no job has one.</summary>
    public double? FleetAvgTimePerFrameMs(TypeOnWorker own)
    {
        var (sum, count) = (0d, 0L);
        foreach (var any in _byType[own.Type])
        {
            sum += any.TimePerFrameSumMs;
            count += any.TimedJobCount;
        }

        return count == 0 ? null : sum / count;
    }

    /// <summary>
    /// Geometric mean of the worker's speeds by job type, each weighing as much as the worker has jobs of the type with
    /// a time per frame; null where no type has a speed.
    /// </summary>
    public double? OfWorker(long workerId)
    {
        var (logarithms, weight) = (0d, 0L);
        foreach (var type in _byWorker[workerId])
        {
            if (For(type) is not { } speed)
                continue;
            logarithms += type.TimedJobCount * Math.Log(speed);
            weight += type.TimedJobCount;
        }

        return weight == 0 ? null : Math.Exp(logarithms / weight);
    }

    /// <summary>The worker's jobs with a time per frame that no other worker has any like: its speed leaves them out.</summary>
    public long UnmatchedJobs(long workerId) => _byWorker[workerId].Where(type => For(type) is null).Sum(type => type.TimedJobCount);

    /// <summary>Rank 1 for the highest speed, equal speeds the same rank and the next one skipped; null for null.</summary>
    public static int? Rank(double? speed, IReadOnlyCollection<double?> all) => speed is null ? null : 1 + all.Count(other => other > speed);
}
