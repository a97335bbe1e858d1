using System.Text.Json.Serialization;

namespace PerfDash.Core.Comparison;

/// <summary>A workflow against its baseline. Plain percents are of the means; verdicts are like for like.</summary>
public sealed record WorkflowDifference
{
    /// <summary>What it is compared with.</summary>
    public required long BaselineWorkflowId { get; init; }

    /// <summary>What verdicts are about.</summary>
    public required long WorkflowId { get; init; }

    /// <summary>Mean time per frame, percent; negative is faster.</summary>
    public double? TimePerFramePercent { get; init; }

    /// <summary>Mean GPU time of a job, percent.</summary>
    public double? GpuTimePercent { get; init; }

    /// <summary>Mean VRAM peak, percent.</summary>
    public double? VramPercent { get; init; }

    /// <summary>Mean of every score both have, percent; null where the baseline's mean is 0.</summary>
    public required IReadOnlyDictionary<string, double?> QualityPercent { get; init; }

    /// <summary>Faster, slower, equal or inconclusive.</summary>
    public required Verdict SpeedVerdict { get; init; }

    /// <summary>Better, worse, equal or inconclusive.</summary>
    public required Verdict QualityVerdict { get; init; }

    /// <summary>The whole in sentences.</summary>
    public required string Text { get; init; }

    /// <summary>The same sentence by sentence, the verdict on speed first; for pages.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Sentences { get; init; } = [];

    /// <summary>The score the quality verdict rests on; null where it is the mean over several, or none is shared.</summary>
    public string? QualityDecidedBy { get; init; }

    /// <summary>What is sure of VRAM, less being better; for pages.</summary>
    [JsonIgnore]
    public Verdict VramVerdict { get; init; } = Verdict.Inconclusive;

    /// <summary>What is sure of each score, all scores looked at together; for pages.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, Verdict> ScoreVerdicts { get; init; } = new Dictionary<string, Verdict>();

    /// <summary>Differences among jobs that are alike, with intervals.</summary>
    public required LikeForLike LikeForLike { get; init; }

    /// <summary>The change in time per frame by stage; null where no alike jobs report stages.</summary>
    public StageAttribution? StageAttribution { get; init; }
}

/// <summary>Workflows side by side.</summary>
public sealed record WorkflowComparison
{
    /// <summary>The plain figures, in the order asked for.</summary>
    public required IReadOnlyList<ComparedSummary> Workflows { get; init; }

    /// <summary>Each later workflow against the first.</summary>
    public required IReadOnlyList<WorkflowDifference> Differences { get; init; }

    /// <summary>The workflow that is faster than every other that has times; null where the data is inconclusive.</summary>
    public long? FastestWorkflowId { get; init; }

    /// <summary>The workflow that is better than every other that has scores; null where the data is inconclusive.</summary>
    public long? BestQualityWorkflowId { get; init; }

    /// <summary>Where speed, quality, VRAM and cost pull apart, over all pairs.</summary>
    public required IReadOnlyList<string> TradeOffs { get; init; }

    /// <summary>Compares the sides pairwise, all against all; the first is the baseline of the differences.</summary>
    public static WorkflowComparison From(IReadOnlyList<Side> sides)
    {
        List<(int Baseline, int Other, SidePair Pair)> pairs = [];
        for (var i = 0; i < sides.Count; i++)
        {
            for (var j = i + 1; j < sides.Count; j++)
                pairs.Add((i, j, new SidePair(sides[i], sides[j])));
        }

        // All of them are looked at together: of what is named, no more is wrong than in one pair by itself.
        var levels = NamingLevels.From([.. pairs.Select(p => p.Pair)]);
        foreach (var (_, _, pair) in pairs)
            pair.Levels = levels;

        return new WorkflowComparison
        {
            Workflows = [.. sides.Select(side => side.Summary)],
            Differences = [.. pairs.Where(p => p.Baseline == 0).Select(p => p.Pair.ToDifference())],
            FastestWorkflowId = Winner(side => side.Sample.LogTimePerFrame.Count > 0, p => p.SpeedVerdict, Verdict.Faster, Verdict.Slower),
            BestQualityWorkflowId = Winner(side => side.Sample.Scores.Count > 0, p => p.QualityVerdict, Verdict.Better, Verdict.Worse),
            TradeOffs = [.. pairs.SelectMany(p => ComparisonText.TradeOffs(p.Pair))],
        };

        // Beating each of the others keeps the level of one pair for the whole (an intersection-union test, Berger 1982).
        long? Winner(Func<Side, bool> takesPart, Func<SidePair, Verdict> verdict, Verdict wins, Verdict loses)
        {
            int[] contenders = [.. Enumerable.Range(0, sides.Count).Where(i => takesPart(sides[i]))];
            var played = pairs.Where(p => contenders.Contains(p.Baseline) && contenders.Contains(p.Other)).ToArray();
            foreach (var i in contenders)
            {
                var own = played.Where(p => p.Baseline == i || p.Other == i).ToArray();
                if (own.Length > 0 && own.All(p => verdict(p.Pair) == (p.Other == i ? wins : loses)))
                    return sides[i].Summary.WorkflowId;
            }

            return null;
        }
    }
}
