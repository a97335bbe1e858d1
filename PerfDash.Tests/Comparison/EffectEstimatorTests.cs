using PerfDash.Core.Comparison;
using PerfDash.Data.Entities;

namespace PerfDash.Tests.Comparison;

public sealed class EffectEstimatorTests
{
    [Fact]
    public void Two_strata_by_hand()
    {
        // Fewer than 20 values: none is limited, so pseudo-values are the values: means 1 and 2 differ by 1 in the
        // first stratum, 11 and 12 in the second. Squares: 2 + 2 of each side, 2 degrees each, so one shared variance:
        // 8 ÷ 8 = 1 with 8 degrees.
        var baseline = Values(("a", 1, [0, 1, 2]), ("b", 1, [10, 11, 12]));
        var other = Values(("a", 1, [1, 2, 3]), ("b", 1, [11, 12, 13]));

        var effect = EffectEstimator.Estimate(baseline, other, EffectScale.Log);

        // The middle of every cell is its median; of the 12 deviations (−1, 0, 1) the median size is 1, the cut 2.22.
        Assert.Equal(1, effect.Difference, 1e-12);
        // Two strata of variance 1/3 + 1/3, with the least heterogeneity 0.005² each; the mean of both halves it.
        Assert.Equal(Math.Sqrt(((2 / 3d) + (0.005 * 0.005)) / 2), effect.StandardError, 1e-9);
        Assert.Equal(Matching.TierAndWorker, effect.Matching);
        Assert.Equal((6, 6, 0, 2), (effect.BaselineJobs, effect.OtherJobs, effect.LeftOutJobs, effect.Strata));
    }

    [Fact]
    public void The_t_quantiles_are_those_of_printed_tables()
    {
        var effect = new Effect { Matching = Matching.TierAndWorker, Difference = 0, StandardError = 1, DegreesOfFreedom = 10 };

        Assert.Equal(2.228, effect.HalfWidth(0.95), 0.0005);
        Assert.Equal(2.764, effect.HalfWidth(0.98), 0.0005);
        Assert.Equal(12.706, (effect with { DegreesOfFreedom = 1 }).HalfWidth(0.95), 0.0005);
    }

    [Fact]
    public void Exchanging_the_sides_changes_the_sign_and_nothing_else()
    {
        for (var seed = 1; seed <= 100; seed++)
        {
            var pair = new GeneratedPair(seed);
            var there = EffectEstimator.Estimate(pair.Baseline.LogTimePerFrame, pair.Other.LogTimePerFrame, EffectScale.Log);
            var back = EffectEstimator.Estimate(pair.Other.LogTimePerFrame, pair.Baseline.LogTimePerFrame, EffectScale.Log);

            Assert.Equal(there.Difference, -back.Difference, 1e-9);
            Assert.Equal(there.StandardError, back.StandardError, 1e-9);
            Assert.Equal(there.RankP, back.RankP, 1e-9);
            Assert.Equal(VerdictRule.Direction(there, EffectScale.Log), -VerdictRule.Direction(back, EffectScale.Log));
            var quality = (There: QualityEffect.Estimate(pair.Baseline, pair.Other), Back: QualityEffect.Estimate(pair.Other, pair.Baseline));
            Assert.Equal(VerdictRule.Direction(quality.There.Overall!, quality.There.OverallScale), -VerdictRule.Direction(quality.Back.Overall!, quality.Back.OverallScale));
        }
    }

    [Fact]
    public void One_absurd_job_does_not_turn_the_verdict()
    {
        double[] usual = [.. Enumerable.Range(0, 30).Select(i => 0.1 * Math.Sin(i))];
        var baseline = Values(("a", 1, usual));
        var other = Values(("a", 1, [.. usual.Select(v => v - 0.2), 12]));

        // The mean of the other side is 0.19 higher with that job.
        Assert.Equal(-1, VerdictRule.Direction(EffectEstimator.Estimate(baseline, other, EffectScale.Log), EffectScale.Log));
    }

