using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Workflows;

/// <summary>What jobs spent their time on, from the stages they reported.</summary>
internal static class StageQueries
{
    /// <summary>The stages of the condition's jobs, longest total first, and how many jobs reported any.</summary>
    public static async Task<(List<PipelineStage> Stages, long Jobs)> GetAsync(
        PerfDashDbContext context, MetricCondition where, Binning binning, CancellationToken cancellationToken)
    {
        // Plan: the workflow's rows, or the whole month where they are many; each array is unfolded once. A job has its first
        // name once, which counts the jobs.
        var rows = await where.QueryAsync<StageBin>(
            context,
            $"""
            SELECT name, count(*) AS count, sum(ms) AS sum, min(ms) AS low, max(ms) AS high, count(*) FILTER (WHERE name = first_name) AS firsts, min(job_id) AS job_id
            FROM (
                SELECT job_id, stage_times[1] AS first_name, unnest(stage_times[:cardinality(stage_times) / 2]) AS name,
                       unnest(stage_times[cardinality(stage_times) / 2 + 1:]) AS ms
                FROM performance_metrics AS m WHERE {where.Sql} AND m.stage_times IS NOT NULL {DistributionSql.ReadOnce}
            ) AS stages GROUP BY name, {binning.Of("ms")}
            """,
            cancellationToken);
        var names = await GetNamesAsync(context, where, [.. rows.GroupBy(row => row.Name).Select(name => name.Min(row => row.JobId)).Distinct()], cancellationToken);
        var all = rows.Sum(row => row.Sum);
        var stages = rows.GroupBy(row => names[row.Name], StringComparer.Ordinal).Select(stage =>
        {
            var bins = new ValueBins(stage.Select(row => new ValueBin(row.Count, row.Sum / row.Count, row.Low, row.High)));
            var total = stage.Sum(row => row.Sum);
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

    /// <summary>
    /// The names behind the numbers in <c>stage_times</c>, read from the JSON of some jobs by their places: what number stands
    /// for a name may differ between versions of PostgreSQL, also within one table.
    /// </summary>
    private static async Task<Dictionary<double, string>> GetNamesAsync(
        PerfDashDbContext context, MetricCondition where, long[] jobIds, CancellationToken cancellationToken) =>
        (await where.QueryAsync<StageName>(
            context,
            $"""
            SELECT DISTINCT m.stage_times[s.place] AS number, s.name
            FROM performance_metrics AS m CROSS JOIN LATERAL (
                SELECT e.stage ->> 'name' AS name, row_number() OVER (ORDER BY min(e.place)) AS place
                FROM jsonb_array_elements(m.pipeline_stages_json) WITH ORDINALITY AS e(stage, place)
                WHERE perfdash_stage_times(jsonb_build_array(e.stage)) IS NOT NULL GROUP BY 1
            ) AS s
            WHERE {where.Sql} AND m.job_id = ANY(@job_ids) AND m.stage_times IS NOT NULL AND s.place <= cardinality(m.stage_times) / 2
            """,
            cancellationToken,
            ("job_ids", jobIds))).ToDictionary(name => name.Number, name => name.Name);

    private sealed record StageBin(double Name, long Count, double Sum, double Low, double High, long Firsts, long JobId);

    private sealed record StageName(double Number, string Name);
}
