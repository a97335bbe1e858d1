using PerfDash.Core.Statistics;

namespace PerfDash.Core.Estimates;

/// <summary>
/// How the time of a job grows with its frames: a fixed part (loading, encoding) as so many frames' worth, then
/// evenly. Only the shape counts; the level comes from the jobs that are scaled.
/// </summary>
/// <param name="FixedFrames">The fixed part in frames, at least 0; infinite when frames make no difference.</param>
internal readonly record struct FrameScale(double FixedFrames)
{
    private const int MinGroupJobs = 5;
    private const double MinSureness = 2;

    // How far a median of normal values scatters against their mean, and their deviation against its median.
    private const double MedianScatter = 1.2533;
    private const double DeviationFromMedian = 1.4826;

    /// <summary>Time of a job of some frames, against one of others.</summary>
    public double Factor(int frames, int ofFrames) =>
        double.IsPositiveInfinity(FixedFrames) ? 1 : (FixedFrames + frames) / (FixedFrames + ofFrames);

    /// <summary>
    /// Fits ms ÷ frames = each + fixed ÷ frames through the medians of groups of similar frame counts. A fixed part that
    /// is not twice its own uncertainty is none: guessing one would mislead most where the question is furthest from
    /// the jobs.
    /// </summary>
    public static FrameScale Fit(IReadOnlyList<Observation> observations)
    {
        Observation[] inOrder = [.. observations];
        Array.Sort(inOrder, static (one, other) => one.Frames.CompareTo(other.Frames));
        if (inOrder.Length == 0 || inOrder[0].Frames == inOrder[^1].Frames)
            return default;
        List<(double Inverse, double MsPerFrame, double Weight)> groups = [];
        List<Observation> group = [];
        for (var i = 0; i < inOrder.Length; i++)
        {
            group.Add(inOrder[i]);
            var last = i == inOrder.Length - 1;
            if (group.Count < MinGroupJobs || (!last && inOrder[i + 1].Frames == inOrder[i].Frames))
                continue;
            var weight = group.Sum(o => o.Weight);
            groups.Add((
                group.Sum(o => o.Weight / o.Frames) / weight,
                new WeightedSample(group.Select(o => (o.Ms / o.Frames, o.Weight))).Median,
                weight));
            group.Clear();
        }
        if (groups.Count < 2)
            return default;

        var total = groups.Sum(g => g.Weight);
        var meanInverse = groups.Sum(g => g.Weight * g.Inverse) / total;
        var meanMs = groups.Sum(g => g.Weight * g.MsPerFrame) / total;
        var variance = groups.Sum(g => g.Weight * Math.Pow(g.Inverse - meanInverse, 2)) / total;
        var fixedMs = groups.Sum(g => g.Weight * (g.Inverse - meanInverse) * (g.MsPerFrame - meanMs)) / total / variance;
        if (fixedMs <= 0)
            return default;
        var eachMs = meanMs - fixedMs * meanInverse;
        var scatter = DeviationFromMedian
            * new WeightedSample(observations.Select(o => (Math.Abs(o.Ms / o.Frames - eachMs - fixedMs / o.Frames), o.Weight))).Median;
        var uncertainty = MedianScatter * scatter
            / Math.Sqrt(WeightedSample.EffectiveSizeOf(observations.Select(o => o.Weight)) * variance);
        if (fixedMs <= MinSureness * uncertainty)
            return default;
        return new FrameScale(eachMs > 0 ? fixedMs / eachMs : double.PositiveInfinity);
    }
}

/// <summary>A job as a sample of what is estimated.</summary>
/// <param name="Ms">Its time in milliseconds, on the worker asked for.</param>
/// <param name="Frames">Frames that took, at least 1.</param>
/// <param name="Weight">How much it counts, above 0 to 1.</param>
internal readonly record struct Observation(PastJob Job, double Ms, int Frames, double Weight);
