using PerfDash.Core.Comparison;
using PerfDash.Core.Statistics;
using PerfDash.Tests.Comparison;

namespace PerfDash.Tests.Statistics;

/// <summary>What is named among many questions that are looked at together.</summary>
public sealed class FalseDiscoveryTests
{
    [Fact]
    public void The_level_is_that_of_Benjamini_and_Hochberg()
    {
        // Their own example (1995, table 1) at 5 %: of 15 sorted p the fourth is the last below i × 0.05 ÷ 15.
        double[] ps = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0];
        var level = FalseDiscovery.Level(ps, 0.05);

        Assert.Equal(0.05 * 4 / 15, level, 12);
        Assert.Equal(4, ps.Count(p => p <= level));
        Assert.Equal(0.02, FalseDiscovery.Level([0.5], 0.02), 12);
        Assert.Equal(0.02, FalseDiscovery.Level([], 0.02), 12);
    }

    [Fact]
    public void Of_screens_about_a_farm_on_which_nothing_changed_few_name_anything()
    {
        // Screens that list 12 workflows, each compared with its own past.
        var named = 0;
        const int screens = 60;
        for (var screen = 0; screen < screens; screen++)
        {
            var effects = Enumerable.Range(0, 12).Select(i => new UnevenPair(40_000 + (12 * screen) + i, isNull: true))
                .Select(pair => EffectEstimator.Estimate(pair.Baseline.LogTimePerFrame, pair.Other.LogTimePerFrame, EffectScale.Log)).ToArray();
            var level = FalseDiscovery.Level(effects.Select(e => VerdictRule.NamingP(e, EffectScale.Log)), VerdictRule.NamingLevel);
            named += effects.Any(e => VerdictRule.Direction(e, EffectScale.Log, level) is 1 or -1) ? 1 : 0;
        }

        // 5 % of 60 are 3; 7 or more would have a probability of 3 % even then.
        Assert.InRange(named, 0, 6);
    }
}
