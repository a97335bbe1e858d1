using System.Data;
using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;
using PerfDash.Core.Rollups;
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
        var rows = await SlicesAsync(range, filter, cancellationToken);
        return rows.GroupBy(r => r.WorkflowId).ToDictionary(
            g => g.Key, g => new PreviousValue(g.Sum(r => r.Total) / g.Sum(r => r.Jobs), g.Sum(r => r.Jobs), g.Count()));
    }

    private async Task<Dictionary<long, double?[]>> CoursesAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var rows = await SlicesAsync(range, filter, cancellationToken);
        return rows.GroupBy(r => r.WorkflowId).ToDictionary(g => g.Key, g =>
        {
            var course = new double?[Slices];
            foreach (var row in g)
                course[Math.Clamp(row.Slice - 1, 0, Slices - 1)] = row.Total / row.Jobs;
            return course;
        });
    }

    /// <summary>The slices of each workflow that have a time per frame.</summary>
    private async Task<List<SliceSum>> SlicesAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var starts = StartsOf(range);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var source = await Partials.FindAsync(context, new MetricCondition(range, filter), Dimensions.Workflow, cancellationToken, starts, RollupTable.Sums);
        return await source.QueryAsync<SliceSum>(
            context,
            $"""
            SELECT workflow_id, width_bucket(created_at, @starts) AS slice, sum(time_sum) AS total, sum(time_count)::int8 AS jobs
            FROM {source.Sums("time_sum", "time_count")} AS p WHERE time_count > 0 GROUP BY workflow_id, slice
            """,
            cancellationToken,
            ("starts", starts));
    }

    private static DateTime[] StartsOf(TimeRange range) =>
        [.. Enumerable.Range(0, Slices).Select(i => range.From.UtcDateTime.AddTicks((long)((Int128)(range.To - range.From).Ticks * i / Slices)))];

    private sealed record PreviousValue(double Value, long JobCount, int Slices);

    private sealed record SliceSum(long WorkflowId, int Slice, double Total, long Jobs);
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