    [Fact]
    public void Few_identical_jobs_do_not_make_certainty()
    {
        Assert.Null(Direction([1], [2]));
        Assert.Null(Direction([1, 1], [2, 2]));
        Assert.Null(Direction([1, 1, 1], [2, 2, 2]));
        // Four each: spread is taken to be 2 %, t with 6 degrees: ± 4.8 % at 98 %.
        Assert.Null(Direction([1, 1, 1, 1], [1.04, 1.04, 1.04, 1.04]));
        Assert.Equal(1, Direction([1, 1, 1, 1], [1.06, 1.06, 1.06, 1.06]));
        Assert.Null(Direction([1, 1, 1, 1], [1, 1, 1, 1]));
        Assert.Equal(0, Direction([.. Enumerable.Repeat(1d, 30)], [.. Enumerable.Repeat(1d, 30)]));
        Assert.True(double.IsFinite(EffectEstimator.Estimate(Values(("a", 1, [1, 1, 1])), Values(("a", 1, [1, 1, 1])), EffectScale.Log).HalfWidth(0.95)));
    }

    [Fact]
    public void Strata_of_one_job_each_borrow_their_spread_from_the_others()
    {
        var baseline = Values(("a", 1, [0, 0.1, -0.1]), ("b", 1, [1]), ("c", 1, [2]));
        var other = Values(("a", 1, [0.5, 0.6, 0.4]), ("b", 1, [1.5]), ("c", 1, [2.5]));

        var effect = EffectEstimator.Estimate(baseline, other, EffectScale.Log);

        Assert.Equal(3, effect.Strata);
        Assert.Equal(0.5, effect.Difference, 1e-9);
        Assert.True(effect.HasInterval);
    }

    [Fact]
    public void Workers_that_do_not_overlap_are_compared_as_workers_within_the_tier()
    {
        // Worker means 0, 0.1, 0.2 against 1, 1.1, 1.2: difference 1, variance of each side 0.01, error √(0.02 ÷ 3).
        var baseline = Values(("a", 1, [0, 0, 0]), ("a", 2, [0.1]), ("a", 3, [0.2, 0.2]));
        var other = Values(("a", 4, [1]), ("a", 5, [1.1, 1.1]), ("a", 6, [1.2]), ("b", 6, [9]));

        var effect = EffectEstimator.Estimate(baseline, other, EffectScale.Log);

        Assert.Equal(Matching.Tier, effect.Matching);
        Assert.Equal(1, effect.Difference, 1e-9);
        Assert.Equal(Math.Sqrt(0.02 / 3), effect.StandardError, 1e-9);
        Assert.Equal(4, effect.DegreesOfFreedom, 1e-9);
        Assert.Equal(1, effect.LeftOutJobs);
        Assert.Equal(1, VerdictRule.Direction(effect, EffectScale.Log));
    }

    [Fact]
    public void One_worker_each_cannot_tell_the_workflow_from_the_worker()
    {
        double[] jobs = [.. Enumerable.Range(0, 100).Select(i => 0.01 * Math.Sin(i))];
        var effect = EffectEstimator.Estimate(Values(("a", 1, jobs)), Values(("a", 2, [.. jobs.Select(j => j + 1)])), EffectScale.Log);

        Assert.Equal(Matching.Tier, effect.Matching);
        Assert.Equal(1, effect.Difference, 1e-9);
        Assert.False(effect.HasInterval);
        Assert.Null(VerdictRule.Direction(effect, EffectScale.Log));
    }

    [Fact]
    public void Tiers_that_do_not_overlap_are_never_compared()
    {
        var effect = EffectEstimator.Estimate(Values(("720p", 1, [1, 1, 1, 1])), Values(("1080p", 1, [5, 5, 5, 5])), EffectScale.Log);

        Assert.Equal(Matching.None, effect.Matching);
        Assert.Equal(8, effect.LeftOutJobs);
        Assert.Null(VerdictRule.Direction(effect, EffectScale.Log));
    }

