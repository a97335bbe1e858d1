using Microsoft.Extensions.Time.Testing;
using PerfDash.Core;
using PerfDash.Core.Comparison;
using PerfDash.Core.Comparison.Changes;
using PerfDash.Core.Workflows;
using PerfDash.Web.Charts;
using PerfDash.Web.Features.Comparison;
using PerfDash.Web.PageData;
using PerfDash.Web.Shared;

namespace PerfDash.Tests.Comparison;

/// <summary>What the compare page makes of a comparison.</summary>
public sealed class ComparePageFiguresTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeRange Range = new(Now.AddDays(-30), Now);
    private static readonly HistoryQuery NoPeriods = new();

    [Fact]
    public void The_parts_of_the_waterfall_lead_from_one_total_to_the_other()
    {
        var stages = new StageAttribution(100, 70, -30, [new("sample", 80, 45, -35), new("upscale", null, 8, 8), new("save", 2, null, -2), new(null, 18, 17, -1)], 10, 12);
        var rows = CompareCharts.Waterfall(stages, "Old", "New").Rows;

        Assert.Equal(["Old", "Sample", "Upscale (added)", "Save (removed)", "Outside all stages", "New"], rows.Select(r => r.Label));
        Assert.Equal((0d, 100d), (rows[0].From, rows[0].To));
        Assert.All(rows.Skip(1).Take(4).Zip(rows.Skip(2).Take(3)), p => Assert.Equal(p.First.To, p.Second.From));
        Assert.Equal(70, rows[^2].To!.Value, 9);
        Assert.Equal(70, rows[^1].To);
        Assert.Equal([SpanTone.Better, SpanTone.Worse, SpanTone.Better, SpanTone.Better], rows.Skip(1).Take(4).Select(r => r.Tone));
    }

    [Fact]
    public void Many_stages_are_summed_up_and_still_lead_to_the_total()
    {
        StageChange[] parts = [.. Enumerable.Range(0, 30).Select(i => new StageChange($"s{i}", 10, 11, 1))];
        var rows = CompareCharts.Waterfall(new StageAttribution(300, 330, 30, parts, 5, 5), "a", "b").Rows;
        Assert.Equal("19 smaller stages", rows[^2].Label);
        Assert.Equal(330, rows[^2].To!.Value, 9);
    }

    [Fact]
    public void The_waterfall_ends_at_the_adjusted_averages_and_calls_nothing_good_or_bad_that_is_not_sure()
    {
        var stages = new StageAttribution(100, 80, -20, [new("sample", 80, 60, -20), new(null, 20, 20, 0)], 10, 12).ScaledTo(200, 150);
        var rows = CompareCharts.Waterfall(stages, "Old", "New", isSure: false).Rows;

        // 80 of 100 is 160 of 200; 60 of 80 is 112.5 of 150.
        Assert.Equal((200d, 152.5d, 150d), (rows[0].To, Math.Round(rows[1].To!.Value, 9), rows[^1].To));
        Assert.Equal(-50, stages.Stages.Sum(s => s.ChangeMs), 9);
        Assert.All(rows.Skip(1).SkipLast(1), r => Assert.Equal((SpanTone.Neutral, null), (r.Tone, r.Word)));
    }

    [Fact]
    public void A_difference_is_good_or_bad_only_where_it_is_sure()
    {
        var sure = Matched(-20, -25, -15);
        Assert.Equal((1, "faster"), Evaluated(CompareDelta.From(sure, GoodDirection.Down, "faster", "slower", Verdict.Faster)));
        Assert.Equal((-1, "worse"), Evaluated(CompareDelta.From(sure, GoodDirection.Up, "worse", "better", Verdict.Worse)));
        Assert.Equal((0, "inconclusive"), Evaluated(CompareDelta.From(Matched(-20, -45, 5), GoodDirection.Up, "worse", "better", Verdict.Inconclusive)));
        // The verdict is stricter than the interval, and wins.
        Assert.Equal((0, "inconclusive"), Evaluated(CompareDelta.From(sure, GoodDirection.Down, "faster", "slower", Verdict.Inconclusive)));
        Assert.Equal((0, "equal"), Evaluated(CompareDelta.From(Matched(0.2, -0.4, 0.8), GoodDirection.Down, "faster", "slower", Verdict.Equal)));
        Assert.Equal("no data on one side", CompareDelta.From(null, GoodDirection.Down, "less", "more", Verdict.Inconclusive).Word);

        static (int, string) Evaluated(CompareDelta delta) => (delta.Outcome, delta.Word);
    }

    [Fact]
    public void A_comparison_is_the_same_where_workflows_their_names_and_their_order_are()
    {
        CompareRequest Request(params WorkflowName[] workflows) => new(workflows);
        var request = Request(new(1, "Portrait"), new(2, "Landscape"));
        Assert.Equal(request, Request(new(1, "Portrait"), new(2, "Landscape")));
        Assert.Equal(request.GetHashCode(), Request(new(1, "Portrait"), new(2, "Landscape")).GetHashCode());
        Assert.NotEqual(request, Request(new(2, "Landscape"), new(1, "Portrait")));
        Assert.NotEqual(request, Request(new(1, "Portrait"), new(2, "Renamed")));
    }

    [Fact]
    public void The_page_starts_with_the_latest_change_of_a_parameter()
    {
        SplitProposal[] proposals = [Proposal("parameter", -20), Proposal("parameter", -9), Proposal("change_point", -2), Proposal("parameter", -40)];
        Assert.Equal(Now.AddDays(-9), ComparePageData.DefaultSplit(proposals, Range));
        Assert.Equal(Now.AddDays(-2), ComparePageData.DefaultSplit([proposals[2]], Range));
        Assert.Equal(Now.AddDays(-15), ComparePageData.DefaultSplit([], Range));
    }

    [Fact]
    public void The_address_says_which_mode_and_whom()
    {
        Assert.Equal([3, 1, 2], CompareAddress.Read(null, "3,1,2,1", null, null, NoPeriods).WorkflowIds);
        var history = CompareAddress.Read(null, null, "3", null, NoPeriods);
        Assert.True(history.IsHistory);
        Assert.Equal([3], history.WorkflowIds);
        Assert.Empty(CompareAddress.Read("history", null, null, null, NoPeriods).WorkflowIds);
        Assert.Throws<PageAddressException>(() => CompareAddress.Read(null, "1,x", null, null, NoPeriods));
        Assert.Throws<PageAddressException>(() => CompareAddress.Read(null, "1,2,3,4,5,6,7,8,9,10,11", null, null, NoPeriods));
    }

    [Fact]
    public void Periods_come_from_a_split_within_the_range_or_are_named()
    {
        var time = new FakeTimeProvider(Now);
        var split = CompareAddress.Read(null, null, "3", "now-7d", NoPeriods).ReadPeriods(Range, time);
        Assert.Equal((new TimeRange(Range.From, Now.AddDays(-7)), new TimeRange(Now.AddDays(-7), Now)), split);

        var named = CompareAddress.Read(null, null, "3", null, new() { BeforeFrom = "2026-01-01", BeforeTo = "2026-02-01", AfterFrom = "2026-03-01", AfterTo = "2026-04-01" }).ReadPeriods(Range, time);
        Assert.Equal((2, 3), (named!.Value.Before.To.Month, named.Value.After.From.Month));

        Assert.Null(CompareAddress.Read(null, null, "3", null, NoPeriods).ReadPeriods(Range, time));
        Assert.Throws<PageAddressException>(() => CompareAddress.Read(null, null, "3", "2020-01-01", NoPeriods).ReadPeriods(Range, time));
        Assert.Throws<PageAddressException>(() => CompareAddress.Read(null, null, "3", "soon", NoPeriods).ReadPeriods(Range, time));
    }

    [Fact]
    public void Bars_hold_each_figure_against_the_baseline_of_100_percent()
    {
        var data = Data(
            new ComparedSummary { WorkflowId = 1, WorkflowName = "A", JobCount = 50, AvgTimePerFrameMs = 200, P50TimePerFrameMs = 190, Quality = new Dictionary<string, double> { ["likeness"] = 0.8 } },
            new ComparedSummary { WorkflowId = 2, WorkflowName = "B", JobCount = 40, AvgTimePerFrameMs = 100, P50TimePerFrameMs = 95, Quality = new Dictionary<string, double> { ["likeness"] = 0.8 } });
        var speed = CompareCharts.Bars(data, CompareRows.Speed);
        // One number for one change: average and median of all jobs have none of their own.
        Assert.Equal(["Time per frame, adjusted"], speed.Rows.Select(r => r.Group));
        Assert.Equal([(80d, 75d, 85d)], speed.Rows.Select(r => ((double)r.To!, r.Low!.Value, r.High!.Value)));
        Assert.Equal("faster", speed.Rows[0].Word);
        Assert.Equal("inconclusive", Assert.Single(CompareCharts.Bars(data, CompareRows.Quality).Rows).Word);

        var csv = CompareCsv.Write(data).Split("\r\n");
        Assert.Contains("\"Time per frame, adjusted\",ms/frame,B,2026-10-25T12:00:00Z,2026-11-24T12:00:00Z,40,120,-20,-25,-15,90,faster,150", csv);
        Assert.Contains("\"Time per frame, average\",ms/frame,B,2026-10-25T12:00:00Z,2026-11-24T12:00:00Z,40,100,,,,,,", csv);
    }

    private static MatchedDifference Matched(double percent, double low, double high) =>
        new() { Percent = percent, IntervalLow = low, IntervalHigh = high, Matching = Matching.TierAndWorker, Strata = 3, MatchedJobs = 90, LeftOutJobs = 0, MatchedBaseline = 150, MatchedOther = 150 * (1 + (percent / 100)) };

    private static SplitProposal Proposal(string kind, int days) =>
        new(Now.AddDays(days).UtcDateTime, kind, "steps", null, null, 5, kind == "parameter" ? null : 0.003, "It changed.");

    private static CompareData Data(ComparedSummary baseline, ComparedSummary other) => new()
    {
        IsHistory = false,
        Sides = [new(baseline.WorkflowName, Range, baseline, "#000000"), new(other.WorkflowName, Range, other, "#111111")],
        Differences =
        [
            new WorkflowDifference
            {
                BaselineWorkflowId = 1,
                WorkflowId = 2,
                QualityPercent = new Dictionary<string, double?>(),
                SpeedVerdict = Verdict.Faster,
                QualityVerdict = Verdict.Inconclusive,
                QualityDecidedBy = "likeness",
                Text = "",
                LikeForLike = new LikeForLike
                {
                    TimePerFrame = Matched(-20, -25, -15),
                    Vram = Matched(1, -1, 3),
                    Quality = new Dictionary<string, MatchedDifference> { ["likeness"] = Matched(0, -4, 4) },
                },
            },
        ],
        TradeOffs = [],
    };
}
