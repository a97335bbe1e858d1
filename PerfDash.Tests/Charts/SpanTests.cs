using Bunit;
using PerfDash.Tests.Components;
using PerfDash.Web.Charts;
using PerfDash.Web.Shared;

namespace PerfDash.Tests.Charts;

public sealed class SpanTests : PageContext
{
    [Theory]
    [InlineData(848d, 98d, 103d, 110d, 435d, 753d, 848d)]
    [InlineData(150d, 98d, 103d, 110d, 105d, 96d, 5000d)]
    [InlineData(5000d, 5000d)]
    [InlineData(260d, 90d, 120d, 260d)]
    [InlineData(150d, 60d, 80d)]
    public void An_axis_reaches_the_farthest_bar_unless_that_would_press_all_others_into_a_corner(double reach, params double[] ends) =>
        Assert.Equal(reach, SpanAxis.ReachOf(ends.Select(e => (double?)e), 100, 150));

    [Fact]
    public void A_bar_that_is_cut_has_a_break_and_the_chart_says_where_its_axis_ends()
    {
        var card = Card([new(null, "A", "105 %", 100, 105, SpanTone.Neutral), new(null, "B", "5,000 %", 100, 5000, SpanTone.Worse)], 150);
        Assert.Equal(["", "5,000 %"], card.FindAll("[data-test=span-row]").Select(r => r.QuerySelector("[data-test=break]") is null ? "" : r.QuerySelector(".span-text")!.TextContent));
        Assert.Contains("go on beyond 150 %", card.Find(".span-note").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Bars_from_0_on_an_axis_that_starts_higher_have_a_break_at_their_start()
    {
        var card = Card([new(null, "A", "990", 0, 990, SpanTone.Total), new(null, "B", "+20", 990, 1010, SpanTone.Worse)], double.PositiveInfinity, least: 950);
        Assert.Equal([true, false], card.FindAll("[data-test=span-row]").Select(r => r.QuerySelector("[data-test=break]") is not null));
        Assert.Contains("not at 0", card.Find(".span-note").TextContent, StringComparison.Ordinal);
    }

    private IRenderedComponent<SpanCard> Card(IReadOnlyList<SpanRow> rows, double most, double least = double.NegativeInfinity) => Render<SpanCard>(p => p
        .Add(c => c.Title, "Speed")
        .Add(c => c.Chart, new SpanInput(rows, ValueUnit.Percent, SpanAxis.From(rows.Select(r => r.To), least, most))));
}
