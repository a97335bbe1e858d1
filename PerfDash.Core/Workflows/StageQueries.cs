using PerfDash.Core.Collection;
using PerfDash.Core.Rollups;
using PerfDash.Core.Statistics;

namespace PerfDash.Core.Workflows;

/// <summary>What jobs spent their time on, from the stages they reported.</summary>
internal static class StageQueries
{
    /// <summary>Columns <c>name</c> (its number) and <c>ms</c> that unfold <c>stage_times</c>: a row for each stage of a job, up to as many as are recorded of one.</summary>
    public static readonly string Unfolded =
        $"unnest(stage_times[:least(cardinality(stage_times) / 2, {JobLimits.MaxStages})]) AS name, "
        + $"unnest(stage_times[cardinality(stage_times) / 2 + 1:cardinality(stage_times) / 2 + least(cardinality(stage_times) / 2, {JobLimits.MaxStages})]) AS ms";

    /// <summary>The stages of the condition's jobs, longest total first, and how many jobs reported any.</summary>
    public static async Task<(List<PipelineStage> Stages, long Jobs)> GetAsync(
        PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken)
    {
        var source = await Partials.FindAsync(context, where, Dimensions.Workflow | Dimensions.Tier, cancellationToken, tables: RollupTable.Stages);
        var bin = source.IsLarge ? "perfdash_log_bin(ms)::float8" : "ms";
        // Plan: the workflow's rows, or the whole month where they are many; each array is unfolded once. A job has its first
        // name once, which counts the jobs.
        var raw =
            $"""
            SELECT name, {bin} AS bin, count(*) AS bin_count, count(*) AS count, sum(ms) AS sum_ms, min(ms) AS min_ms, max(ms) AS max_ms,
                   count(*) FILTER (WHERE name = first_name) AS firsts, min(job_id) AS job_id
            FROM ({Stages(source, "0")}) AS stages GROUP BY name, {bin}
            """;
        var rows = await source.QueryAsync<StageRow>(
            context,
            $"""
            SELECT name, sum(count)::int8 AS count, sum(sum_ms) AS sum_ms, min(min_ms) AS min_ms, max(max_ms) AS max_ms, sum(firsts)::int8 AS firsts, min(job_id) AS job_id,
                   array_agg(bin) FILTER (WHERE bin_count > 0) AS bins, array_agg(bin_count) FILTER (WHERE bin_count > 0) AS bin_counts
            FROM {source.Union(raw, RollupTable.Stages, "m.name, NULL::float8, NULL::int8, m.count, m.sum_ms, m.min_ms, m.max_ms, m.firsts, m.example_job_id")} AS parts GROUP BY name
            """,
            cancellationToken);
        // (A number of a name is a whole one.)
        var rolledUp = await source.BinsAsync(context, RollupTable.Stages, "m.name", cancellationToken);
        var names = await GetNamesAsync(context, where, rows.Select(row => (row.Name, row.JobId)), cancellationToken);
        var all = rows.Sum(row => row.SumMs);
        var stages = rows.GroupBy(row => names[row.Name], StringComparer.Ordinal).Select(stage =>
        {
            var total = stage.Sum(row => row.SumMs);
            var (min, max) = (stage.Min(row => row.MinMs), stage.Max(row => row.MaxMs));
            var bins = new ValueBins(stage.SelectMany(row => BinCounts.Sum(row.Bins, row.BinCounts, rolledUp.GetValueOrDefault((long)row.Name))).GroupBy(part => part.Key)
                .Select(part => (Bin: part.Key, Count: part.Sum(p => p.Value)))
                .Select(part => source.IsLarge ? LogBins.Bin((int)part.Bin, part.Count, min, max) : new ValueBin(part.Count, part.Bin, part.Bin, part.Bin)));
            return new PipelineStage
            {
                Name = stage.Key,
                JobCount = bins.Count,
                AvgDurationMs = total / bins.Count,
                P50DurationMs = bins.Percentile(0.5)!.Value,
                P95DurationMs = bins.Percentile(0.95)!.Value,
                TotalDurationMs = total,
                Share = all == 0 ? null : total / all,
            };
        });
        return ([.. stages.OrderByDescending(stage => stage.TotalDurationMs).ThenBy(stage => stage.Name, StringComparer.Ordinal)], rows.Sum(row => row.Firsts));
    }

