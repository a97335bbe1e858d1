using PerfDash.Core.Workers;
using PerfDash.Core.Workflows;

namespace PerfDash.Core.Rollups;

/// <summary>
/// The statements that compute hours or days of roll-ups from the metrics. All take <c>@grain</c>, <c>@unit</c> (hour or day), <c>@starts</c>,
/// and <c>@from</c> and <c>@to</c>, a range that holds them.
/// </summary>
internal static class RollupSql
{
    // Named, so that the indexes can be searched by their later columns.
    private const string AnyDims = "'{0, 1, 3, 4, 15}'";

    private const string Start = "date_trunc(@unit, m.created_at, 'UTC')";

    private const string Of = $"FROM scored_metrics AS m WHERE m.created_at >= @from AND m.created_at < @to AND {Start} = ANY(@starts)";

    /// <summary>Deletes what is there of them.</summary>
    public static readonly string Delete = Deletion("grain = @grain", "start = ANY(@starts)", "@grain = 'd'");

    /// <summary>Deletes all from before <c>@first</c>.</summary>
    public static readonly string DeleteBefore =
        $"""
        DELETE FROM rollup_spans WHERE start < @first;
        {Deletion("grain = ANY(ARRAY['h', 'd']::\"char\"[])", "start < @first", "true")}
        DELETE FROM rollup_busy WHERE start < @first;
        """;

    // Plan of each: idx_performance_metrics_figures_by_time over the range, one scan for all combinations (mixed aggregate).

    public static readonly string FillHour = string.Join(";\n", Sums(RollupTable.Sums.OfHours), TimeBins(RollupTable.TimeBins.OfHours), WorkerGpu(RollupTable.WorkerGpu.OfHours));

    /// <summary>Fills the tables of days.</summary>
    public static readonly string FillDay = string.Join(
        ";\n", Sums(RollupTable.Sums.OfDays), TimeBins(RollupTable.TimeBins.OfDays), WorkerGpu(RollupTable.WorkerGpu.OfDays), ScoreBins(), VramBins(), Stages());

    /// <summary>Fills the busy time of hours; takes the parameters of <see cref="UtilizationQueries.BusySql"/> for the range too.</summary>
    public static readonly string FillBusy =
        $"""
        DELETE FROM rollup_busy WHERE start = ANY(@starts);
        INSERT INTO rollup_busy (start, worker_id, busy_us)
        SELECT start, worker_id, generating_us FROM ({UtilizationQueries.BusySql("true", byHour: true)}) AS busy WHERE generating_us > 0
        """;

    private static string Deletion(string grain, string start, string stages) =>
        $"""
        DELETE FROM rollup_sums WHERE {grain} AND dims = ANY({AnyDims}) AND {start};
        DELETE FROM rollup_bins WHERE {grain} AND dims = ANY({AnyDims}) AND figure = ANY(ARRAY['time', 'vram', {string.Join(", ", KnownScores.Names.Select(name => $"'{name}'"))}]) AND {start};
        DELETE FROM rollup_worker_gpu WHERE {grain} AND dims = ANY({AnyDims}) AND {start};
        DELETE FROM rollup_stages WHERE {stages} AND {start};
        """;

    private static string Sums(Dimensions[] combinations) =>
        $"""
        INSERT INTO rollup_sums
        SELECT @grain, {RollupTable.Keys(combinations)}, start, count(*), max(created_at), count(*) FILTER (WHERE has_odd_time), count(*) FILTER (WHERE has_odd_likeness),
               {Moments("time")}, min(time), max(time), {Moments("log")},
               count(gpu), sum(gpu::float8), min(gpu), max(gpu), count(vram), sum(vram)::float8, min(vram), max(vram), sum(frames),
               count(gpu) FILTER (WHERE frames > 0), sum(gpu::float8) FILTER (WHERE frames > 0), sum(frames) FILTER (WHERE frames > 0 AND gpu IS NOT NULL),
               {string.Join(", ", KnownScores.Names.Select(name => $"{Moments(name)}, min({name}), max({name})"))},
               {RollupTable.Key(Dimensions.Class, combinations)}
        FROM (SELECT {Start} AS start, m.workflow_id, m.worker_id, m.tier_key, m.run_class, m.created_at, m.time_per_frame_ms IS NOT NULL AND NOT ({MetricSql.HasTime}) AS has_odd_time,
                     m.has_other_scores AND m.likeness IS NULL AND {JsonNumberSql.Float8("m.quality_scores_json -> 'likeness'")} IS NOT NULL AS has_odd_likeness, {MetricSql.Time} AS time,
                     CASE WHEN {MetricSql.HasTime} AND m.time_per_frame_ms > 0 THEN ln(m.time_per_frame_ms::float8) END AS log,
                     m.total_gpu_time_ms AS gpu, m.vram_peak_mb AS vram, m.frame_count AS frames, {string.Join(", ", KnownScores.Names.Select(name => $"m.{name}"))}
              {Of} {DistributionSql.OptimizationFence}) AS jobs
        GROUP BY {RollupTable.GroupingSets(combinations, "start")}
        """;

