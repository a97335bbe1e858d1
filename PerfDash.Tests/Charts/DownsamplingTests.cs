using CsCheck;
using PerfDash.Web.Charts;

namespace PerfDash.Tests.Charts;

public sealed class DownsamplingTests
{
    private static List<ChartPoint> Points(IEnumerable<double?> values) => [.. values.Select((v, i) => ChartPoint.Xy(i, v))];

    [Fact]
    public void A_short_series_is_kept_whole() =>
        Assert.Equal(Enumerable.Range(0, 100), Downsampling.Keep(Points(Enumerable.Repeat<double?>(1, 100)), 100));

    [Fact]
    public void The_one_peak_and_the_one_dip_of_a_long_series_stay()
    {
        var points = Points(Enumerable.Range(0, 100_000).Select(i => i switch { 61_803 => 900.0, 31_416 => -900.0, _ => (double?)(i % 7) }));
        var kept = Downsampling.Keep(points, 2_000);
        Assert.Contains(61_803, kept);
        Assert.Contains(31_416, kept);
    }

    [Fact]
    public void A_gap_of_a_single_point_stays_a_gap()
    {
        var points = Points(Enumerable.Range(0, 50_000).Select(i => i == 12_345 ? null : (double?)(i % 11)));
        Assert.Contains(12_345, Downsampling.Keep(points, 500));
    }

    [Fact]
    public void No_two_kept_values_are_joined_across_values_that_are_missing() =>
        Gen.Select(Gen.Double[-1e3, 1e3].Nullable().List[9, 400], Gen.Int[8, 60]).Sample((values, most) =>
        {
            var kept = Downsampling.Keep(Points(values), most);
            return kept.Zip(kept.Skip(1)).All(pair =>
                values[pair.First] is null || values[pair.Second] is null || values.Skip(pair.First).Take(pair.Second - pair.First).All(v => v is not null));
        });

    [Fact]
    public void Series_share_the_points_of_a_chart()
    {
        var points = Points(Enumerable.Range(0, 10_000).Select(i => (double?)i));
        Assert.True(6 * Downsampling.ForChart(points, 6).Count <= Downsampling.MaxPointsPerChart);
    }

    [Fact]
    public void Any_series_stays_in_order_within_the_limit_and_keeps_its_ends_and_extremes() =>
        Gen.Select(Gen.Double[-1e6, 1e6].Nullable().List[9, 400], Gen.Int[8, 120]).Sample((values, most) =>
        {
            var kept = Downsampling.Keep(Points(values), most);
            var real = values.Where(v => v is not null).ToList();
            return kept.Count <= Math.Max(most, 0)
                && kept.SequenceEqual(kept.Distinct().Order())
                && kept[0] == 0
                && kept[^1] == values.Count - 1
                && (real.Count == 0 || (kept.Max(i => values[i]) == real.Max() && kept.Min(i => values[i] ?? double.MaxValue) == real.Min()));
        });
}
