using PerfDash.Core.Comparison.Changes;

namespace PerfDash.Tests.Comparison;

public sealed class ComparedParameterTests
{
    private static ComparedParameter Of(params (int Side, string Value, long Jobs)[] counts) =>
        Assert.Single(ComparedParameter.From(2, counts.Select(c => (c.Side, "p", c.Value, c.Jobs))));

    [Fact]
    public void The_usual_value_is_the_most_frequent_with_its_share()
    {
        var use = Of((0, "30", 6), (0, "20", 4), (1, "30", 6), (1, "20", 4));
        Assert.Equal(new SideParameter("30", 0.6, 2, 10), use.Sides[0]);
        Assert.False(use.Differs);
    }

    [Fact]
    public void Another_usual_value_or_another_mix_is_a_difference()
    {
        Assert.True(Of((0, "30", 9), (0, "20", 1), (1, "20", 9), (1, "30", 1)).Differs);
        // Most use 30 on both sides, but a third of the one side does something else.
        Assert.True(Of((0, "30", 100), (1, "30", 67), (1, "20", 33)).Differs);
        Assert.False(Of((0, "30", 100), (1, "30", 95), (1, "20", 5)).Differs);
    }

    [Fact]
    public void A_parameter_only_one_side_sets_is_a_difference()
    {
        var use = Of((1, "euler", 5));
        Assert.Null(use.Sides[0]);
        Assert.True(use.Differs);
    }

    [Fact]
    public void Seeds_vary_on_both_sides_and_are_no_difference()
    {
        var use = Of([.. Enumerable.Range(0, 60).Select(i => (i % 2, $"seed {i}", 1L))]);
        Assert.True(use.Sides[0]!.Varies);
        Assert.False(use.Differs);
    }
}
