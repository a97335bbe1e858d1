using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Data.Entities;

namespace PerfDash.Tests.Alerts;

/// <summary>Values against limits, and what a rule may watch.</summary>
public sealed class AlertLimitsTests
{
    [Theory]
    [InlineData(AlertDirection.Above, 100f, 200f, null, 99.9, AlertLevel.Clear)]
    [InlineData(AlertDirection.Above, 100f, 200f, null, 100, AlertLevel.Warning)]
    [InlineData(AlertDirection.Above, 100f, 200f, null, 199.9, AlertLevel.Warning)]
    [InlineData(AlertDirection.Above, 100f, 200f, null, 200, AlertLevel.Critical)]
    [InlineData(AlertDirection.Above, 100f, 200f, 80f, 99, AlertLevel.Between)]
    [InlineData(AlertDirection.Above, 100f, 200f, 80f, 80, AlertLevel.Between)]
    [InlineData(AlertDirection.Above, 100f, 200f, 80f, 79.9, AlertLevel.Clear)]
    [InlineData(AlertDirection.Below, 0.8f, 0.5f, null, 0.81, AlertLevel.Clear)]
    [InlineData(AlertDirection.Below, 0.8f, 0.5f, null, 0.5, AlertLevel.Critical)]
    [InlineData(AlertDirection.Below, 0.8f, 0.5f, 0.9f, 0.9, AlertLevel.Between)]
    [InlineData(AlertDirection.Below, 0.8f, 0.5f, 0.9f, 0.91, AlertLevel.Clear)]
    [InlineData(AlertDirection.Above, -200f, -100f, null, -150, AlertLevel.Warning)]
    // A REAL is the decimal it was written as: 0.8f is 0.800000012 as a double, 0.3f is 0.300000012, 0.7f is 0.699999988.
    [InlineData(AlertDirection.Below, 0.8f, 0.5f, null, 0.8, AlertLevel.Warning)]
    [InlineData(AlertDirection.Below, 0.8f, 0.5f, null, 0.8000000001, AlertLevel.Clear)]
    [InlineData(AlertDirection.Below, 0.9f, 0.7f, null, 0.7, AlertLevel.Critical)]
    [InlineData(AlertDirection.Above, 0.3f, 0.8f, null, 0.3, AlertLevel.Warning)]
    [InlineData(AlertDirection.Above, 0.3f, 0.8f, null, 0.8, AlertLevel.Critical)]
    public void A_value_equal_to_a_limit_breaches_it(AlertDirection direction, float warning, float critical, float? clear, double value, AlertLevel expected) =>
        Assert.Equal(expected, AlertLimits.Create(direction, warning, critical, clear).LevelOf(value));

    [Theory]
    [InlineData("time_per_frame_ms", true)]
    [InlineData("total_gpu_time_ms", true)]
    [InlineData("total_wall_time_ms", true)]
    [InlineData("vram_peak_mb", true)]
    [InlineData("quality.likeness", true)]
    [InlineData("quality.a b.c/ü", true)]
    [InlineData("quality.", false)]
    [InlineData("quality. ", false)]
    [InlineData("quality.a\n", false)]
    [InlineData("quality", false)]
    [InlineData("likeness", false)]
    [InlineData("frame_count", false)]
    [InlineData("Time_Per_Frame_Ms", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Four_figures_and_any_score_can_be_watched(string? name, bool known) => Assert.Equal(known, AlertMetric.Read(name) is not null);
}
