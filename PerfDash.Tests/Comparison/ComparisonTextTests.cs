using PerfDash.Core.Comparison;

namespace PerfDash.Tests.Comparison;

public sealed class ComparisonTextTests
{
    private static readonly double[] Wobble = [.. Enumerable.Range(0, 40).Select(i => 0.05 * Math.Sin(i * 1.7))];

    [Fact]
    public void Both_directions_read_right()
    {
        var plain = Side(1, "Plain", (("1080p", 1), 100, 0.80, 8000));
        var fancy = Side(2, "Fancy", (("1080p", 1), 120, 0.92, 8000));

        Assert.StartsWith("Fancy is 20 % slower per frame than Plain (95 % interval 1", ComparisonText.Describe(new SidePair(plain, fancy)), StringComparison.Ordinal);
        Assert.Contains(", but has 15 % higher likeness (+0.120 points", ComparisonText.Describe(new SidePair(plain, fancy)), StringComparison.Ordinal);
        Assert.StartsWith("Plain is 17 % faster per frame than Fancy (95 % interval 1", ComparisonText.Describe(new SidePair(fancy, plain)), StringComparison.Ordinal);
        Assert.Contains(", but has 13 % lower likeness (−0.120 points", ComparisonText.Describe(new SidePair(fancy, plain)), StringComparison.Ordinal);
        Assert.StartsWith("Fancy is 20 % slower per frame than Plain", Assert.Single(ComparisonText.TradeOffs(new SidePair(plain, fancy))), StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_workflows_are_called_so()
    {
        var pair = new SidePair(Side(1, "A", (("1080p", 1), 100, 0.8, 8000)), Side(2, "B", (("1080p", 1), 100, 0.8, 8000)));

        Assert.Equal(Verdict.Equal, pair.SpeedVerdict);
        Assert.Equal(Verdict.Equal, pair.QualityVerdict);
        Assert.StartsWith("B is as fast per frame as A (95 % interval 1.8 % faster to 1.9 % slower)", ComparisonText.Describe(pair), StringComparison.Ordinal);
        Assert.Contains("with equal likeness", ComparisonText.Describe(pair), StringComparison.Ordinal);
        Assert.Empty(ComparisonText.TradeOffs(pair));
    }

    [Fact]
    public void What_cannot_be_told_is_said_with_its_reason()
    {
        var apart = ComparisonText.Describe(new SidePair(Side(1, "A", (("1080p", 1), 100, 0.8, 8000)), Side(2, "B", (("1080p", 2), 50, 0.8, 8000))));
        var otherTier = ComparisonText.Describe(new SidePair(Side(1, "A", (("1080p", 1), 100, 0.8, 8000)), Side(2, "B", (("720p", 1), 50, 0.8, 8000))));

        Assert.StartsWith("Inconclusive whether B or A is faster per frame: no worker ran both in a common tier", apart, StringComparison.Ordinal);
        Assert.Contains("Workers do not overlap, so jobs were matched by tier alone (80 jobs in 1 tier)", apart, StringComparison.Ordinal);
        Assert.StartsWith("Inconclusive whether B or A is faster per frame: they have no jobs in the same resolution tier", otherTier, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_reason_for_not_knowing_is_the_true_one()
    {
        var usual = Side(2, "B", (("1080p", 1), 100, 0.8, 8000));
        Assert.StartsWith(
            "Inconclusive whether B or A is faster per frame: every time per frame is 0 on both sides",
            ComparisonText.Describe(new SidePair(Of("A", 30, 0), Of("B", 30, 0))), StringComparison.Ordinal);
        Assert.StartsWith("Inconclusive whether B or A is faster per frame: every time per frame of A is 0", ComparisonText.Describe(new SidePair(Of("A", 30, 0), usual)), StringComparison.Ordinal);
        Assert.StartsWith("Inconclusive whether B or A is faster per frame: no job of A reports a time", ComparisonText.Describe(new SidePair(Of("A", 30, null), usual)), StringComparison.Ordinal);
        Assert.StartsWith("Inconclusive whether B or A is faster per frame: there are no jobs of A", ComparisonText.Describe(new SidePair(Of("A", 0, null), usual)), StringComparison.Ordinal);
        Assert.Contains("Quality cannot be compared: no job of A reports a score.", ComparisonText.Describe(new SidePair(Of("A", 30, 100), usual)), StringComparison.Ordinal);
        Assert.Contains("Quality cannot be compared: no job reports a score.", ComparisonText.Describe(new SidePair(Of("A", 30, 100), Of("B", 30, 100))), StringComparison.Ordinal);
        Assert.StartsWith(
            "Inconclusive whether B or A is faster per frame: only 3 jobs and 3 jobs have the same tier and worker, and 4 of each are needed",
            ComparisonText.Describe(new SidePair(Of("A", 3, 100), Of("B", 3, 120))), StringComparison.Ordinal);

        // The same time in every job: no spread to go by, so one is assumed, and that is said.
        var constant = new SidePair(Of("A", 30, 100), Of("B", 30, 120));
        Assert.Equal(Verdict.Slower, constant.SpeedVerdict);
        Assert.Contains("took the same time per frame, so a spread of 2 % between jobs is assumed.", ComparisonText.Describe(constant), StringComparison.Ordinal);
        Assert.DoesNotContain("is assumed", ComparisonText.Describe(new SidePair(usual, usual)), StringComparison.Ordinal);

        static Side Of(string name, int jobs, double? ms)
        {
            var sample = new JobSample();
            for (var i = 0; i < jobs; i++)
                sample.Add(new Stratum("1080p", 1), ms, null, []);
            return new Side { Name = name, Summary = new ComparedSummary { WorkflowName = name }, Sample = sample };
        }
    }

    [Fact]
    public void Plain_averages_that_say_something_else_are_explained_beside_the_adjusted_ones()
    {
        // Worker 2 takes ten times as long. A ran mostly on worker 1, B mostly on worker 2; on either B takes 20 % less.
        var (a, b) = (new JobSample(), new JobSample());
        double plainA = 0, plainB = 0;
        foreach (var (i, wobble) in Wobble.Index())
        {
            var (workerA, workerB) = (i % 4 == 0 ? 2 : 1, i % 4 == 0 ? 1 : 2);
            plainA += Add(a, workerA, (workerA == 1 ? 100 : 1000) * (1 + wobble)) / Wobble.Length;
            plainB += Add(b, workerB, (workerB == 1 ? 80 : 800) * (1 + wobble)) / Wobble.Length;
        }

        var pair = new SidePair(
            new Side { Name = "A", Summary = new ComparedSummary { WorkflowId = 1, AvgTimePerFrameMs = plainA }, Sample = a },
            new Side { Name = "B", Summary = new ComparedSummary { WorkflowId = 2, AvgTimePerFrameMs = plainB }, Sample = b });
        var difference = pair.ToDifference();
        var matched = difference.LikeForLike.TimePerFrame;

        Assert.Equal(Verdict.Faster, difference.SpeedVerdict);
        Assert.Equal(-20, matched.Percent!.Value, 1d);
        // The percentage is that of the two figures beside it. Half of all jobs ran on either worker: about 550 and 440.
        Assert.Equal(matched.Percent.Value, (matched.MatchedOther!.Value - matched.MatchedBaseline!.Value) / matched.MatchedBaseline.Value * 100, 1e-9);
        Assert.InRange(matched.MatchedBaseline.Value, 530, 570);
        Assert.Equal((plainB - plainA) / plainA * 100, difference.TimePerFramePercent!.Value, 1e-9);
        Assert.Contains("The plain averages, ", difference.Text, StringComparison.Ordinal);
        Assert.Contains($"show {ComparisonText.PercentOf(difference.TimePerFramePercent.Value)} slower, because they count every job in full", difference.Text, StringComparison.Ordinal);
        Assert.Contains($"{ComparisonText.PercentOf(matched.Percent.Value)} faster.", difference.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("plain averages", ComparisonText.Describe(new SidePair(pair.Baseline, pair.Baseline)), StringComparison.Ordinal);

        static double Add(JobSample sample, long worker, double ms)
        {
            sample.Add(new Stratum("1080p", worker), ms, null, []);
            return ms;
        }
    }

    [Fact]
    public void Among_many_pairs_each_must_be_surer()
    {
        // B is slower than A by what is just enough by itself: p is about half a percent.
        var (a, b) = (Side(1, "A", (("1080p", 1), 100, 0.8, 8000)), Side(2, "B", (("1080p", 1), 102.3, 0.8, 8000)));
        var alone = new SidePair(a, b);
        Assert.Equal(Verdict.Slower, alone.SpeedVerdict);

        var many = WorkflowComparison.From([a, b, .. Enumerable.Range(3, 4).Select(id => Side(id, $"W{id}", (("1080p", 1), 101, 0.8, 8000)))]);

        Assert.Equal(Verdict.Inconclusive, many.Differences[0].SpeedVerdict);
        Assert.Contains("with 15 pairs compared at once, that is not sure enough", many.Differences[0].Text, StringComparison.Ordinal);
        alone.Levels = NamingLevels.From([alone], VerdictRule.FoundSplitLevel);
        Assert.Equal(Verdict.Inconclusive, alone.SpeedVerdict);
        Assert.Contains("the split was proposed because of these figures", ComparisonText.Describe(alone), StringComparison.Ordinal);
    }

    [Fact]
    public void VRAM_and_time_that_pull_apart_are_a_trade_off()
    {
        var pair = new SidePair(Side(1, "A", (("1080p", 1), 100, 0.8, 8192)), Side(2, "B", (("1080p", 1), 70, 0.8, 10_240)));

        Assert.Contains(", and needs 2.0 GB more VRAM", ComparisonText.Describe(pair), StringComparison.Ordinal);
        Assert.EndsWith(", but needs 2.0 GB more VRAM.", Assert.Single(ComparisonText.TradeOffs(pair)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_fastest_must_beat_every_other_that_has_times()
    {
        var (fast, middle, slow) = (Side(1, "F", (("a", 1), 50, 0.8, 1)), Side(2, "M", (("a", 1), 70, 0.9, 1)), Side(3, "S", (("a", 1), 100, 0.7, 1)));
        var none = new Side { Name = "N", Summary = new ComparedSummary { WorkflowId = 4 }, Sample = new JobSample() };
        var elsewhere = Side(5, "E", (("b", 1), 10, 0.99, 1));

        Assert.Equal((1, 2), (WorkflowComparison.From([slow, fast, middle]).FastestWorkflowId, WorkflowComparison.From([slow, fast, middle]).BestQualityWorkflowId));
        Assert.Equal(1, WorkflowComparison.From([slow, none, fast]).FastestWorkflowId);
        Assert.Null(WorkflowComparison.From([slow, fast, elsewhere]).FastestWorkflowId);
        Assert.Null(WorkflowComparison.From([fast, none]).FastestWorkflowId);
        Assert.Equal([(3, 1), (3, 2)], WorkflowComparison.From([slow, fast, middle]).Differences.Select(d => ((int)d.BaselineWorkflowId, (int)d.WorkflowId)));
    }

    [Fact]
    public void Without_likeness_the_mean_over_the_shared_scores_decides()
    {
        var (a, b) = (new JobSample(), new JobSample());
        foreach (var wobble in Wobble)
        {
            // One score on a scale to 1 and one to 100; both better on the other side, by 0.1 and by 10 points.
            a.Add(new Stratum("a", 1), null, null, [new("motion", 0.6 + wobble), new("aesthetic", 60 + (100 * wobble)), new("only_a", 1)]);
            b.Add(new Stratum("a", 1), null, null, [new("motion", 0.7 + wobble), new("aesthetic", 70 + (100 * wobble))]);
        }

        var quality = QualityEffect.Estimate(a, b);

        Assert.Null(quality.DecidedBy);
        Assert.Equal(["aesthetic", "motion"], quality.Scores.Keys);
        Assert.Equal(Verdict.Better, quality.Verdict());
        Assert.Equal(0.1, quality.Overall!.Difference, 1e-9);
        Assert.Equal(Verdict.Worse, QualityEffect.Estimate(b, a).Verdict());
    }

    private static Side Side(long id, string name, params ((string Tier, long Worker) Where, double Ms, double Likeness, double VramMb)[] cells)
    {
        var sample = new JobSample();
        foreach (var (where, ms, likeness, vramMb) in cells)
        {
            foreach (var wobble in Wobble)
                sample.Add(new Stratum(where.Tier, where.Worker), ms * (1 + wobble), vramMb, [new("likeness", likeness + (wobble / 5))]);
        }

        return new Side { Name = name, Summary = new ComparedSummary { WorkflowId = id, WorkflowName = name }, Sample = sample };
    }
}
