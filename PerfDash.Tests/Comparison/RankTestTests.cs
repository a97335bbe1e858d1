using PerfDash.Core.Comparison;

namespace PerfDash.Tests.Comparison;

public sealed class RankTestTests
{
    [Fact]
    public void One_stratum_is_the_Wilcoxon_test()
    {
        // Ranks 4, 5, 6 of 6: sum 15, expected 10.5, variance 3·3·7/12 = 5.25: z = 1.964, p = 0.0495.
        var (p, sign) = RankTest([1, 2, 3], [4, 5, 6]);

        Assert.Equal(0.0495, p, 0.0001);
        Assert.Equal(1, sign);
    }

    [Fact]
    public void Ties_share_their_ranks_and_reduce_the_variance()
    {
        // Values 1 1 2 | 1 2 2: the ones share rank 2, the twos 5. Sum 12, expected 10.5, variance 9/12·(7 − 48/30) = 4.05.
        var (p, sign) = RankTest([1, 1, 2], [1, 2, 2]);

        Assert.Equal(0.456, p, 0.001);
        Assert.Equal(1, sign);
        Assert.Equal((1, 0), RankTest([1, 1], [1, 1]));
    }

    private static (double P, int Sign) RankTest(double[] baseline, double[] other)
    {
        var (a, b) = (new StratifiedValues(), new StratifiedValues());
        foreach (var value in baseline)
            a.Add(new Stratum("1080p", 1), value);
        foreach (var value in other)
            b.Add(new Stratum("1080p", 1), value);
        var effect = EffectEstimator.Estimate(a, b, EffectScale.Log);
        return (effect.RankP, effect.RankSign);
    }
}