    private static string Moments(string value) => $"count({value}), sum({value}), CASE WHEN count({value}) > 0 THEN {DistributionSql.Squares(value)} END";

    private static string TimeBins(Dimensions[] combinations) => Bins(
        combinations, $"SELECT {Start} AS start, 'time' AS figure, m.workflow_id, m.worker_id, m.tier_key, perfdash_log_bin(m.time_per_frame_ms::float8) AS bin {Of} AND {MetricSql.HasTime} {DistributionSql.OptimizationFence}");

    private static string ScoreBins() => Bins(
        RollupTable.ScoreBins("").OfDays,
        string.Join("\nUNION ALL\n", KnownScores.Names.Select(name =>
            $"SELECT {Start} AS start, '{name}' AS figure, m.workflow_id, m.worker_id, m.tier_key, perfdash_score_bin(m.{name}) AS bin {Of} AND m.{name} IS NOT NULL")));

    private static string VramBins() => Bins(
        RollupTable.VramBins.OfDays, $"SELECT {Start} AS start, 'vram' AS figure, m.workflow_id, m.worker_id, m.tier_key, perfdash_log_bin(m.vram_peak_mb::float8) AS bin {Of} AND m.vram_peak_mb IS NOT NULL {DistributionSql.OptimizationFence}");

    private static string Bins(Dimensions[] combinations, string values) =>
        $"""
        INSERT INTO rollup_bins
        SELECT @grain, workflow_id, worker_id, tier_key, dims, start, figure, array_agg(bin ORDER BY bin), array_agg(jobs ORDER BY bin)
        FROM (
            SELECT {RollupTable.Keys(combinations)}, start, figure, bin, count(*)::int4 AS jobs
            FROM ({values}) AS v GROUP BY {RollupTable.GroupingSets(combinations, "start", "figure", "bin")}
        ) AS counted GROUP BY dims, start, figure, workflow_id, worker_id, tier_key
        """;

    private static string WorkerGpu(Dimensions[] combinations) =>
        $"""
        INSERT INTO rollup_worker_gpu
        SELECT @grain, workflow_id, tier_key, dims, start, array_agg(id), array_agg(jobs), array_agg(gpu), array_agg(framed_gpu), array_agg(frames)
        FROM (
            SELECT {RollupTable.Keys(combinations)}, start, worker_id AS id, count(*) AS jobs, sum(gpu::float8) AS gpu,
                   coalesce(sum(gpu::float8) FILTER (WHERE frames > 0), 0) AS framed_gpu, coalesce(sum(frames) FILTER (WHERE frames > 0), 0)::int8 AS frames
            FROM (SELECT {Start} AS start, m.workflow_id, m.worker_id, m.tier_key, m.total_gpu_time_ms AS gpu, m.frame_count AS frames {Of} AND m.total_gpu_time_ms IS NOT NULL {DistributionSql.OptimizationFence}) AS jobs
            GROUP BY {RollupTable.GroupingSets(combinations, "start", "worker_id")}
        ) AS sums GROUP BY dims, start, workflow_id, tier_key
        """;

    private static string Stages() =>
        $"""
        INSERT INTO rollup_stages
        SELECT start, workflow_id, tier_key, name, min(example_job_id), sum(jobs), sum(firsts), sum(sum_ms), min(min_ms), max(max_ms),
               array_agg(bin ORDER BY bin), array_agg(jobs::int4 ORDER BY bin)
        FROM (
            SELECT start, workflow_id, tier_key, name, perfdash_log_bin(ms) AS bin, min(job_id) AS example_job_id, count(*) AS jobs,
                   count(*) FILTER (WHERE name = first_name) AS firsts, sum(ms) AS sum_ms, min(ms) AS min_ms, max(ms) AS max_ms
            FROM (SELECT {Start} AS start, m.workflow_id, m.tier_key, m.job_id, m.stage_times[1] AS first_name, {StageQueries.Unfolded} {Of} AND m.stage_times IS NOT NULL {DistributionSql.OptimizationFence}) AS stages
            GROUP BY start, workflow_id, tier_key, name, perfdash_log_bin(ms)
        ) AS binned GROUP BY start, workflow_id, tier_key, name
        """;
}
