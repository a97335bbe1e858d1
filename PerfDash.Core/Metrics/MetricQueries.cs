using System.Linq.Expressions;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Metrics;

/// <summary>The metrics as they were recorded, for programs that reckon for themselves.</summary>
/// <remarks>
/// Oldest first, by moment and job. A list holds at most as many as asked for; the next part comes after the
/// <see cref="MetricKey"/> of the last one.
/// </remarks>
public sealed class MetricQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Metrics in one list, at most.</summary>
    public const int MaxLimit = 10_000;

    /// <summary>The metric of a job; null when none was recorded.</summary>
    public async Task<PerformanceMetric?> GetByJobAsync(long jobId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.PerformanceMetrics.FirstOrDefaultAsync(m => m.JobId == jobId, cancellationToken);
    }

    /// <summary>A workflow's metrics; none for a workflow that does not exist.</summary>
    /// <inheritdoc cref="QueryByTimeRangeAsync"/>
    public Task<IReadOnlyList<PerformanceMetric>> QueryByWorkflowAsync(
        long workflowId, TimeRange range, CancellationToken cancellationToken, int limit = MaxLimit, MetricKey? after = null) =>
        ListAsync(range, m => m.WorkflowId == workflowId, limit, after, cancellationToken);

    /// <summary>A worker's metrics; none for a worker that does not exist.</summary>
    /// <inheritdoc cref="QueryByTimeRangeAsync"/>
    public Task<IReadOnlyList<PerformanceMetric>> QueryByWorkerAsync(
        long workerId, TimeRange range, CancellationToken cancellationToken, int limit = MaxLimit, MetricKey? after = null) =>
        ListAsync(range, m => m.WorkerId == workerId, limit, after, cancellationToken);

    /// <summary>All metrics of a range.</summary>
    /// <param name="range">The range, of the moments of completion.</param>
    /// <param name="limit">1 to <see cref="MaxLimit"/>.</param>
    /// <param name="after">Only what comes after this one; null from the start of the range.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is outside its bounds.</exception>
    public Task<IReadOnlyList<PerformanceMetric>> QueryByTimeRangeAsync(
        TimeRange range, CancellationToken cancellationToken, int limit = MaxLimit, MetricKey? after = null) =>
        ListAsync(range, null, limit, after, cancellationToken);

    // Plan: the created_at index in its order, within the partitions of the range, as far as the limit.
    private async Task<IReadOnlyList<PerformanceMetric>> ListAsync(
        TimeRange range, Expression<Func<PerformanceMetric, bool>>? which, int limit, MetricKey? after, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxLimit);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var (from, to) = (range.From.UtcDateTime, range.To.UtcDateTime);
        var metrics = context.PerformanceMetrics.Where(m => m.CreatedAt >= from && m.CreatedAt < to);
        if (which is not null)
            metrics = metrics.Where(which);
        if (after is { } last)
            metrics = metrics.Where(m => EF.Functions.GreaterThan(ValueTuple.Create(m.CreatedAt, m.JobId), ValueTuple.Create(last.CreatedAt, last.JobId)));
        return await metrics.OrderBy(m => m.CreatedAt).ThenBy(m => m.JobId).Take(limit).ToListAsync(cancellationToken);
    }
}

/// <summary>Where a metric stands in a list.</summary>
/// <param name="CreatedAt">When the job completed, UTC.</param>
public readonly record struct MetricKey(DateTime CreatedAt, long JobId)
{
    public static MetricKey From(PerformanceMetric metric) => new(metric.CreatedAt, metric.JobId);
}
