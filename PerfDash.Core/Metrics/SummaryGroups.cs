using PerfDash.Data;

namespace PerfDash.Core.Metrics;

/// <summary>
/// Summaries of groups of jobs (workflows, workers, steps of time) from one scan, which counts each group by narrow bins of
/// its times per frame: the figures of a group, of several and of all are sums over bins.
/// </summary>
internal sealed class SummaryGroups
{
    /// <summary>The key of groups that are workers: their costs need no scan of their own.</summary>
    public const string ByWorker = "m.worker_id";

    private readonly Dictionary<long, SummaryRow> _rows;
    private readonly Dictionary<long, List<OtherScore>> _others;

    private SummaryGroups(Dictionary<long, SummaryRow> rows, Dictionary<long, List<OtherScore>> others) => (_rows, _others) = (rows, others);

    /// <summary>The groups that have jobs.</summary>
    public IReadOnlyCollection<long> Keys => _rows.Keys;

    /// <summary>Counts the condition's jobs.</summary>
    /// <param name="context">Where to ask.</param>
    /// <param name="where">Which jobs.</param>
    /// <param name="key">SQL of the group's number over <c>performance_metrics AS m</c>; never NULL.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <param name="parts">What is to be known of them beside counts, sums and extremes.</param>
    public static async Task<SummaryGroups> QueryAsync(
        PerfDashDbContext context,
        MetricCondition where,
        string key,
        CancellationToken cancellationToken,
        SummaryParts parts = SummaryParts.Usual)
    {
        var withScores = parts.HasFlag(SummaryParts.Scores);
        var bin = parts.HasFlag(SummaryParts.Percentiles) ? (await Binning.ForAsync(context, where, cancellationToken)).Of(MetricSql.Time) : "0";
        // Plan: one scan of idx_performance_metrics_figures where the range is a large share of its months, counted in
        // parallel. Behind OFFSET the planner takes the groups to be few, as they are, instead of one for each job. Sums are
        // made so that no row can make them fail; what they pass along is small, which is most of the cost. A group's bins
        // leave the database as arrays: as rows they would cost more than they cost to count.
        var rows = await where.QueryAsync<SummaryRow>(
            context,
            $"""
            SELECT key, sum(jobs)::int8 AS job_count, sum(time_sum) AS time_sum,
                   array_agg(time_count) FILTER (WHERE time_count > 0) AS time_counts,
                   array_agg(time_sum / time_count) FILTER (WHERE time_count > 0) AS time_means,
                   array_agg(time_min) FILTER (WHERE time_count > 0) AS time_lows,
                   array_agg(time_max) FILTER (WHERE time_count > 0) AS time_highs,
                   array_agg(time_stddev) FILTER (WHERE time_count > 0) AS time_stddevs,
                   sum(gpu_count)::int8 AS gpu_count, sum(gpu_sum) AS gpu_sum, min(gpu_min) AS gpu_min, max(gpu_max) AS gpu_max,
                   sum(vram_count)::int8 AS vram_count, sum(vram_sum)::float8 AS vram_sum, min(vram_min) AS vram_min, max(vram_max) AS vram_max,
                   sum(frames)::int8 AS frames,
                   {string.Join(", ", KnownScores.Names.Select((_, i) => $"sum(count{i})::int8 AS count{i}, sum(sum{i}) AS sum{i}"))}
            FROM (
                SELECT key, count(*) AS jobs, count(time) AS time_count, sum(time) AS time_sum, min(time) AS time_min, max(time) AS time_max,
                       {(parts.HasFlag(SummaryParts.Spread) ? DistributionSql.Deviation("time") : "0::float8")} AS time_stddev,
                       count(gpu) AS gpu_count, sum(gpu::float8) AS gpu_sum, min(gpu) AS gpu_min, max(gpu) AS gpu_max,
                       count(vram) AS vram_count, sum(vram) AS vram_sum, min(vram) AS vram_min, max(vram) AS vram_max, sum(frames) AS frames,
                       {string.Join(", ", KnownScores.Names.Select((name, i) => withScores ? $"count({name}) AS count{i}, sum({name}) AS sum{i}" : $"0::int8 AS count{i}, NULL::float8 AS sum{i}"))}
                FROM (
                    SELECT ({key})::int8 AS key, {bin} AS bin, {MetricSql.Time} AS time, m.total_gpu_time_ms AS gpu, m.vram_peak_mb AS vram,
                           m.frame_count AS frames, {string.Join(", ", KnownScores.Names.Select(name => $"m.{name}"))}
                    FROM performance_metrics AS m WHERE {where.Sql} {DistributionSql.ReadOnce}
                ) AS jobs GROUP BY key, bin
            ) AS bins GROUP BY key
            """,
            cancellationToken);
        var costs = !parts.HasFlag(SummaryParts.Costs) ? [] : key == ByWorker ? await CostsAsync(context, where, rows, cancellationToken) : await CostsAsync(context, where, key, cancellationToken);
        return new SummaryGroups(
            rows.ToDictionary(row => row.Key, row => row with { Cost = costs.TryGetValue(row.Key, out var cost) ? cost : null }),
            withScores ? await OthersAsync(context, where, key, cancellationToken) : []);
    }

