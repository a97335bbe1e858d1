using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Workflows;

/// <summary>What jobs spent their time on, from the stages they reported.</summary>
internal static class StageQueries
{
    // A day of stages is 86,400,000 ms; what no BIGINT holds was never measured.
    private const string LongestStageMs = "9223372036854775807";

    /// <summary>The stages of the condition's jobs, longest total first.</summary>
    public static async Task<List<PipelineStage>> GetAsync(
        PerfDashDbContext context, MetricCondition where, Binning binning, CancellationToken cancellationToken)
    {
        var rows = await where.QueryAsync<StageBin>(
            context,
            $"""
            SELECT name, count(*) AS count, sum(duration_ms) AS sum, min(duration_ms) AS low, max(duration_ms) AS high
            FROM (SELECT name, sum(duration_ms) AS duration_ms FROM ({Stages(where)}) AS runs GROUP BY job_id, name) AS jobs
            GROUP BY name, {binning.Of("duration_ms")}
            """,
            cancellationToken);
        var all = rows.Sum(row => row.Sum);
        return
        [
            .. rows.GroupBy(row => row.Name, StringComparer.Ordinal).Select(stage =>
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
            }).OrderByDescending(stage => stage.TotalDurationMs).ThenBy(stage => stage.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>How many jobs reported a stage.</summary>
    public static async Task<long> CountJobsAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken) =>
        (await where.QueryAsync<long>(
            context, $"""SELECT count(DISTINCT job_id) AS "Value" FROM ({Stages(where)}) AS runs""", cancellationToken)).Single();

    /// <summary>Every stage that was run: <c>job_id</c>, <c>name</c>, <c>duration_ms</c>. What is not a named stage with a length is left out.</summary>
    private static string Stages(MetricCondition where) =>
        $"""
        SELECT job_id, name, duration_ms FROM (
            SELECT m.job_id, e.stage ->> 'name' AS name, {JsonNumberSql.Float8("e.stage -> 'duration_ms'")} AS duration_ms
            FROM performance_metrics AS m CROSS JOIN LATERAL jsonb_array_elements(
                CASE WHEN jsonb_typeof(m.pipeline_stages_json) = 'array' THEN m.pipeline_stages_json END) AS e(stage)
            WHERE {where.Sql} AND jsonb_typeof(e.stage -> 'name') = 'string' {DistributionSql.ReadOnce}
        ) AS stages WHERE duration_ms BETWEEN 0 AND {LongestStageMs}
        """;

    private sealed record StageBin(string Name, long Count, double Sum, double Low, double High);
}
