namespace PerfDash.Core.Rollups;

/// <summary>The columns of <c>rollup_sums</c>, and what each is of a single job: SQL over <c>scored_metrics AS m</c>.</summary>
internal static class SumColumns
{
    private const string Log = $"CASE WHEN {MetricSql.HasTime} AND m.time_per_frame_ms > 0 THEN ln(m.time_per_frame_ms::float8) END";

    private const string HasFrames = "m.total_gpu_time_ms IS NOT NULL AND m.frame_count > 0";

    /// <summary>By the column's name. Squared differences of a single value are 0: see <see cref="Squares"/>.</summary>
    public static readonly IReadOnlyDictionary<string, string> Raw = new Dictionary<string, string>
    {
        ["jobs"] = "1::int8",
        ["last_at"] = "m.created_at",
        ["time_count"] = $"CASE WHEN {MetricSql.HasTime} THEN 1 ELSE 0 END::int8",
        ["time_sum"] = MetricSql.Time,
        ["time_squares"] = $"CASE WHEN {MetricSql.HasTime} THEN 0 END::float8",
        ["time_min"] = MetricSql.Time,
        ["time_max"] = MetricSql.Time,
        ["log_count"] = $"CASE WHEN {MetricSql.HasTime} AND m.time_per_frame_ms > 0 THEN 1 ELSE 0 END::int8",
        ["log_sum"] = Log,
        ["log_squares"] = $"CASE WHEN {MetricSql.HasTime} AND m.time_per_frame_ms > 0 THEN 0 END::float8",
        ["gpu_count"] = "CASE WHEN m.total_gpu_time_ms IS NOT NULL THEN 1 ELSE 0 END::int8",
        ["gpu_sum"] = "m.total_gpu_time_ms::float8",
        ["framed_count"] = $"CASE WHEN {HasFrames} THEN 1 ELSE 0 END::int8",
        ["framed_gpu_sum"] = $"CASE WHEN {HasFrames} THEN m.total_gpu_time_ms::float8 END",
        ["framed_frames"] = $"CASE WHEN {HasFrames} THEN m.frame_count::int8 END",
        ["likeness_count"] = ScoreCount("likeness"),
        ["likeness_sum"] = "m.likeness",
        ["face_confidence_count"] = ScoreCount("face_confidence"),
        ["face_confidence_sum"] = "m.face_confidence",
        ["motion_quality_count"] = ScoreCount("motion_quality"),
        ["motion_quality_sum"] = "m.motion_quality",
        ["boundary_ssim_count"] = ScoreCount("boundary_ssim"),
        ["boundary_ssim_sum"] = "m.boundary_ssim",
    };

    /// <summary>
    /// SQL of the squared differences from the mean of all values, an aggregate over partial sums: those within the parts, and those of
    /// their means (Chan, Golub and LeVeque). NULL without values.
    /// </summary>
    /// <param name="figure">Whose columns: <c>time</c>, <c>log</c> or a score.</param>
    public static string Squares(string figure) =>
        $"greatest(sum({figure}_squares) + sum({figure}_sum * {figure}_sum / nullif({figure}_count, 0)) - sum({figure}_sum) * (sum({figure}_sum) / nullif(sum({figure}_count), 0)::float8), 0)";

    private static string ScoreCount(string score) => $"CASE WHEN m.{score} IS NOT NULL THEN 1 ELSE 0 END::int8";
}
