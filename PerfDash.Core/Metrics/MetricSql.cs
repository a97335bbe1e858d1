using PerfDash.Core.Statistics;

namespace PerfDash.Core.Metrics;

/// <summary>Columns of <c>scored_metrics AS m</c> as figures read them: any program may have written a row.</summary>
internal static class MetricSql
{
    /// <summary>The condition that a job has a time per frame: a REAL may also be NaN (which sorts above infinity) or infinite.</summary>
    public const string HasTime = "m.time_per_frame_ms > '-Infinity' AND m.time_per_frame_ms < 'Infinity'";

    /// <summary>The time per frame as FLOAT8, NULL where it is not finite. Widened bit by bit: values that are handed out go through <see cref="RealDigits"/>.</summary>
    public const string Time = $"CASE WHEN {HasTime} THEN m.time_per_frame_ms::float8 END";
}
