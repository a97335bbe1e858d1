using PerfDash.Core.Rollups;
using PerfDash.Core.Statistics;

namespace PerfDash.Core.Metrics;

/// <summary>How jobs are grouped.</summary>
/// <param name="Sql">SQL of the group's number over <c>scored_metrics AS m</c>; never NULL.</param>
/// <param name="By">The dimensions it reads.</param>
/// <param name="Cuts">Moments at which a new group starts, rising; null where it does not group by time.</param>
internal sealed record GroupKey(string Sql, Dimensions By, IReadOnlyList<DateTime>? Cuts = null)
{
    public static readonly GroupKey One = new("0", Dimensions.None);

    public static readonly GroupKey Workflow = new("m.workflow_id", Dimensions.Workflow);

    public static readonly GroupKey Worker = new("m.worker_id", Dimensions.Worker);

    /// <summary>By bucket of time, numbered from 1; takes <c>@starts</c>, which are these.</summary>
    public static GroupKey Time(IReadOnlyList<DateTime> starts) => new(BucketStarts.Number, Dimensions.None, starts);
}

/// <summary>
/// Summaries of groups of jobs (workflows, workers, buckets of time). Many jobs are counted by narrow bins of their times per
/// frame: the figures of a group, of several and of all are sums over bins.
/// </summary>
internal sealed class SummaryGroups
{
    private static readonly int LikenessAt = Array.IndexOf(KnownScores.Names, "likeness");

    private readonly Dictionary<long, SummaryRow> _rows;
    private readonly Dictionary<long, List<OtherScore>> _others;

    // Times of all groups by bin; null where they are the sum of each group's.
    private Dictionary<double, long>? _allTimes;

    private SummaryGroups(Dictionary<long, SummaryRow> rows, Dictionary<long, List<OtherScore>> others, bool isLarge) => (_rows, _others, IsLarge) = (rows, others, isLarge);

    /// <summary>Whether times are in logarithmic bins, instead of each value in one of its own.</summary>
    public bool IsLarge { get; }

    /// <summary>The groups that have jobs.</summary>
    public IReadOnlyCollection<long> Keys => _rows.Keys;