    /// <summary>What each stage took in each group of the condition's jobs. A name may come twice in a group: add them up.</summary>
    /// <param name="context">Where to ask.</param>
    /// <param name="where">Which jobs.</param>
    /// <param name="key">How they are grouped.</param>
    public static async Task<List<StageSum>> GetSumsAsync(PerfDashDbContext context, MetricCondition where, GroupKey key, CancellationToken cancellationToken)
    {
        var source = await Partials.FindAsync(context, where, key.By | Dimensions.Workflow | Dimensions.Tier, cancellationToken, key.Cuts, RollupTable.Stages);
        // Plan: as above.
        var raw =
            $"""
            SELECT key, name, sum(ms) AS sum_ms, count(*) FILTER (WHERE name = first_name) AS firsts, min(job_id) AS job_id
            FROM ({Stages(source, key.Sql)}) AS stages GROUP BY key, name
            """;
        var rows = await source.QueryAsync<StageKeySum>(
            context,
            $"""
            SELECT key, name, sum(sum_ms) AS sum, sum(firsts)::int8 AS firsts, min(job_id) AS job_id
            FROM {source.Union(raw, RollupTable.Stages, $"({key.Sql})::int8, m.name, m.sum_ms, m.firsts, m.example_job_id")} AS parts GROUP BY key, name
            """,
            cancellationToken);
        var names = await GetNamesAsync(context, where, rows.Select(row => (row.Name, row.JobId)), cancellationToken);
        return [.. rows.Select(row => new StageSum(row.Key, names[row.Name], row.Sum, row.Firsts))];
    }

    /// <summary>Rows <c>key</c>, <c>job_id</c>, <c>name</c> (its number), <c>ms</c> and <c>first_name</c>, the number of the job's first stage.</summary>
    private static string Stages(Partials source, string key) =>
        source.Raw($"({key})::int8 AS key, m.job_id, m.stage_times[1] AS first_name, {Unfolded}", "m.stage_times IS NOT NULL");

    /// <summary>
    /// The names behind the numbers in <c>stage_times</c>, read from the JSON of some jobs by their places: what number stands
    /// for a name may differ between versions of PostgreSQL, also within one table.
    /// </summary>
    public static async Task<Dictionary<double, string>> GetNamesAsync(
        PerfDashDbContext context, MetricCondition where, IEnumerable<(double Name, long JobId)> found, CancellationToken cancellationToken) =>
        (await where.QueryAsync<StageName>(
            context,
            $"""
            SELECT DISTINCT m.stage_times[s.place] AS number, s.name
            FROM scored_metrics AS m CROSS JOIN LATERAL (
                SELECT e.stage ->> 'name' AS name, row_number() OVER (ORDER BY min(e.place)) AS place
                FROM jsonb_array_elements(m.pipeline_stages_json) WITH ORDINALITY AS e(stage, place)
                WHERE perfdash_stage_times(jsonb_build_array(e.stage)) IS NOT NULL GROUP BY 1
            ) AS s
            WHERE {where.Sql} AND m.job_id = ANY(@job_ids) AND m.stage_times IS NOT NULL AND s.place <= cardinality(m.stage_times) / 2
            """,
            cancellationToken,
            ("job_ids", found.GroupBy(row => row.Name).Select(name => name.Min(row => row.JobId)).Distinct().ToArray()))).ToDictionary(name => name.Number, name => name.Name);

    private sealed record StageRow(double Name, long Count, double SumMs, double MinMs, double MaxMs, long Firsts, long JobId, double[]? Bins, long[]? BinCounts);

    private sealed record StageKeySum(long Key, double Name, double Sum, long Firsts, long JobId);

    private sealed record StageName(double Number, string Name);
}

/// <summary>What a stage took in a group of jobs.</summary>
/// <param name="Key">The group.</param>
/// <param name="Name">The stage.</param>
/// <param name="SumMs">Milliseconds, all together.</param>
/// <param name="Firsts">Jobs whose first stage it was: added up over the stages of a group, the jobs that reported any.</param>
internal sealed record StageSum(long Key, string Name, double SumMs, long Firsts);
