using System.Data;
using PerfDash.Core.Rollups;

namespace PerfDash.Core.Estimates;

/// <summary>What jobs cost: GPU hours × the price of the worker that ran them.</summary>
public sealed class CostQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The cost of each workflow with jobs in the range, the most expensive first.</summary>
    /// <param name="filter">Which jobs.</param>
    /// <param name="accepted">When a frame counts as accepted; null when nothing is asked about that.</param>
    public async Task<IReadOnlyList<WorkflowCost>> GetAsync(
        TimeRange range, MetricFilter filter, Acceptance? accepted, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        // Which jobs are accepted only the metrics say. Prices are put to the sums. Rounded, because an exact quotient may have more
        // digits than a decimal holds.
        var source = await Partials.FindAsync(
            context, accepted is null ? where : where.WithoutRollups(), Dimensions.Workflow | Dimensions.Tier | Dimensions.Worker, cancellationToken, tables: RollupTable.Sums);
        string[] columns = ["jobs", "gpu_count", "gpu_sum", "framed_gpu_sum", "framed_frames"];
        var jobs = accepted is null
            ? $"SELECT p.*, 0 AS scored, NULL::int8 AS accepted, NULL::int8 AS timed_accepted FROM {source.Sums(columns)} AS p"
            : $"""
              SELECT *, CASE WHEN score IS NOT NULL THEN 1 ELSE 0 END AS scored, CASE WHEN score >= @min THEN frame_count END AS accepted,
                     CASE WHEN score >= @min AND gpu_sum IS NOT NULL THEN frame_count END AS timed_accepted
              FROM ({source.Raw($"m.workflow_id, m.worker_id, m.frame_count, {KnownScores.Value(accepted.Score)} AS score, {string.Join(", ", columns.Select(c => $"{SumColumns.Raw[c]} AS {c}"))}")}) AS scores
              """;
        return await source.QueryAsync<WorkflowCost>(
            context,
            $"""
            WITH sums AS (
                SELECT workflow_id, worker_id, sum(jobs) AS jobs, sum(gpu_count) AS timed, sum(gpu_sum)::numeric AS gpu, sum(framed_gpu_sum)::numeric AS gpu_of_frames,
                       sum(framed_frames) AS timed_frames, sum(scored) AS scored, sum(accepted) AS accepted, sum(timed_accepted) AS timed_accepted
                FROM ({jobs}) AS j GROUP BY workflow_id, worker_id
            )
            SELECT w.id AS workflow_id, w.name AS workflow_name, sum(s.jobs)::int8 AS job_count,
                   coalesce(sum(s.timed) FILTER (WHERE k.gpu_hour_price IS NOT NULL), 0)::int8 AS priced_job_count,
                   {MoneySql.Rounded("sum(s.gpu * k.gpu_hour_price) / 3600000")} AS total_cost,
                   {MoneySql.Rounded("sum(s.gpu * k.gpu_hour_price) / 3600000 / nullif(sum(s.timed) FILTER (WHERE k.gpu_hour_price IS NOT NULL), 0)")} AS avg_cost_per_job,
                   {MoneySql.Rounded("sum(s.gpu_of_frames * k.gpu_hour_price) / 3600000 / sum(s.timed_frames) FILTER (WHERE k.gpu_hour_price IS NOT NULL)")} AS cost_per_frame,
                   CASE WHEN sum(s.scored) > 0 THEN coalesce(sum(s.accepted), 0) END::int8 AS accepted_frames,
                   {MoneySql.Rounded("sum(s.gpu * k.gpu_hour_price) / 3600000 / nullif(sum(s.timed_accepted) FILTER (WHERE k.gpu_hour_price IS NOT NULL), 0)")} AS cost_per_accepted_frame
            FROM sums AS s JOIN {HostRows.Workers} AS k ON k.id = s.worker_id JOIN {HostRows.Workflows} AS w ON w.id = s.workflow_id
            GROUP BY w.id, w.name ORDER BY total_cost DESC NULLS LAST, w.id
            """,
            cancellationToken,
            ("score", accepted?.Score ?? ""),
            ("min", accepted?.Min ?? double.PositiveInfinity));
    }
}

/// <summary>A frame is accepted when its job has the score and it is at least the limit.</summary>
/// <param name="Score">Name of the score, for example <c>likeness</c>.</param>
/// <param name="Min">The limit.</param>
public sealed record Acceptance(string Score, double Min);

/// <summary>What one workflow cost over a range, in the farm's currency. A job is priced when its GPU time is known and its worker has a price.</summary>
public sealed record WorkflowCost
{
    /// <summary>The workflow.</summary>
    public long WorkflowId { get; init; }

    /// <summary>Its name.</summary>
    public string WorkflowName { get; init; } = "";

    /// <summary>Jobs of the range.</summary>
    public long JobCount { get; init; }

    /// <summary>Those that are priced.</summary>
    public long PricedJobCount { get; init; }

    /// <summary>Cost of the priced jobs; null without any.</summary>
    public decimal? TotalCost { get; init; }

    /// <summary>Mean cost of a priced job; null without any.</summary>
    public decimal? AvgCostPerJob { get; init; }

    /// <summary>Cost of the priced jobs with frames ÷ their frames; null without any.</summary>
    public decimal? CostPerFrame { get; init; }

    /// <summary>Frames of the jobs whose score passes, priced or not; null when no job has the score or none was asked for.</summary>
    public long? AcceptedFrames { get; init; }

    /// <summary>Cost of all priced jobs, also of those that did not pass, ÷ the accepted frames of priced jobs; null without any.</summary>
    public decimal? CostPerAcceptedFrame { get; init; }
}
