using CsCheck;
using PerfDash.Core.Alerts;
using PerfDash.Web.Features.Alerts;

namespace PerfDash.Tests.Alerts;

/// <summary>Limits and values as people write and read them.</summary>
public sealed class AlertUnitsTests
{
    private static readonly string[] Measured = [.. AlertMetric.Figures, AlertMetric.FailedShare, AlertMetric.Silence, "quality.likeness"];

    [Theory]
    [InlineData("812.5", "time_per_frame_ms", 812.5f, "812.5 ms/frame")]
    [InlineData(" 1.5 s ", "time_per_frame_ms", 1500f, "1.5 s/frame")]
    [InlineData("1.5 s/frame", "time_per_frame_ms", 1500f, "1.5 s/frame")]
    [InlineData("800 ms per frame", "time_per_frame_ms", 800f, "800 ms/frame")]
    [InlineData("2m", "time_per_frame_ms", 120_000f, "2 min/frame")]
    [InlineData("90s", "total_gpu_time_ms", 90_000f, "1.5 min")]
    [InlineData("800 ms", "total_wall_time_ms", 800f, "800 ms")]
    [InlineData("300000", "total_wall_time_ms", 300_000f, "5 min")]
    [InlineData("1h 5m", "total_gpu_time_ms", 3_900_000f, "1 h 5 min")]
    [InlineData("1h5m", "total_gpu_time_ms", 3_900_000f, "1 h 5 min")]
    [InlineData("1 h 5 min 3.25 s", "total_gpu_time_ms", 3_903_250f, "1 h 5 min 3.25 s")]
    [InlineData("2d", "total_gpu_time_ms", 172_800_000f, "2 d")]
    [InlineData("16 gb", "vram_peak_mb", 16384f, "16 GB")]
    [InlineData("18 GB", "vram_peak_mb", 18432f, "18 GB")]
    [InlineData("18210", "vram_peak_mb", 18210f, "18,210 MB")]
    [InlineData("0.855", "quality.likeness", 0.855f, "0.855")]
    [InlineData("5", "failed_share", 0.05f, "5 %")]
    [InlineData("85 %", "failed_share", 0.85f, "85 %")]
    [InlineData("2.5%", "failed_share", 0.025f, "2.5 %")]
    [InlineData("90", "silence", 90f, "1.5 h")]
    [InlineData("90s", "silence", 1.5f, "1.5 min")]
    [InlineData("2 hours", "silence", 120f, "2 h")]
    [InlineData("1e3", "time_per_frame_ms", 1000f, "1 s/frame")]
    [InlineData("1e30", "quality.x", 1e30f, "1E+30")]
    [InlineData("0", "failed_share", 0f, "0 %")]
    public void A_limit_is_read_with_or_without_a_unit_and_written_without_rounding(string text, string measured, float limit, string written)
    {
        var read = AlertUnits.Read(text, measured);
        Assert.Null(read.Error);
        Assert.Equal(limit, read.Limit);
        Assert.Equal(written, AlertMeasure.Limit(limit, measured));
    }

    [Theory]
    [InlineData("812,5", "time_per_frame_ms", "Use a decimal point and no thousands separators.")]
    [InlineData("fast", "time_per_frame_ms", "“fast” is not a valid unit. Use ms, s, min, h, d.")]
    [InlineData("3 GB", "time_per_frame_ms", "“GB” is not a valid unit. Use ms, s, min, h, d.")]
    [InlineData("3 s", "vram_peak_mb", "“s” is not a valid unit. Use MB, GB, TB.")]
    [InlineData("5m 1h", "total_gpu_time_ms", "Enter the larger unit first, and each unit once.")]
    [InlineData("1h 5", "total_gpu_time_ms", "Give each number a unit, for example 1h 5m.")]
    [InlineData("0.9 s", "quality.likeness", "Enter a number without a unit.")]
    [InlineData("1e99", "vram_peak_mb", "The value is too large.")]
    [InlineData("NaN", "quality.likeness", "Enter a number without a unit.")]
    [InlineData("1.5.5 s", "time_per_frame_ms", "Give each number a unit, for example 1h 5m.")]
    [InlineData("2 s !", "time_per_frame_ms", "“2 s !” is not a valid value. Enter a number and a unit: ms, s, min, h, d.")]
    public void What_is_no_limit_is_said(string text, string measured, string error) => Assert.Equal((null, error), AlertUnits.Read(text, measured));

    [Fact]
    public void What_a_field_shows_is_read_as_the_same_limit() => Gen.Select(AnyMeasured, Limit).Sample(
        (measured, limit) => AlertUnits.Read(AlertUnits.FieldText(limit, measured), measured) == (limit, null),
        iter: 20_000,
        print: t => $"{t.Item1} {t.Item2:R}: {AlertUnits.FieldText(t.Item2, t.Item1)} = {AlertUnits.Read(AlertUnits.FieldText(t.Item2, t.Item1), t.Item1)}");

    [Fact]
    public void Any_text_is_a_limit_or_an_error() => Gen.Select(AnyMeasured, Gen.OneOf(Gen.String, Gen.String["0123456789.,eE+- hmsdGMB%/"])).Sample(
        (measured, text) =>
        {
            var (limit, error) = AlertUnits.Read(text, measured);
            Assert.True(limit is null || (error is null && float.IsFinite(limit.Value)));
        },
        iter: 20_000);

    [Theory]
    [InlineData(0.1234, "ms")]
    [InlineData(300_000, "5 min")]
    [InlineData(812.5123, "812.5 ms")]
    [InlineData(999.96, "1 s")]
    [InlineData(12_634.7, "12.63 s")]
    [InlineData(59_996, "1 min")]
    [InlineData(312_000, "5 min 12 s")]
    [InlineData(3_599_900, "1 h")]
    [InlineData(3_900_000, "1 h 5 min")]
    [InlineData(86_399_999, "1 d")]
    [InlineData(187_200_000, "2 d 4 h")]
    public void A_duration_in_a_sentence_has_two_units_at_most(double ms, string text) => Assert.EndsWith(text, AlertUnits.Duration(ms), StringComparison.Ordinal);

    private static Gen<string> AnyMeasured => Gen.Int[0, Measured.Length - 1].Select(i => Measured[i]);

    private static Gen<float> Limit => Gen.OneOf(
        Gen.Float[0, 5_000_000],
        Gen.Int[0, 100_000].Select(n => n / 100f),
        Gen.Int[0, 10_000].Select(n => n * 60_000f),
        Gen.Float.Where(f => float.IsFinite(f) && f >= 0));
}
