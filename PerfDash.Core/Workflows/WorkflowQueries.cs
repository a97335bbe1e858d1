using System.Data;
using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Workflows;

/// <summary>One workflow in depth.</summary>
public sealed class WorkflowQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    // A day of stages is 86,400,000 ms; what no BIGINT holds was never measured.
    private const string LongestStageMs = "9223372036854775807";

    /// <summary>Everything known of a workflow over a range; null when there is no such workflow.</summary>
    /// <param name="workflowId">The workflow.</param>
    /// <param name="range">The range.</param>
    /// <param name="filter">Which of its jobs; a workflow named here is ignored.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public async Task<WorkflowDetail?> GetAsync(long workflowId, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter with { WorkflowId = workflowId });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // One snapshot, so that the parts of the answer agree while jobs go on completing.
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        if (await NameAsync(context, workflowId, cancellationToken) is not { } name)
            return null;

        var summary = await SummaryQueries.QueryAsync(context, where, cancellationToken);
        var times = await DistributionSql.QueryAsync(context, where, DistributionSql.TimesPerFrame(where), cancellationToken);
        var scores = await DistributionSql.QueryAsync(context, where, DistributionSql.Scores(where), cancellationToken);
        return new WorkflowDetail(summary)
        {
            WorkflowId = workflowId,
            WorkflowName = name,
            TimePerFrame = times.Values.SingleOrDefault() ?? new Distribution(),
            GpuTimeByWorker = await GetGpuTimeByWorkerAsync(context, where, cancellationToken),
            GpuTimeByResolutionTier = await GetGpuTimeByTierAsync(context, where, cancellationToken),
            QualityScores = [.. scores.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => new ScoreDistribution(s.Value) { Name = s.Key })],
            PipelineStages = await GetStagesAsync(context, where, cancellationToken),
            ShareOfJobsWithoutStages = summary.JobCount == 0
                ? null
                : 1 - ((double)await CountJobsWithStagesAsync(context, where, cancellationToken) / summary.JobCount),
        };
    }

    /// <summary>Name of a workflow; null when there is none of that id.</summary>
    internal static Task<string?> NameAsync(PerfDashDbContext context, long workflowId, CancellationToken cancellationToken) =>
        context.Workflows.Where(w => w.Id == workflowId).Select(w => w.Name).FirstOrDefaultAsync(cancellationToken);

    private static Task<List<WorkerGpuTime>> GetGpuTimeByWorkerAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken) =>
        where.QueryAsync<WorkerGpuTime>(
            context,
            $"""
            SELECT k.id AS worker_id, k.name AS worker_name, {GpuTimeAndShare}
            FROM performance_metrics AS m JOIN workers AS k ON k.id = m.worker_id
            WHERE {where.Sql} AND m.total_gpu_time_ms IS NOT NULL
            GROUP BY k.id, k.name ORDER BY sum(m.total_gpu_time_ms) DESC, k.id
            """,
            cancellationToken);

    private static Task<List<TierGpuTime>> GetGpuTimeByTierAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken) =>
        where.QueryAsync<TierGpuTime>(
            context,
            $"""
            SELECT m.resolution_tier, {GpuTimeAndShare}
            FROM performance_metrics AS m WHERE {where.Sql} AND m.total_gpu_time_ms IS NOT NULL
            GROUP BY m.resolution_tier ORDER BY sum(m.total_gpu_time_ms) DESC, m.resolution_tier
            """,
            cancellationToken);

    private const string GpuTimeAndShare =
        """
        least(sum(m.total_gpu_time_ms), 9223372036854775807)::int8 AS total_gpu_time_ms,
        sum(m.total_gpu_time_ms)::float8 / nullif(sum(sum(m.total_gpu_time_ms)) OVER (), 0)::float8 AS share
        """;

    private static Task<List<PipelineStage>> GetStagesAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken) =>
        where.QueryAsync<PipelineStage>(
            context,
            $"""
            SELECT name, count(*) AS job_count, avg(duration_ms) AS avg_duration_ms,
                   percentile_cont(0.5)  WITHIN GROUP (ORDER BY duration_ms) AS p50_duration_ms,
                   percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_ms) AS p95_duration_ms,
                   sum(duration_ms) AS total_duration_ms,
                   sum(duration_ms) / nullif(sum(sum(duration_ms)) OVER (), 0) AS share
            FROM (SELECT name, sum(duration_ms) AS duration_ms FROM ({Stages(where)}) AS runs GROUP BY job_id, name) AS jobs
            GROUP BY name ORDER BY total_duration_ms DESC, name COLLATE "C"
            """,
            cancellationToken);

    private static async Task<long> CountJobsWithStagesAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken) =>
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
}
