using System.Text.Json.Serialization;
using MathNet.Numerics.Distributions;
using PerfDash.Core.Comparison;

namespace PerfDash.Core.Workers;

/// <summary>How far a worker's relative speed may be off, and what it rests on.</summary>
/// <param name="Low">Lower end of the interval; null where the jobs show no spread.</param>
/// <param name="High">Upper end, at least <paramref name="Low"/>; null with it.</param>
/// <param name="Confidence">Of the interval, 0 to 1.</param>
/// <param name="JobCount">The worker's jobs with a time per frame, of types that have a speed.</param>
/// <param name="OtherJobCount">Jobs of the other workers they were measured against.</param>
/// <param name="JobTypeCount">Those types.</param>
/// <param name="UnmatchedJobCount">The worker's jobs with a time per frame that are left out: no other worker has any of that type and class.</param>
public sealed record SpeedInterval(double? Low, double? High, double Confidence, long JobCount, long OtherJobCount, int JobTypeCount, long UnmatchedJobCount)
{
    /// <summary>Two-sided p of no difference from the others; 1 where there is no interval.</summary>
    [JsonIgnore]
    public double P { get; init; } = 1;

    /// <summary>Weight, in jobs, of the spread the whole fleet has in common against that of one worker's jobs of one type.</summary>
    private const double SharedSpreadJobs = 4;

    /// <summary>Spread between like jobs, as a share of their mean, is taken to be at least this: identical values are not certainty.</summary>
    private static readonly double LeastSpread = EffectScale.Log.LeastSpread;

    /// <summary>
    /// The interval around <see cref="RelativeSpeed.OfWorker"/> by the delta method on the logarithms of the means
    /// (docs/statistics.md); null where the worker has no relative speed.
    /// </summary>
    public static SpeedInterval? From(RelativeSpeed speed, long workerId)
    {
        if (speed.OfWorker(workerId) is not { } middle)
            return null;
        TypeOnWorker[] types = [.. speed.TypesOf(workerId).Where(type => speed.For(type) is not null)];
        var (common, commonDegrees) = CommonSpread(speed.Fleet);
        var jobs = types.Sum(type => type.TimedJobCount);
        var typeCount = types.Select(type => (type.WorkflowId, type.ResolutionTier)).Distinct().Count();
        double variance = 0, parts = 0;
        var (others, unmatched) = (0L, speed.UnmatchedJobs(workerId));
        foreach (var own in types)
        {
            var weight = (double)own.TimedJobCount / jobs;
            Add(own, weight * weight / own.TimedJobCount);
            TypeOnWorker[] rest = [.. speed.OthersOf(own).Where(other => other.TimedJobCount > 0)];
            var sum = rest.Sum(other => other.TimePerFrameSumMs);
            others += rest.Sum(other => other.TimedJobCount);
            // The mean of the others weighs each of them by its jobs: its share of the sum is its part of the error.
            foreach (var other in rest)
                Add(other, weight * weight * Math.Pow(other.TimePerFrameSumMs / sum, 2) / other.TimedJobCount);
        }

        var degrees = variance * variance / parts;
        if (commonDegrees == 0 || !double.IsFinite(variance) || !double.IsFinite(middle) || !(degrees >= 1))
            return new SpeedInterval(null, null, Effect.ShownConfidence, jobs, others, typeCount, unmatched);
        var half = StudentT.InvCDF(0, 1, degrees, 0.5 + (Effect.ShownConfidence / 2)) * Math.Sqrt(variance);
        return new SpeedInterval(middle * Math.Exp(-half), middle * Math.Exp(half), Effect.ShownConfidence, jobs, others, typeCount, unmatched)
        {
            P = 2 * StudentT.CDF(0, 1, degrees, -Math.Abs(Math.Log(middle)) / Math.Sqrt(variance)),
        };

        // One cell's part of the variance, with its degrees of freedom for Satterthwaite's sum.
        void Add(TypeOnWorker cell, double factor)
        {
            var ownDegrees = cell.TimedJobCount - 1;
            var drawn = ((ownDegrees * (RelativeVariance(cell) ?? 0)) + (SharedSpreadJobs * common)) / (ownDegrees + SharedSpreadJobs);
            var part = factor * Math.Max(drawn, LeastSpread * LeastSpread);
            variance += part;
            parts += part * part / (ownDegrees + Math.Min(SharedSpreadJobs, commonDegrees));
        }
    }

    /// <summary>Variance ÷ squared mean that like jobs have in common over the fleet, and the degrees of freedom it rests on.</summary>
    private static (double Variance, double Degrees) CommonSpread(IReadOnlyCollection<TypeOnWorker> fleet)
    {
        double squares = 0, degrees = 0;
        foreach (var cell in fleet)
        {
            if (RelativeVariance(cell) is not { } variance)
                continue;
            squares += (cell.TimedJobCount - 1) * variance;
            degrees += cell.TimedJobCount - 1;
        }

        return (degrees == 0 ? 0 : squares / degrees, degrees);
    }

    private static double? RelativeVariance(TypeOnWorker cell) =>
        cell is { TimedJobCount: > 1, TimePerFrameVariance: { } variance, AvgTimePerFrameMs: > 0 and { } mean } && double.IsFinite(variance)
            ? variance / (mean * mean)
            : null;
}
