using Bunit;
using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Web.Features.Overview;
using PerfDash.Web.Shared;

namespace PerfDash.Tests.Components.Shared;

public sealed class FigureTests : PageContext
{
    [Theory]
    [InlineData(110.0, 100.0, 10.0)]
    [InlineData(50.0, 100.0, -50.0)]
    [InlineData(0.0, 100.0, -100.0)]
    [InlineData(null, 100.0, null)]
    [InlineData(110.0, null, null)]
    [InlineData(110.0, 0.0, null)]
    public void A_change_is_a_percentage_of_what_was_before(double? now, double? before, double? expected) =>
        Assert.Equal(expected, Delta.From(now, before, GoodDirection.Up).Percent);

    [Theory]
    [InlineData(10.0, GoodDirection.Up, 1)]
    [InlineData(10.0, GoodDirection.Down, -1)]
    [InlineData(-10.0, GoodDirection.Down, 1)]
    [InlineData(-10.0, GoodDirection.Neither, 0)]
    [InlineData(0.04, GoodDirection.Up, 0)]
    [InlineData(null, GoodDirection.Up, 0)]
    public void A_change_is_evaluated_by_which_way_is_good(double? percent, GoodDirection good, int outcome) =>
        Assert.Equal(outcome, new Delta(percent, good, IsSure: true).Outcome);

    [Fact]
    public void A_change_that_may_be_chance_or_does_not_matter_is_neither_good_nor_bad()
    {
        Assert.Equal(0, new Delta(50, GoodDirection.Down).Outcome);
        Assert.Equal(0, new Delta(0.9, GoodDirection.Down, IsSure: true).Outcome);
        // What is sure among jobs that are alike must be what is shown, too.
        Assert.Equal([-1, 0, 0], new[] { 1, -1, 0 }.Select(sign => new Delta(5, GoodDirection.Down).WithSignificance(sign).Outcome));
    }

    [Fact]
    public void Without_comparable_coverage_there_is_no_change()
    {
        // 4 of 30 days before, or a tenth of the jobs, is nothing to compare with.
        Assert.True(new PeriodCoverage(30, 15).Allows(1000, 200));
        Assert.False(new PeriodCoverage(30, 14).Allows(1000, 1000));
        Assert.False(new PeriodCoverage(30, 30).Allows(1000, 199));

        var sums = new OverviewSums(new TimeRange(Now.AddDays(-30), Now), new MetricSummary { JobCount = 1000 }, new MetricSummary { JobCount = 90 }, new PeriodCoverage(30, 3), IsFarmEmpty: false);
        var jobs = OverviewCards.From(sums).Single(card => card.Name == "jobs");
        Assert.Equal("too little data in the previous 30 days to compare", Render<StatCard>(p => p.Add(c => c.Label, jobs.Label).Add(c => c.Change, jobs.Change)).Find(".stat-note").TextContent);
        Assert.All(OverviewCards.From(sums with { Coverage = new PeriodCoverage(30, 30), Before = new MetricSummary { JobCount = 900, AvgTimePerFrameMs = 1 }, Now = new MetricSummary { JobCount = 900, AvgTimePerFrameMs = 9 } }), card => Assert.Equal(0, card.Change?.Outcome ?? 0));
    }

    [Fact]
    public void A_card_says_in_a_word_whether_a_change_is_good()
    {
        var card = Render<StatCard>(p => p
            .Add(c => c.Label, "Average time per frame")
            .Add(c => c.Value, "800 ms/frame")
            .Add(c => c.Change, new Delta(-12.5, GoodDirection.Down, IsSure: true))
            .Add(c => c.PeriodName, "7 days")
            .Add(c => c.Note, "n = 3 jobs"));

        Assert.Equal("800 ms/frame", card.Find(".stat-value").TextContent);
        Assert.Equal("−12.5 % better", card.Find(".delta-better").TextContent.Trim());
        Assert.Equal(["vs previous 7 days", "n = 3 jobs"], [card.Find(".stat-note > span:last-child").TextContent, card.FindAll(".stat-note")[^1].TextContent]);
    }

    [Fact]
    public void A_change_against_next_to_nothing_is_not_spelled_out()
    {
        var card = Render<StatCard>(p => p.Add(c => c.Label, "Jobs").Add(c => c.Change, new Delta(305_962.5, GoodDirection.Neither)));
        Assert.Equal("> +999 %", card.Find(".delta").TextContent.Trim());
    }

    [Fact]
    public void A_card_without_a_past_says_so()
    {
        var card = Render<StatCard>(p => p.Add(c => c.Label, "Jobs").Add(c => c.Change, new Delta(null, GoodDirection.Neither)).Add(c => c.PeriodName, "30 days"));
        Assert.Contains("no data for the previous 30 days", card.Markup, StringComparison.Ordinal);
        Assert.Equal("–", card.Find(".stat-value").TextContent);
        Assert.Empty(card.FindAll(".delta"));
    }

    [Fact]
    public void A_card_shows_a_placeholder_before_its_first_figure()
    {
        var card = Render<StatCard>(p => p.Add(c => c.Label, "Jobs").Add(c => c.Loading, true));
        Assert.NotEmpty(card.FindAll(".mud-skeleton"));
        Assert.Empty(card.FindAll(".stat-value"));

        var figure = Render<StatFigure>(p => p.Add(c => c.Label, "Pending").Add(c => c.Loading, true));
        Assert.NotEmpty(figure.FindAll(".mud-skeleton"));
        figure.Render(p => p.Add(c => c.Loading, false).Add(c => c.Value, "3").Add(c => c.Note, "noted"));
        Assert.Equal(["3", "noted"], [figure.Find(".stat-value").TextContent, figure.Find(".stat-note").TextContent]);
    }

    [Fact]
    public void An_empty_state_says_what_is_missing_and_what_to_do()
    {
        var state = Render<EmptyState>(p => p.Add(c => c.Icon, "").Add(c => c.Title, "Nothing yet").AddChildContent("<p>Send a job.</p>"));
        Assert.Equal(["Nothing yet", "Send a job."], [state.Find("h1").TextContent, state.Find("p").TextContent]);
    }

    [Theory]
    [InlineData(0, "0 jobs")]
    [InlineData(1, "1 job")]
    [InlineData(1234, "1,234 jobs")]
    public void One_is_not_counted_as_many(long count, string expected) => Assert.Equal(expected, UnitFormat.Counted(count, "job"));
}
