using System.Data;
using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;
using PerfDash.Data;

namespace PerfDash.Core.Workflows;

/// <summary>All workflows side by side.</summary>
public sealed class WorkflowListQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Equal slices of the range in <see cref="WorkflowListItem.Course"/>.</summary>
    public const int Slices = 30;

    /// <summary>Every workflow with jobs in the range, by id.</summary>
    /// <param name="range">The range.</param>
    /// <param name="filter">Which jobs.</param>
    /// <param name="withPrevious">False leaves the equal period before the range out.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public async Task<IReadOnlyList<WorkflowListItem>> GetAsync(
        TimeRange range, MetricFilter filter, bool withPrevious, CancellationToken cancellationToken)
    {
        var summaries = SummariesAsync(range, filter, SummaryParts.Usual, cancellationToken);
        var courses = CoursesAsync(range, filter, cancellationToken);
        var previous = withPrevious ? PreviousAsync(range.Previous, filter, cancellationToken) : Task.FromResult(new Dictionary<long, PreviousValue>());
        await Task.WhenAll(summaries, courses, previous);
        var (course, before) = (await courses, await previous);
        return
        [
            .. (await summaries).Select(s => Item(s, before.GetValueOrDefault(s.WorkflowId), course.GetValueOrDefault(s.WorkflowId) ?? new double?[Slices])),
        ];

        static WorkflowListItem Item(WorkflowSummary summary, PreviousValue? before, double?[] course) => new(summary, before?.Value, course)
        {
            PreviousJobCount = before?.JobCount ?? 0,
            Coverage = new PeriodCoverage(course.Count(v => v is not null), before?.Slices ?? 0),
        };
    }

    /// <summary>As <see cref="GetAsync"/>, but counts, sums and scores only, which are a fraction of the work.</summary>
    /// <param name="range">The range.</param>
    /// <param name="filter">Which jobs.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public async Task<IReadOnlyList<WorkflowListItem>> GetSumsAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken) =>
        [.. (await SummariesAsync(range, filter, SummaryParts.Scores, cancellationToken)).Select(s => new WorkflowListItem(s, null, null))];

    /// <summary>Every workflow there is, by name, also those that never ran.</summary>
    public async Task<IReadOnlyList<WorkflowName>> GetNamesAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Workflows.AsNoTracking().OrderBy(w => w.Name).ThenBy(w => w.Id)
            .Select(w => new WorkflowName(w.Id, w.Name)).ToListAsync(cancellationToken);
    }

    private async Task<List<WorkflowSummary>> SummariesAsync(TimeRange range, MetricFilter filter, SummaryParts parts, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var groups = await SummaryGroups.QueryAsync(context, new MetricCondition(range, filter), GroupKey.Workflow, cancellationToken, parts);
        long[] ids = [.. groups.Keys];
        var names = await context.Workflows.Where(w => ids.Contains(w.Id)).ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken);
        return [.. ids.Order().Select(id => new WorkflowSummary(groups.Of(id)!) { WorkflowId = id, WorkflowName = names[id] })];
    }

    private async Task<Dictionary<long, PreviousValue>> PreviousAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // Plan: one scan of idx_performance_metrics_figures_by_time, counted in parallel.
        var rows = await where.QueryAsync<PreviousValue>(
            context,
            $"""
            SELECT workflow_id, sum(total) / sum(jobs)::float8 AS value, sum(jobs)::int8 AS job_count, count(*)::int4 AS slices FROM (
                SELECT m.workflow_id, width_bucket(m.created_at, @starts) AS slice, sum(m.time_per_frame_ms::float8) AS total, count(*) AS jobs
                FROM performance_metrics AS m WHERE {where.Sql} AND {MetricSql.HasTime} GROUP BY 1, 2
            ) AS parts GROUP BY workflow_id
            """,
            cancellationToken,
            ("starts", StartsOf(range)));
        return rows.ToDictionary(r => r.WorkflowId);
    }

    private async Task<Dictionary<long, double?[]>> CoursesAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // Plan: one scan of idx_performance_metrics_figures_by_time, counted in parallel.
        var rows = await where.QueryAsync<SliceValue>(
            context,
            $"""
            SELECT workflow_id, slice, sum(time) / count(*) AS value FROM (
                SELECT m.workflow_id, width_bucket(m.created_at, @starts) - 1 AS slice, m.time_per_frame_ms::float8 AS time
                FROM performance_metrics AS m WHERE {where.Sql} AND {MetricSql.HasTime} {DistributionSql.ReadOnce}
            ) AS jobs GROUP BY workflow_id, slice
            """,
            cancellationToken,
            ("starts", StartsOf(range)));
        return rows.GroupBy(r => r.WorkflowId).ToDictionary(g => g.Key, g =>
        {
            var course = new double?[Slices];
            foreach (var row in g)
                course[Math.Clamp(row.Slice, 0, Slices - 1)] = row.Value;
            return course;
        });
    }

    private static DateTime[] StartsOf(TimeRange range) =>
        [.. Enumerable.Range(0, Slices).Select(i => range.From.UtcDateTime.AddTicks((long)((Int128)(range.To - range.From).Ticks * i / Slices)))];

    private sealed record PreviousValue(long WorkflowId, double Value, long JobCount, int Slices);

    private sealed record SliceValue(long WorkflowId, int Slice, double Value);
}

/// <summary>A workflow and its name.</summary>
public sealed record WorkflowName(long Id, string Name);

/// <summary>One workflow of the list.</summary>
/// <param name="Figures">Its summary; of the scores only <c>likeness</c>.</param>
/// <param name="PreviousAvgTimePerFrameMs">Mean milliseconds per frame in the equal period before the range; null where it had none, or was not asked for.</param>
/// <param name="Course">Mean milliseconds per frame in <see cref="WorkflowListQueries.Slices"/> equal slices of the range, oldest first, null where a slice has none; null where sums only were asked for.</param>
public sealed record WorkflowListItem(WorkflowSummary Figures, double? PreviousAvgTimePerFrameMs, IReadOnlyList<double?>? Course)
{
    /// <summary>Jobs with a time per frame in the period before; 0 where it was not asked for.</summary>
    public long PreviousJobCount { get; init; }

    /// <summary>On how many days either period has such jobs.</summary>
    public PeriodCoverage Coverage { get; init; } = new(0, 0);
}