    /// <summary>GPU milliseconds × price by group, of those with priced jobs. Prices are put to sums: joined to every job they would take a third of the time.</summary>
    private static async Task<Dictionary<long, double>> CostsAsync(
        PerfDashDbContext context, MetricCondition where, string key, CancellationToken cancellationToken)
    {
        if (!(await where.QueryAsync<bool>(context, $"""SELECT EXISTS (SELECT FROM workers WHERE {HostRows.PriceCounts}) AS "Value" """, cancellationToken)).Single())
            return [];
        return (await where.QueryAsync<Cost>(
            context,
            $"""
            SELECT key, sum(gpu * k.gpu_hour_price::float8) AS amount
            FROM (
                SELECT key, worker_id, sum(gpu::float8) AS gpu
                FROM (
                    SELECT ({key})::int8 AS key, m.worker_id, m.total_gpu_time_ms AS gpu
                    FROM performance_metrics AS m WHERE {where.Sql} AND m.total_gpu_time_ms IS NOT NULL {DistributionSql.ReadOnce}
                ) AS jobs GROUP BY key, worker_id
            ) AS sums JOIN {HostRows.Workers} AS k ON k.id = sums.worker_id WHERE k.gpu_hour_price IS NOT NULL GROUP BY key
            """,
            cancellationToken)).ToDictionary(cost => cost.Key, cost => cost.Amount);
    }

    /// <summary>Likewise of workers, from what their jobs took together.</summary>
    private static async Task<Dictionary<long, double>> CostsAsync(
        PerfDashDbContext context, MetricCondition where, List<SummaryRow> workers, CancellationToken cancellationToken)
    {
        var prices = (await where.QueryAsync<Price>(
            context, $"SELECT id AS worker_id, gpu_hour_price::float8 AS per_hour FROM {HostRows.Workers} AS k WHERE gpu_hour_price IS NOT NULL", cancellationToken)).ToDictionary(p => p.WorkerId, p => p.PerHour);
        return workers.Where(w => w.GpuCount > 0 && prices.ContainsKey(w.Key)).ToDictionary(w => w.Key, w => w.GpuSum!.Value * prices[w.Key]);
    }

    /// <summary>The summary of one group; null where it has no jobs.</summary>
    public MetricSummary? Of(long key) => _rows.TryGetValue(key, out var row) ? Sum([row], _others.GetValueOrDefault(key, [])) : null;

    /// <summary>The summary of all groups together.</summary>
    public MetricSummary All() => Sum([.. _rows.Values], [.. _others.Values.SelectMany(others => others)]);

    /// <summary>The times per frame of all groups together.</summary>
    public ValueBins Times() => new(_rows.Values.SelectMany(row => row.Times()));

    private static MetricSummary Sum(List<SummaryRow> rows, List<OtherScore> others)
    {
        var times = new ValueBins(rows.SelectMany(row => row.Times()));
        var gpuCount = rows.Sum(row => row.GpuCount);
        var gpu = rows.Sum(row => row.GpuSum ?? 0);
        var vramCount = rows.Sum(row => row.VramCount);
        return new MetricSummary
        {
            JobCount = rows.Sum(row => row.JobCount),
            AvgTimePerFrameMs = times.Count == 0 ? null : Math.Clamp(rows.Sum(row => row.TimeSum ?? 0) / times.Count, times.Min!.Value, times.Max!.Value),
            MinTimePerFrameMs = times.Min,
            MaxTimePerFrameMs = times.Max,
            P50TimePerFrameMs = times.Percentile(0.5),
            P95TimePerFrameMs = times.Percentile(0.95),
            AvgGpuTimeMs = gpuCount == 0 ? null : gpu / gpuCount,
            MinGpuTimeMs = rows.Min(row => row.GpuMin),
            MaxGpuTimeMs = rows.Max(row => row.GpuMax),
            TotalGpuTimeMs = gpuCount == 0 ? null : Whole(gpu),
            AvgVramPeakMb = vramCount == 0 ? null : rows.Sum(row => row.VramSum ?? 0) / vramCount,
            MinVramPeakMb = rows.Min(row => row.VramMin),
            MaxVramPeakMb = rows.Max(row => row.VramMax),
            TotalFrames = rows.TrueForAll(row => row.Frames is null) ? null : rows.Sum(row => row.Frames ?? 0),
            TotalCost = rows.TrueForAll(row => row.Cost is null) ? null : Money(rows.Sum(row => row.Cost ?? 0) / 3_600_000),
            Quality = Quality(rows, others),
        };
    }

