using PerfDash.Core.Comparison;

namespace PerfDash.Tests.Comparison;

/// <summary>Power beside a regression made for just these data; docs/statistics.md has the figures of many more pairs.</summary>
public sealed class UnevenPairsTests
{
    /// <summary>First seed and number of pairs; to run others by hand: <c>PERFDASH_UNEVEN_PAIRS=5000,2000</c>.</summary>
    private static readonly int[] Pairs =
        [.. (Environment.GetEnvironmentVariable("PERFDASH_UNEVEN_PAIRS") ?? "101,1000").Split(',').Select(int.Parse)];

    [Fact]
    public void Real_differences_are_named_nearly_as_often_as_by_the_regression_that_knows_the_model()
    {
        var (estimator, regression) = Count(isNull: false, Trouble.None);

        Assert.Equal(0, estimator.Wrong);
        Assert.True(estimator.Missed <= 1.2 * regression.Missed, $"{estimator.Missed} real differences are not named; the regression misses {regression.Missed}.");
    }

    [Theory]
    [InlineData(Trouble.None)]
    [InlineData(Trouble.HeavyTails)]
    [InlineData(Trouble.Outliers)]
    [InlineData(Trouble.UnequalSpreads)]
    [InlineData(Trouble.Interaction)]
    [InlineData(Trouble.OneOddCell)]
    [InlineData(Trouble.TinyOverlap)]
    internal void Of_pairs_that_are_alike_about_two_in_a_hundred_are_named(Trouble trouble)
    {
        var (estimator, _) = Count(isNull: true, trouble);

        // 2 % of two figures each, and three standard deviations of chance.
        Assert.True(estimator.Wrong <= (0.02 * 2 * Pairs[1]) + (3 * Math.Sqrt(0.02 * 2 * Pairs[1])), $"{estimator.Wrong} of {2 * Pairs[1]} verdicts on alike pairs name one.");
    }

    private static ((int Missed, int Wrong) Estimator, (int Missed, int Wrong) Regression) Count(bool isNull, Trouble trouble)
    {
        (int Missed, int Wrong) estimator = default, regression = default;
        for (var seed = Pairs[0]; seed < Pairs[0] + Pairs[1]; seed++)
        {
            var pair = new UnevenPair(seed, isNull, trouble);
            var speed = EffectEstimator.Estimate(pair.Baseline.LogTimePerFrame, pair.Other.LogTimePerFrame, EffectScale.Log);
            var quality = QualityEffect.Estimate(pair.Baseline, pair.Other);
            Add(Math.Sign(pair.SpeedEffect), VerdictRule.Direction(speed, EffectScale.Log), PooledRegression.Direction(pair.Baseline.LogTimePerFrame, pair.Other.LogTimePerFrame, VerdictRule.NamingConfidence));
            Add(
                Math.Sign(pair.ScoreEffect), VerdictRule.Direction(quality.Overall!, quality.OverallScale),
                PooledRegression.Direction(pair.Baseline.Scores["likeness"], pair.Other.Scores["likeness"], VerdictRule.NamingConfidence));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{trouble}{(isNull ? ", alike" : "")}: estimator {estimator}, regression {regression} of {2 * Pairs[1]}");
        return (estimator, regression);

        void Add(int truth, int? named, int? byRegression)
        {
            Tally(ref estimator, truth, named);
            Tally(ref regression, truth, byRegression);
        }

        static void Tally(ref (int Missed, int Wrong) tally, int truth, int? named)
        {
            if (named is 1 or -1)
                tally.Wrong += named == truth ? 0 : 1;
            else
                tally.Missed += truth == 0 ? 0 : 1;
        }
    }
}
