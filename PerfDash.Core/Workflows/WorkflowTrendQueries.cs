using System.Data;
using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Workflows;

/// <summary>How a workflow's figures move over time.</summary>
public sealed class WorkflowTrendQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The steps of the range in which the workflow had jobs, oldest first; null when there is no such workflow.</summary>
    /// <param name="workflowId">The workflow.</param>
    /// <param name="range">The range; the first and last step may be cut by it.</param>
    /// <param name="filter">Which of its jobs; a workflow named here is ignored.</param>
    /// <param name="bucket">Width of a step.</param>
    /// <param name="timeZone">IANA name that both .NET and PostgreSQL know; steps follow its calendar.</param>
    /// <param name="window">Points in a moving average, at least 1.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public async Task<WorkflowTrend?> GetAsync(
        long workflowId, TimeRange range, MetricFilter filter, Bucket bucket, string timeZone, int window, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter with { WorkflowId = workflowId });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        if (await WorkflowQueries.NameAsync(context, workflowId, cancellationToken) is not { } name)
            return null;

        var steps = await where.QueryAsync<TrendStep>(
            context,
            $"""
            SELECT date_trunc(@bucket, m.created_at, @zone) AS bucket_start, count(*) AS job_count,
                   avg(m.time_per_frame_ms::float8) AS avg_time_per_frame_ms, avg(m.total_gpu_time_ms)::float8 AS avg_gpu_time_ms,
                   avg(m.vram_peak_mb)::float8 AS avg_vram_peak_mb
            FROM performance_metrics AS m WHERE {where.Sql} GROUP BY 1 ORDER BY 1
            """,
            cancellationToken,
            ("bucket", bucket.Word()),
            ("zone", timeZone));
        var scores = await where.QueryAsync<TrendScoreStep>(
            context,
            $"""
            SELECT date_trunc(@bucket, created_at, @zone) AS bucket_start, name, avg(value)::float8 AS average FROM (
                SELECT m.created_at, s.name, {JsonNumberSql.Numeric("s.value")} AS value
                FROM performance_metrics AS m {SummarySql.ScoresJoin} WHERE {where.Sql} {DistributionSql.ReadOnce}
            ) AS scores WHERE value IS NOT NULL GROUP BY 1, 2
            """,
            cancellationToken,
            ("bucket", bucket.Word()),
            ("zone", timeZone));
        return new WorkflowTrend(workflowId, name, bucket, timeZone, window, Points(steps, scores, window));
    }

    private static List<TrendPoint> Points(List<TrendStep> steps, List<TrendScoreStep> scores, int window)
    {
        var times = MovingAverage.Over(steps.ConvertAll(s => s.AvgTimePerFrameMs), window);
        var quality = steps.ConvertAll(_ => new SortedDictionary<string, TrendScore>(StringComparer.Ordinal));
        foreach (var score in scores.GroupBy(s => s.Name, StringComparer.Ordinal))
        {
            var averages = score.ToDictionary(s => s.BucketStart, s => s.Average);
            var series = steps.ConvertAll(s => averages.TryGetValue(s.BucketStart, out var average) ? average : (double?)null);
            var moving = MovingAverage.Over(series, window);
            for (var i = 0; i < steps.Count; i++)
            {
                if (moving[i] is not null)
                    quality[i][score.Key] = new TrendScore(series[i], moving[i]);
            }
        }

        return
        [
            .. steps.Select((step, i) => new TrendPoint
            {
                BucketStart = step.BucketStart,
                JobCount = step.JobCount,
                AvgTimePerFrameMs = step.AvgTimePerFrameMs,
                AvgGpuTimeMs = step.AvgGpuTimeMs,
                AvgVramPeakMb = step.AvgVramPeakMb,
                Quality = quality[i],
                MovingAvgTimePerFrameMs = times[i],
            }),
        ];
    }

    private sealed record TrendStep(DateTime BucketStart, long JobCount, double? AvgTimePerFrameMs, double? AvgGpuTimeMs, double? AvgVramPeakMb);

    private sealed record TrendScoreStep(DateTime BucketStart, string Name, double Average);
}

/// <summary>A workflow step by step.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="WorkflowName">Its name.</param>
/// <param name="Bucket">Width of a step.</param>
/// <param name="TimeZone">IANA name of the calendar the steps follow.</param>
/// <param name="Window">Points in a moving average.</param>
/// <param name="Points">Steps with jobs, oldest first.</param>
public sealed record WorkflowTrend(long WorkflowId, string WorkflowName, Bucket Bucket, string TimeZone, int Window, IReadOnlyList<TrendPoint> Points);

/// <summary>One step. Averages are plain means over its jobs that have the value, null when none has.</summary>
public sealed record TrendPoint
{
    /// <summary>Where the step starts, UTC.</summary>
    public required DateTime BucketStart { get; init; }

    /// <summary>Jobs, at least 1.</summary>
    public required long JobCount { get; init; }

    /// <summary>Mean milliseconds per frame.</summary>
    public required double? AvgTimePerFrameMs { get; init; }

    /// <summary>Mean GPU milliseconds per job.</summary>
    public required double? AvgGpuTimeMs { get; init; }

    /// <summary>Mean VRAM peak, MB.</summary>
    public required double? AvgVramPeakMb { get; init; }

    /// <summary>By name, the scores that this step or one of the moving average's window has.</summary>
    public required IReadOnlyDictionary<string, TrendScore> Quality { get; init; }

    /// <summary>Moving average of <see cref="AvgTimePerFrameMs"/>; see <see cref="MovingAverage"/>.</summary>
    public required double? MovingAvgTimePerFrameMs { get; init; }
}

/// <summary>A score in one step.</summary>
/// <param name="Avg">Plain mean over the step's jobs that have it; null when none has.</param>
/// <param name="MovingAvg">Moving average of those means; see <see cref="MovingAverage"/>.</param>
public sealed record TrendScore(double? Avg, double? MovingAvg);
