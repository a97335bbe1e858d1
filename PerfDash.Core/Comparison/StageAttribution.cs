namespace PerfDash.Core.Comparison;

/// <summary>Mean time per frame of the jobs of one cell that report their stages, and what each stage took of it.</summary>
/// <param name="TimePerFrameMs">Mean milliseconds per frame.</param>
/// <param name="StagesMs">Mean milliseconds per frame of each stage, over all those jobs: a job without the stage counts as 0.</param>
public sealed record StageTimes(int Jobs, double TimePerFrameMs, IReadOnlyDictionary<string, double> StagesMs);

/// <summary>One stage's part of the change.</summary>
/// <param name="Name">The stage; null for time outside every stage.</param>
/// <param name="BaselineMs">Milliseconds per frame on the baseline's side; null where it has no such stage.</param>
/// <param name="OtherMs">On the other side; null where it has none.</param>
/// <param name="ChangeMs">Other − baseline, milliseconds per frame.</param>
public sealed record StageChange(string? Name, double? BaselineMs, double? OtherMs, double ChangeMs)
{
    /// <summary><c>changed</c>, <c>added</c> (only the other side has it) or <c>removed</c>.</summary>
    public string Kind => (BaselineMs, OtherMs) switch
    {
        (null, _) => "added",
        (_, null) => "removed",
        _ => "changed",
    };
}

/// <summary>The change in mean time per frame, split into signed parts per stage that sum to it.</summary>
/// <param name="BaselineMs">Mean milliseconds per frame of the baseline's matched jobs.</param>
/// <param name="OtherMs">Of the other side's.</param>
/// <param name="ChangeMs">Other − baseline.</param>
/// <param name="Stages">The parts, largest first; the one without a name is time outside every stage.</param>
/// <param name="BaselineJobs">Baseline's jobs it rests on.</param>
/// <param name="OtherJobs">The other side's.</param>
public sealed record StageAttribution(
    double BaselineMs, double OtherMs, double ChangeMs, IReadOnlyList<StageChange> Stages, int BaselineJobs, int OtherJobs)
{
    /// <summary>
    /// Attributes the change, among jobs alike in tier, class and worker (in tier and class alone where no worker ran both); null where
    /// nothing matches. Both sides are weighed by the same shares of strata (n·m ÷ (n + m), Cochran 1954), so that the
    /// mix of tiers and workers has no part in the change. Sums are of means: they add up exactly.
    /// </summary>
    public static StageAttribution? From(IReadOnlyDictionary<Stratum, StageTimes> baseline, IReadOnlyDictionary<Stratum, StageTimes> other)
    {
        if (!baseline.Keys.Any(other.ContainsKey))
        {
            baseline = ByTier(baseline);
            other = ByTier(other);
        }

        var strata = baseline.Where(cell => other.ContainsKey(cell.Key))
            .OrderBy(cell => cell.Key.Tier, StringComparer.Ordinal).ThenBy(cell => cell.Key.RunClass).ThenBy(cell => cell.Key.WorkerId)
            .Select(cell => (A: cell.Value, B: other[cell.Key])).ToArray();
        if (strata.Length == 0)
            return null;
        double[] weights = [.. strata.Select(s => (double)s.A.Jobs * s.B.Jobs / (s.A.Jobs + s.B.Jobs))];
        var total = weights.Sum();
        var baselineMs = Weighed(s => s.A.TimePerFrameMs);
        var otherMs = Weighed(s => s.B.TimePerFrameMs);

        List<StageChange> parts = [];
        foreach (var name in strata.SelectMany(s => s.A.StagesMs.Keys.Concat(s.B.StagesMs.Keys)).Distinct(StringComparer.Ordinal))
        {
            double? a = strata.Any(s => s.A.StagesMs.ContainsKey(name)) ? Weighed(s => s.A.StagesMs.GetValueOrDefault(name)) : null;
            double? b = strata.Any(s => s.B.StagesMs.ContainsKey(name)) ? Weighed(s => s.B.StagesMs.GetValueOrDefault(name)) : null;
            parts.Add(new StageChange(name, a, b, (b ?? 0) - (a ?? 0)));
        }

        var outsideA = baselineMs - parts.Sum(p => p.BaselineMs ?? 0);
        var outsideB = otherMs - parts.Sum(p => p.OtherMs ?? 0);
        parts.Add(new StageChange(null, outsideA, outsideB, outsideB - outsideA));
        return new StageAttribution(
            baselineMs, otherMs, otherMs - baselineMs,
            [.. parts.OrderByDescending(p => Math.Abs(p.ChangeMs)).ThenBy(p => p.Name, StringComparer.Ordinal)],
            strata.Sum(s => s.A.Jobs), strata.Sum(s => s.B.Jobs));

        double Weighed(Func<(StageTimes A, StageTimes B), double> value) => strata.Select((s, i) => weights[i] / total * value(s)).Sum();
    }

    /// <summary>The same split of another size: each side's stages in the same shares of its new total, milliseconds per frame.</summary>
    public StageAttribution ScaledTo(double baselineMs, double otherMs)
    {
        if (!(BaselineMs > 0 && OtherMs > 0))
            return this;
        var (a, b) = (baselineMs / BaselineMs, otherMs / OtherMs);
        return new StageAttribution(
            baselineMs, otherMs, otherMs - baselineMs,
            [
                .. Stages.Select(s => new StageChange(s.Name, s.BaselineMs * a, s.OtherMs * b, Rounded(((s.OtherMs ?? 0) * b) - ((s.BaselineMs ?? 0) * a))))
                    .OrderByDescending(s => Math.Abs(s.ChangeMs)).ThenBy(s => s.Name, StringComparer.Ordinal),
            ],
            BaselineJobs, OtherJobs);

        // What is left of two equal figures by rounding is no change.
        double Rounded(double change) => Math.Abs(change) < 1e-9 * Math.Max(baselineMs, otherMs) ? 0 : change;
    }

    private static Dictionary<Stratum, StageTimes> ByTier(IReadOnlyDictionary<Stratum, StageTimes> cells) =>
        cells.GroupBy(cell => cell.Key.Kind).ToDictionary(
            tier => new Stratum(tier.Key.Tier, 0, tier.Key.RunClass),
            tier =>
            {
                var jobs = tier.Sum(cell => cell.Value.Jobs);
                return new StageTimes(
                    jobs,
                    tier.Sum(cell => cell.Value.Jobs * cell.Value.TimePerFrameMs) / jobs,
                    tier.SelectMany(cell => cell.Value.StagesMs.Select(stage => (stage.Key, Sum: cell.Value.Jobs * stage.Value)))
                        .GroupBy(stage => stage.Key, StringComparer.Ordinal)
                        .ToDictionary(stage => stage.Key, stage => stage.Sum(s => s.Sum) / jobs, StringComparer.Ordinal));
            });
}