    /// <summary>Means by name: of the columns, and of what only the JSON holds, each by its share.</summary>
    private static Dictionary<string, double> Quality(List<SummaryRow> rows, List<OtherScore> others)
    {
        var parts = others.Select(other => (other.Name, other.Count, Avg: other.Average)).ToList();
        for (var i = 0; i < KnownScores.Names.Length; i++)
        {
            var count = rows.Sum(row => row.Score(i).Count);
            if (count > 0)
                parts.Add((KnownScores.Names[i], count, rows.Sum(row => row.Score(i).Sum ?? 0) / count));
        }

        return parts.GroupBy(part => part.Name, StringComparer.Ordinal).ToDictionary(
            score => score.Key,
            score =>
            {
                var all = (double)score.Sum(part => part.Count);
                return score.Sum(part => part.Avg * (part.Count / all));
            },
            StringComparer.Ordinal);
    }

    private static async Task<Dictionary<long, List<OtherScore>>> OthersAsync(
        PerfDashDbContext context, MetricCondition where, string key, CancellationToken cancellationToken)
    {
        // NUMERIC, which is what jsonb holds: the squares that PostgreSQL keeps beside a sum of float8 overflow from 1e154 on.
        var others = await where.QueryAsync<OtherScore>(
            context,
            $"""
            SELECT key, name, count(value) AS count, avg(value)::float8 AS average FROM (
                SELECT ({key})::int8 AS key, s.name, {JsonNumberSql.Numeric("s.value")} AS value
                FROM performance_metrics AS m {KnownScores.JsonJoin} WHERE {where.Sql} AND {KnownScores.OnlyInJson} {DistributionSql.ReadOnce}
            ) AS scores WHERE value IS NOT NULL GROUP BY key, name
            """,
            cancellationToken);
        return others.GroupBy(other => other.Key).ToDictionary(group => group.Key, group => group.ToList());
    }

    /// <summary>Whole milliseconds; null where they are more than a BIGINT holds.</summary>
    private static long? Whole(double sum) => Math.Abs(sum) >= long.MaxValue ? null : (long)Math.Round(sum);

    private static decimal? Money(double cost) => Math.Abs(cost) < 1e15 ? decimal.Round((decimal)cost, 12) : null;

    private sealed record Price(long WorkerId, double PerHour);

    private sealed record Cost(long Key, double Amount);

    private sealed record OtherScore(long Key, string Name, long Count, double Average);

    private sealed record SummaryRow
    {
        public long Key { get; init; }

        public long JobCount { get; init; }

        public double? TimeSum { get; init; }

        public long[]? TimeCounts { get; init; }

        public double[]? TimeMeans { get; init; }

        public double[]? TimeLows { get; init; }

        public double[]? TimeHighs { get; init; }

        public double[]? TimeStddevs { get; init; }

        public long GpuCount { get; init; }

        public double? GpuSum { get; init; }

        public long? GpuMin { get; init; }

        public long? GpuMax { get; init; }

        public long VramCount { get; init; }

        public double? VramSum { get; init; }

        public int? VramMin { get; init; }

        public int? VramMax { get; init; }

        public long? Frames { get; init; }

        [System.ComponentModel.DataAnnotations.Schema.NotMapped]
        public double? Cost { get; init; }

        public long Count0 { get; init; }

        public double? Sum0 { get; init; }

        public long Count1 { get; init; }

        public double? Sum1 { get; init; }

        public long Count2 { get; init; }

        public double? Sum2 { get; init; }

        public long Count3 { get; init; }

        public double? Sum3 { get; init; }

        /// <summary>The arrays are null where no job has a time.</summary>
        public IEnumerable<ValueBin> Times() =>
            TimeCounts?.Select((count, i) => new ValueBin(count, TimeMeans![i], RealDigits.Of(TimeLows![i]), RealDigits.Of(TimeHighs![i]), TimeStddevs![i])) ?? [];

        public (long Count, double? Sum) Score(int i) => i switch
        {
            0 => (Count0, Sum0),
            1 => (Count1, Sum1),
            2 => (Count2, Sum2),
            _ => (Count3, Sum3),
        };
    }
}
