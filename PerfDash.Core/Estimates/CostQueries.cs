using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Estimates;

/// <summary>What jobs cost: GPU hours × the price of the worker that ran them.</summary>
public sealed class CostQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The cost of each workflow with jobs in the range, the dearest first.</summary>
    /// <param name="range">The range.</param>
    /// <param name="filter">Which jobs.</param>
    /// <param name="accepted">When a frame counts as accepted; null when nothing is asked about that.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<IReadOnlyList<WorkflowCost>> GetAsync(
        TimeRange range, MetricFilter filter, Acceptance? accepted, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // Plan: one scan of the range's partitions and a hash aggregate by workflow. Rounded, because an exact quotient may
        // have more digits than a decimal holds.
        return await where.QueryAsync<WorkflowCost>(
            context,
            $"""
            SELECT w.id AS workflow_id, w.name AS workflow_name, count(*) AS job_count,
                   count(j.cost) AS priced_job_count,
                   round(sum(j.cost), 9) AS total_cost,
                   round(avg(j.cost), 9) AS avg_cost_per_job,
                   round(sum(j.cost) FILTER (WHERE j.frames > 0) / sum(j.frames) FILTER (WHERE j.cost IS NOT NULL AND j.frames > 0), 9) AS cost_per_frame,
                   CASE WHEN count(j.score) > 0 THEN coalesce(sum(j.frames) FILTER (WHERE j.score >= @min), 0) END::int8 AS accepted_frames,
                   round(sum(j.cost) / nullif(sum(j.frames) FILTER (WHERE j.score >= @min AND j.cost IS NOT NULL), 0), 9) AS cost_per_accepted_frame
            FROM (
                SELECT m.workflow_id, m.frame_count AS frames, m.total_gpu_time_ms * k.gpu_hour_price / 3600000 AS cost,
                       CASE WHEN jsonb_typeof(m.quality_scores_json -> @score) = 'number' THEN (m.quality_scores_json ->> @score)::float8 END AS score
                FROM performance_metrics AS m JOIN workers AS k ON k.id = m.worker_id WHERE {where.Sql}
            ) AS j JOIN workflows AS w ON w.id = j.workflow_id
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