    /// <summary>Counts the condition's jobs.</summary>
    /// <param name="context">Where to ask, in a transaction with one snapshot.</param>
    /// <param name="where">Which jobs.</param>
    /// <param name="key">How they are grouped.</param>
    /// <param name="parts">What is to be known of them beside counts, sums and extremes.</param>
    /// <param name="shown">
    /// Chooses, by their other figures, the groups that need percentiles of their own: bins of every group are most of what a query of
    /// groups reads. Null: all of them. Those of all groups together are there in any case.
    /// </param>
    public static async Task<SummaryGroups> QueryAsync(
        PerfDashDbContext context,
        MetricCondition where,
        GroupKey key,
        CancellationToken cancellationToken,
        SummaryParts parts = SummaryParts.Usual,
        Func<SummaryGroups, long[]>? shown = null)
    {
        var withBins = parts.HasFlag(SummaryParts.Percentiles);
        var source = await Partials.FindAsync(
            context, where, key.By, cancellationToken, key.Cuts, withBins ? [RollupTable.Sums, RollupTable.TimeBins] : [RollupTable.Sums]);
        var bin = !withBins ? "0::float8" : source.IsLarge ? $"perfdash_log_bin({MetricSql.Time})::float8" : MetricSql.Time;
        // Plan: of the metrics one scan of idx_performance_metrics_figures_by_time over the gaps, counted in parallel. Behind
        // OFFSET the planner takes the groups to be few, as they are, instead of one for each job. Sums are made so that no row
        // can make them fail. A group's bins leave the database as arrays: as rows they would cost more than they cost to count.
        var raw =
            $"""
            SELECT key, bin, count(time) AS bin_count, count(*) AS jobs, count(time) AS time_count, sum(time) AS time_sum,
                   CASE WHEN count(time) > 0 THEN {DistributionSql.Squares("time")} END AS time_squares, min(time) AS time_min, max(time) AS time_max,
                   count(gpu) AS gpu_count, sum(gpu::float8) AS gpu_sum, min(gpu) AS gpu_min, max(gpu) AS gpu_max,
                   count(vram) AS vram_count, sum(vram)::float8 AS vram_sum, min(vram) AS vram_min, max(vram) AS vram_max, sum(frames) AS frames,
                   {string.Join(", ", KnownScores.Names.Select((name, i) => parts.HasFlag(SummaryParts.Scores) ? $"count({name}) AS count{i}, sum({name}) AS sum{i}" : $"0::int8 AS count{i}, NULL::float8 AS sum{i}"))}
            FROM ({source.Raw($"({key.Sql})::int8 AS key, {bin} AS bin, {MetricSql.Time} AS time, m.total_gpu_time_ms AS gpu, m.vram_peak_mb AS vram, m.frame_count AS frames, {string.Join(", ", KnownScores.Names.Select(name => $"m.{name}"))}")}) AS jobs
            GROUP BY key, bin
            """;
        var both = source.Union(
            raw,
            RollupTable.Sums,
            $"""
            ({key.Sql})::int8 AS key, NULL::float8 AS bin, NULL::int8 AS bin_count, m.jobs, m.time_count, m.time_sum, m.time_squares, m.time_min, m.time_max,
            m.gpu_count, m.gpu_sum, m.gpu_min, m.gpu_max, m.vram_count, m.vram_sum, m.vram_min, m.vram_max, m.frames,
            {string.Join(", ", KnownScores.Names.Select((name, i) => $"m.{name}_count AS count{i}, m.{name}_sum AS sum{i}"))}
            """);
        var rows = await source.QueryAsync<SummaryRow>(
            context,
            $"""
            SELECT key, sum(jobs)::int8 AS job_count, sum(time_count)::int8 AS time_count, sum(time_sum) AS time_sum, {SumColumns.Squares("time")} AS time_squares,
                   min(time_min) AS time_min, max(time_max) AS time_max,
                   array_agg(bin) FILTER (WHERE bin_count > 0) AS bins, array_agg(bin_count) FILTER (WHERE bin_count > 0) AS bin_counts,
                   sum(gpu_count)::int8 AS gpu_count, sum(gpu_sum) AS gpu_sum, min(gpu_min) AS gpu_min, max(gpu_max) AS gpu_max,
                   sum(vram_count)::int8 AS vram_count, sum(vram_sum) AS vram_sum, min(vram_min) AS vram_min, max(vram_max) AS vram_max,
                   sum(frames)::int8 AS frames,
                   {string.Join(", ", KnownScores.Names.Select((_, i) => $"sum(count{i})::int8 AS count{i}, sum(sum{i}) AS sum{i}"))}
            FROM {both} AS parts GROUP BY key
            """,
            cancellationToken);
        var costs = parts.HasFlag(SummaryParts.Costs) ? await CostsAsync(context, where, key, rows, cancellationToken) : [];
        var groups = new SummaryGroups(
            rows.ToDictionary(row => row.Key, row => costs.TryGetValue(row.Key, out var cost) ? row with { Cost = cost } : row),
            parts.HasFlag(SummaryParts.Scores) ? await OthersAsync(context, where, key.Sql, cancellationToken) : [],
            source.IsLarge);
        if (withBins)
            await groups.AddTimesAsync(context, source, key, shown?.Invoke(groups), cancellationToken);
        return groups;
    }

    private async Task AddTimesAsync(PerfDashDbContext context, Partials source, GroupKey key, long[]? shown, CancellationToken cancellationToken)
    {
        if (shown is not null)
        {
            var together = await source.Together().BinsAsync(context, RollupTable.TimeBins, GroupKey.One.Sql, cancellationToken);
            _allTimes = _rows.Values.Aggregate(together.GetValueOrDefault(0, []), (all, row) => BinCounts.Sum(row.Bins, row.BinCounts, all));
        }

        var rolledUp = await source.BinsAsync(context, RollupTable.TimeBins, key.Sql, cancellationToken, shown);
        foreach (var group in shown ?? [.. _rows.Keys])
            _rows[group] = _rows[group] with { Times = BinCounts.Sum(_rows[group].Bins, _rows[group].BinCounts, rolledUp.GetValueOrDefault(group)) };
    }

    /// <summary>GPU milliseconds × price by group, of those with priced jobs. Prices are put to sums: joined to every job they would take a third of the time.</summary>
    private static async Task<Dictionary<long, double>> CostsAsync(
        PerfDashDbContext context, MetricCondition where, GroupKey key, List<SummaryRow> rows, CancellationToken cancellationToken)
    {
        var prices = await context.Workers.Where(w => w.GpuHourPrice != null).ToDictionaryAsync(w => w.Id, w => (double)w.GpuHourPrice!.Value, cancellationToken);
        if (prices.Count == 0)
            return [];
        // Of workers the sums are there.
        if (key == GroupKey.Worker)
            return rows.Where(w => w.GpuCount > 0 && prices.ContainsKey(w.Key)).ToDictionary(w => w.Key, w => w.GpuSum!.Value * prices[w.Key]);
        var gpu = await WorkerGpu.SumAsync(context, where, key, cancellationToken);
        return gpu.Where(sum => prices.ContainsKey(sum.WorkerId)).GroupBy(sum => sum.Key).ToDictionary(group => group.Key, group => group.Sum(sum => sum.GpuMs * prices[sum.WorkerId]));
    }

