namespace PerfDash.Core.Metrics;

/// <summary>The summary as SQL: the same columns for a range, per bucket and per workflow, named as <see cref="MetricSummary"/> maps them.</summary>
internal static class SummarySql
{
    /// <summary>
    /// Aggregates over <c>performance_metrics AS m</c> joined with <c>workers AS k</c>. Written so that no row can make
    /// them fail: a sum beyond BIGINT stops there, a price that is negative or NaN counts as none, and a cost keeps no
    /// more digits than .NET's decimal can hold.
    /// </summary>
    public const string Columns =
        """
        count(*)                                                                   AS job_count,
        avg(m.time_per_frame_ms::float8)                                           AS avg_time_per_frame_ms,
        min(m.time_per_frame_ms)::float8                                           AS min_time_per_frame_ms,
        max(m.time_per_frame_ms)::float8                                           AS max_time_per_frame_ms,
        percentile_cont(0.5)  WITHIN GROUP (ORDER BY m.time_per_frame_ms::float8)  AS p50_time_per_frame_ms,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY m.time_per_frame_ms::float8)  AS p95_time_per_frame_ms,
        avg(m.total_gpu_time_ms)::float8                                           AS avg_gpu_time_ms,
        min(m.total_gpu_time_ms)                                                   AS min_gpu_time_ms,
        max(m.total_gpu_time_ms)                                                   AS max_gpu_time_ms,
        CASE WHEN sum(m.total_gpu_time_ms) > 9223372036854775807 THEN 9223372036854775807 ELSE sum(m.total_gpu_time_ms)::int8 END AS total_gpu_time_ms,
        avg(m.vram_peak_mb)::float8                                                AS avg_vram_peak_mb,
        min(m.vram_peak_mb)                                                        AS min_vram_peak_mb,
        max(m.vram_peak_mb)                                                        AS max_vram_peak_mb,
        sum(m.frame_count)::int8                                                   AS total_frames,
        round(sum(m.total_gpu_time_ms * k.gpu_hour_price) FILTER (WHERE k.gpu_hour_price BETWEEN 0 AND 1e9) / 3600000, 12) AS total_cost
        """;

    /// <summary>The scores of the rows, one row each: name and value; a value that is no number is left out.</summary>
    public const string ScoresJoin =
        "CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(m.quality_scores_json) = 'object' THEN m.quality_scores_json END) AS s(name, value)";

    /// <summary>
    /// Goes with <see cref="ScoresJoin"/>: the mean of one score. Summed as NUMERIC, which is what jsonb holds: the squares
    /// that PostgreSQL keeps beside a sum of float8 overflow from 1e154 on.
    /// </summary>
    public static string ScoreAverage { get; } = $"avg({JsonNumberSql.Numeric("s.value")})::float8";
}
