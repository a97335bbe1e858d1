using PerfDash.Core;
using PerfDash.Web.Charts;
using PerfDash.Web.Shared;

namespace PerfDash.Tests.Charts;

public sealed class ChartBucketsTests
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    private static ChartInput Input(ChartKind kind, ValueUnit unit, params ChartPoint[] points) =>
        new() { Kind = kind, Unit = unit, Series = [new("a", "A", points), new("b", "Before", points, Style: ChartSeriesStyle.Previous)] };

    private static string Words(ChartSeries series) => string.Join(' ', series.Points.Select(p => $"{p.Y?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "gap"}{(p.Partial ? "…" : "")}"));

    [Fact]
    public void Buckets_without_a_point_are_gaps_from_the_first_to_the_last_of_the_range()
    {
        var chart = Input(ChartKind.Line, ValueUnit.MsPerFrame, ChartPoint.At(Monday.AddHours(2), 5), ChartPoint.At(Monday.AddHours(4), 7))
            .OverBuckets(new(Monday, Monday.AddHours(6)), Bucket.Hour);
        Assert.Equal("gap gap 5 gap 7 gap", Words(chart.Series[0]));
        Assert.Equal((TimeGrain.Hour, new ChartRange(Monday, Monday.AddHours(6))), (chart.TimeGrain, chart.Range!));
        Assert.Equal(6, ChartTableRows.From(chart).Rows.Count);
    }

    [Theory]
    [InlineData(Bucket.Day, "gap 5 gap gap")]
    [InlineData(Bucket.Week, "gap 5 gap")]
    [InlineData(Bucket.Month, "gap 5")]
    public void Gaps_follow_the_calendar_of_the_bucket(Bucket bucket, string expected)
    {
        var (from, point, to) = bucket switch
        {
            Bucket.Day => (Monday.AddHours(7), Monday.AddDays(1), Monday.AddDays(4)),
            Bucket.Week => (Monday.AddDays(3), Monday.AddDays(7), Monday.AddDays(21)),
            _ => (new(2026, 1, 20, 0, 0, 0, TimeSpan.Zero), new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero)),
        };
        Assert.Equal(expected, Words(Input(ChartKind.Line, ValueUnit.Score, ChartPoint.At(point, 5)).OverBuckets(new(from, to), bucket).Series[0]));
    }

    [Fact]
    public void An_unfinished_bucket_is_marked_and_a_first_one_that_is_cut_only_where_jobs_are_counted()
    {
        var range = new TimeRange(Monday.AddMinutes(30), Monday.AddHours(2).AddMinutes(10));
        ChartPoint[] points = [ChartPoint.At(Monday, 1), ChartPoint.At(Monday.AddHours(1), 2), ChartPoint.At(Monday.AddHours(2), 3)];
        Assert.Equal("1 2 3…", Words(Input(ChartKind.Line, ValueUnit.MsPerFrame, points).OverBuckets(range, Bucket.Hour).Series[0]));
        Assert.Equal("1… 2 3…", Words(Input(ChartKind.Bar, ValueUnit.Count, points).OverBuckets(range, Bucket.Hour).Series[0]));
        Assert.Equal("1 2 3", Words(Input(ChartKind.Line, ValueUnit.MsPerFrame, points).OverBuckets(range, Bucket.Hour).Series[1]));
    }

    [Theory]
    [InlineData(ChartKind.Line)]
    [InlineData(ChartKind.Bar)]
    public void A_range_within_one_bucket_has_an_axis_of_some_length(ChartKind kind)
    {
        var axis = Input(kind, ValueUnit.Count, ChartPoint.At(Monday, 1)).OverBuckets(new(Monday.AddMinutes(1), Monday.AddMinutes(2)), Bucket.Hour).Range!;
        Assert.True(axis.To - axis.From >= TimeSpan.FromHours(1));
        Assert.InRange(Monday, axis.From, axis.To);
    }

    [Fact]
    public void In_a_range_of_more_buckets_than_are_drawn_one_gap_stands_for_each_run_of_missing_ones()
    {
        var chart = Input(ChartKind.Line, ValueUnit.MsPerFrame, ChartPoint.At(Monday, 1), ChartPoint.At(Monday.AddHours(1), 2), ChartPoint.At(Monday.AddHours(900), 3))
            .OverBuckets(new(Monday.AddYears(-40), Monday.AddYears(1)), Bucket.Hour);
        Assert.Equal("1 2 gap 3", Words(chart.Series[0]));
        Assert.Null(chart.Range);
    }
}
