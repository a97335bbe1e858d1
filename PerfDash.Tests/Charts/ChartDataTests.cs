using PerfDash.Web.Charts;
using PerfDash.Web.Shared;

namespace PerfDash.Tests.Charts;

public sealed class ChartDataTests
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    private static ChartInput Daily(params double?[] values) => new()
    {
        Kind = ChartKind.Line,
        Unit = ValueUnit.MsPerFrame,
        Series = [new("a", "Portrait", [.. values.Select((v, day) => ChartPoint.At(Monday.AddDays(day), v))])],
    };

    [Fact]
    public void Same_content_in_new_objects_is_the_same_chart()
    {
        Assert.True(Daily(1, null, 3).SameAs(Daily(1, null, 3)));
        Assert.False(Daily(1, null, 3).SameAs(Daily(1, null, 4)));
        Assert.False(Daily(1, 2).SameAs(Daily(1, 2, 3)));
        Assert.False(Daily(1).SameAs(Daily(1) with { Unit = ValueUnit.Count }));
        Assert.False(Daily(1).SameAs(Daily(1) with { Thresholds = [new(5, "limit", ChartSeverity.Warning)] }));
        Assert.False(Daily(1).SameAs(null));
    }

    [Fact]
    public void The_table_has_a_row_for_every_moment_of_any_series()
    {
        var input = Daily(1, 2) with
        {
            Series =
            [
                new("a", "A", [ChartPoint.At(Monday, 1), ChartPoint.At(Monday.AddDays(2), 3)]),
                new("b", "B", [ChartPoint.At(Monday.AddDays(1), 20), ChartPoint.At(Monday.AddDays(2), null, partial: true)]),
            ],
        };
        var table = ChartTableRows.From(input);

        Assert.Equal(["Mon 23 Nov 2026", "Tue 24 Nov 2026", "Wed 25 Nov 2026"], table.Rows.Select(table.PlaceText));
        Assert.Equal(["1.00 ms/frame", "–", "–", "20.0 ms/frame", "3.00 ms/frame", "–"], table.Rows.SelectMany(r => r.Cells).Select(table.CellText));
        Assert.Equal([false, false, true], table.Rows.Select(r => r.Partial));
    }

    [Fact]
    public void Scatter_points_that_share_an_x_keep_their_rows()
    {
        var input = new ChartInput
        {
            Kind = ChartKind.Scatter,
            Axis = ChartAxis.Number,
            Series = [new("j", "Jobs", [ChartPoint.Xy(7, 0.9), ChartPoint.Xy(7, 0.8)])],
        };
        Assert.Equal(2, ChartTableRows.From(input).Rows.Count);
    }

    [Fact]
    public void The_export_has_plain_numbers_iso_moments_and_empty_gaps() =>
        Assert.Equal(
            "Time (UTC),Portrait (ms/frame)\r\n2026-11-23T00:00:00Z,812.5\r\n2026-11-24T00:00:00Z,\r\n2026-11-25T00:00:00Z,-3\r\n",
            ChartCsv.Write(Daily(812.5, double.NaN, -3)));

    [Theory]
    [InlineData("=1+1", "\"'=1+1\"")]
    [InlineData("+cmd", "\"'+cmd\"")]
    [InlineData("-cmd|x", "\"'-cmd|x\"")]
    [InlineData("@sum", "\"'@sum\"")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("\0=1", "\"'\0=1\"")]
    [InlineData("-12.5", "-12.5")]
    [InlineData("plain", "plain")]
    [InlineData("a,\"b\"", "\"a,\"\"b\"\"\"")]
    public void A_text_that_a_spreadsheet_would_run_is_neutralised(string text, string cell) => Assert.Equal(cell, TableCsv.Text(text));

    [Fact]
    public void Names_in_an_export_are_neutralised_too()
    {
        var input = new ChartInput
        {
            Kind = ChartKind.Bar,
            Axis = ChartAxis.Category,
            Series = [new("a", "=HYPERLINK(1)", [ChartPoint.ForCategory("@evil", 2)])],
        };
        Assert.Equal("Name,\"'=HYPERLINK(1)\"\r\n\"'@evil\",2\r\n", ChartCsv.Write(input));
    }

    [Theory]
    [InlineData(1, TimeGrain.Hour)]
    [InlineData(24, TimeGrain.Day)]
    [InlineData(168, TimeGrain.Week)]
    [InlineData(720, TimeGrain.Month)]
    public void The_grain_comes_from_the_smallest_step(int hours, TimeGrain grain) =>
        Assert.Equal(grain, TimeLabel.GrainOf([new("a", "A", [.. Enumerable.Range(0, 3).Select(i => ChartPoint.At(Monday.AddHours(i * hours), i))])]));
}