    /// <summary>The summary of one group; null where it has no jobs.</summary>
    public MetricSummary? Find(long key) => _rows.TryGetValue(key, out var row) ? Sum([row], _others.GetValueOrDefault(key, [])) : null;

    /// <summary>The summary of all groups together.</summary>
    public MetricSummary All() => Sum([.. _rows.Values], [.. _others.Values.SelectMany(others => others)]);

    /// <summary>The times per frame of all groups together.</summary>
    public ValueBins Times() => Times([.. _rows.Values]);

    /// <summary>Values few enough are bins of their own; more are in logarithmic bins, which may come from several sources.</summary>
    private ValueBins Times(List<SummaryRow> rows)
    {
        var timed = rows.Where(row => row.TimeCount > 0).ToList();
        if (timed.Count == 0)
            return new ValueBins([]);
        var (count, sum) = (timed.Sum(row => row.TimeCount), timed.Sum(row => row.TimeSum!.Value));
        var (min, max) = (RealDigits.From(timed.Min(row => row.TimeMin!.Value)), RealDigits.From(timed.Max(row => row.TimeMax!.Value)));
        var mean = Math.Clamp(sum / count, min, max);
        var counted = _allTimes is not null && rows.Count == _rows.Count ? _allTimes : timed is [var only] ? only.Times : timed.SelectMany(row => row.Times).GroupBy(bin => bin.Key).ToDictionary(bin => bin.Key, bin => bin.Sum(part => part.Value));
        return new ValueBins(counted.Select(bin => IsLarge
            ? LogBins.Bin((int)bin.Key, bin.Value, min, max)
            : new ValueBin(bin.Value, RealDigits.From(bin.Key), RealDigits.From(bin.Key), RealDigits.From(bin.Key))))
        {
            Known = new KnownMoments(count, mean, timed.Sum(row => row.TimeSquares!.Value + (row.TimeCount * Math.Pow((row.TimeSum!.Value / row.TimeCount) - (sum / count), 2))), min, max),
        };
    }

    private MetricSummary Sum(List<SummaryRow> rows, List<OtherScore> others)
    {
        var times = Times(rows);
        var gpuCount = rows.Sum(row => row.GpuCount);
        var gpu = rows.Sum(row => row.GpuSum ?? 0);
        var vramCount = rows.Sum(row => row.VramCount);
        return new MetricSummary
        {
            JobCount = rows.Sum(row => row.JobCount),
            TimeCount = rows.Sum(row => row.TimeCount),
            GpuTimeCount = gpuCount,
            VramCount = vramCount,
            LikenessCount = rows.Sum(row => row.Score(LikenessAt).Count) + others.Where(other => other.Name == "likeness").Sum(other => other.Count),
            AvgTimePerFrameMs = times.Avg,
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
                FROM other_scored_metrics AS m {KnownScores.JsonJoin} WHERE {where.Sql} AND {KnownScores.OnlyInJson} {DistributionSql.OptimizationFence}
            ) AS scores WHERE value IS NOT NULL GROUP BY key, name
            """,
            cancellationToken);
        return others.GroupBy(other => other.Key).ToDictionary(group => group.Key, group => group.ToList());
    }

    /// <summary>Whole milliseconds; null where they are more than a BIGINT holds.</summary>
    private static long? Whole(double sum) => Math.Abs(sum) >= long.MaxValue ? null : (long)Math.Round(sum);

    /// <summary>An amount to twelve places; null from a thousand million million on, which no farm costs.</summary>
    public static decimal? Money(double cost) => Math.Abs(cost) < 1e15 ? decimal.Round((decimal)cost, 12) : null;

    private sealed record OtherScore(long Key, string Name, long Count, double Average);

    private sealed record SummaryRow
    {
        public long Key { get; init; }

        public long JobCount { get; init; }

        public long TimeCount { get; init; }

        public double? TimeSum { get; init; }

        public double? TimeSquares { get; init; }

        public double? TimeMin { get; init; }

        public double? TimeMax { get; init; }

        public double[]? Bins { get; init; }

        public long[]? BinCounts { get; init; }

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

        /// <summary>Values by bin; none where no job has a time, or bins were not asked for.</summary>
        [System.ComponentModel.DataAnnotations.Schema.NotMapped]
        public Dictionary<double, long> Times { get; init; } = [];

        public (long Count, double? Sum) Score(int i) => i switch
        {
            0 => (Count0, Sum0),
            1 => (Count1, Sum1),
            2 => (Count2, Sum2),
            _ => (Count3, Sum3),
        };
    }
}