    [Fact]
    public void An_effect_that_turns_round_between_strata_is_not_named()
    {
        double[] jobs = [.. Enumerable.Range(0, 50).Select(i => 0.05 * Math.Sin(i))];
        var baseline = Values(("a", 1, jobs), ("b", 1, jobs), ("c", 1, jobs));
        var other = Values(("a", 1, Shifted(-0.5)), ("b", 1, Shifted(0.4)), ("c", 1, Shifted(-0.3)));

        var effect = EffectEstimator.Estimate(baseline, other, EffectScale.Log);

        Assert.Null(VerdictRule.Direction(effect, EffectScale.Log));
        Assert.Null(VerdictRule.MoreJobs(effect, EffectScale.Log));

        double[] Shifted(double by) => [.. jobs.Select(j => j + by)];
    }

    [Fact]
    public void The_jobs_said_to_be_needed_are_about_enough()
    {
        // 40 jobs with a difference just too small for them; with as many more as said it is named.
        double[] pattern = [-0.2, -0.1, 0, 0.1, 0.2];
        var few = EffectEstimator.Estimate(Repeated(8, 0), Repeated(8, 0.05), EffectScale.Log);
        Assert.Null(VerdictRule.Direction(few, EffectScale.Log));

        var more = VerdictRule.MoreJobs(few, EffectScale.Log)!.Value;
        var repeats = (int)Math.Ceiling((80 + more) / 10d);

        Assert.Equal(1, VerdictRule.Direction(EffectEstimator.Estimate(Repeated(repeats, 0), Repeated(repeats, 0.05), EffectScale.Log), EffectScale.Log));

        StratifiedValues Repeated(int times, double shift) =>
            Values(("a", 1, [.. Enumerable.Repeat(pattern, times).SelectMany(p => p).Select(v => v + shift)]));
    }

    [Theory]
    [InlineData(0.9, 0.01)]
    [InlineData(1, 0.01)]
    [InlineData(5, 0.1)]
    [InlineData(97, 1)]
    public void The_band_of_equality_follows_the_scale_of_the_score(double largest, double band) =>
        Assert.Equal(band, EffectScale.ForScore(largest).EquivalenceBand, 1e-12);

    [Fact]
    public void Warm_runs_are_compared_with_warm_and_cold_with_cold()
    {
        // On each side a warm run takes about 1 and a cold one about 2 on the scale; one side has many cold ones, the other few.
        double[] pattern = [-0.02, -0.01, 0, 0.01, 0.02];
        var (often, seldom) = (Mixed(cold: 80, warm: 20), Mixed(cold: 20, warm: 80));

        var effect = EffectEstimator.Estimate(often, seldom, EffectScale.Log);

        Assert.Equal(0, effect.Difference, 1e-9);
        Assert.Equal((200, 0), (effect.BaselineJobs + effect.OtherJobs, effect.LeftOutJobs));
        // Cold runs that only one side has say nothing.
        Assert.Equal((40, 60), (EffectEstimator.Estimate(Mixed(60, 20), Mixed(0, 20), EffectScale.Log) is var part ? part.BaselineJobs + part.OtherJobs : 0, part.LeftOutJobs));

        StratifiedValues Mixed(int cold, int warm)
        {
            var values = new StratifiedValues();
            for (var i = 0; i < cold + warm; i++)
                values.Add(new Stratum("1080p", 1, i < cold ? RunClass.Cold : RunClass.Warm), (i < cold ? 2 : 1) + pattern[i % 5]);
            return values;
        }
    }

    private static int? Direction(double[] baseline, double[] other) =>
        VerdictRule.Direction(EffectEstimator.Estimate(Values(("a", 1, baseline)), Values(("a", 1, other)), EffectScale.Log), EffectScale.Log);

    private static StratifiedValues Values(params (string Tier, long Worker, double[] Values)[] cells)
    {
        var values = new StratifiedValues();
        foreach (var (tier, worker, cell) in cells)
        {
            foreach (var value in cell)
                values.Add(new Stratum(tier, worker), value);
        }

        return values;
    }
}
