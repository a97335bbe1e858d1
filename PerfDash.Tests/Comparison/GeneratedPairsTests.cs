namespace PerfDash.Tests.Comparison;

/// <summary>Verdicts against known truth; docs/statistics.md has the figures of many more pairs.</summary>
public sealed class GeneratedPairsTests
{
    /// <summary>First seed and number of pairs; to run others by hand: <c>PERFDASH_COMPARISON_PAIRS=5000,2000</c>.</summary>
    private static readonly int[] Pairs =
        [.. (Environment.GetEnvironmentVariable("PERFDASH_COMPARISON_PAIRS") ?? "1,200").Split(',').Select(int.Parse)];

    [Fact]
    public void What_is_named_is_right_and_what_differs_clearly_is_named()
    {
        var (speed, quality, power) = PairTally.From(Pairs[0], Pairs[1]);
        TestContext.Current.TestOutputHelper?.WriteLine(speed.Table("Time per frame"));
        TestContext.Current.TestOutputHelper?.WriteLine(quality.Table("Likeness"));
        TestContext.Current.TestOutputHelper?.WriteLine(power.Table("Time per frame, 150 jobs each"));

        Assert.True(speed.ShareRight >= 0.95, $"Only {speed.ShareRight:P1} of the named speeds are right.");
        Assert.True(quality.ShareRight >= 0.95, $"Only {quality.ShareRight:P1} of the named qualities are right.");
        Assert.True(power.ShareRight >= 0.95);
        Assert.True(power.ShareNamed("from 10 %") >= 0.85, $"Only {power.ShareNamed("from 10 %"):P1} of the real differences are named.");
        // A pair of alike workflows is named in 2 of 100 cases at most, give or take chance in as few as there are here.
        Assert.True(speed.NullsNamed <= (0.02 * speed.Nulls) + 4, $"{speed.NullsNamed} of {speed.Nulls} alike pairs were named faster or slower.");
        Assert.InRange(speed.Coverage, 0.92, 1);
    }
}
