using System.Data;
using PerfDash.Core.Rollups;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Workers;

/// <summary>Workers alone and side by side.</summary>
public sealed class WorkerQueries(IDbContextFactory<PerfDashDbContext> contexts, TimeProvider time)
{
    /// <summary>Everything known of a worker over a range; null when there is no such worker.</summary>
    /// <param name="filter">Which jobs, here and on the workers it is measured against; a worker named here is ignored.</param>
    public async Task<WorkerDetail?> GetAsync(long workerId, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var worker = await context.Workers.FirstOrDefaultAsync(w => w.Id == workerId, cancellationToken);
        if (worker is null)
            return null;

        var summary = await SummaryQueries.QueryAsync(context, new MetricCondition(range, filter with { WorkerId = workerId }), cancellationToken);
        var fleet = await GetFleetAsync(context, range, filter, cancellationToken);
        var speed = new RelativeSpeed(fleet);
        TypeOnWorker[] own = [.. fleet.Where(t => t.WorkerId == workerId)];
        var names = await GetWorkflowNamesAsync(context, own, cancellationToken);
        return new WorkerDetail(Named(new WorkerSummary(summary), worker))
        {
            Utilization = (await UtilizationQueries.QueryAsync(context, range, [workerId], areAll: false, now, cancellationToken))[workerId],
            RelativeSpeed = speed.OfWorker(workerId),
            RelativeSpeedInterval = SpeedInterval.From(speed, workerId),
            JobTypes =
            [
                .. own.OrderByDescending(t => t.JobCount).ThenBy(t => t.WorkflowId).ThenBy(t => t.ResolutionTier, StringComparer.Ordinal).ThenBy(t => t.RunClass)
                    .Select(t => new WorkerJobType(
                        t.WorkflowId, names[t.WorkflowId], t.ResolutionTier, t.JobCount, t.AvgTimePerFrameMs, speed.FleetAvgTimePerFrameMs(t), speed.For(t), t.RunClass)),
            ],
        };
    }

    /// <summary>
    /// Workers side by side. Speeds are measured against the whole fleet, ranks are among those compared.
    /// </summary>
    /// <param name="filter">Which jobs; a worker named here is ignored.</param>
    /// <param name="workerIds">Whom to compare, also workers without jobs; null: all that have jobs in the range.</param>
    /// <param name="parts">What is to be known of each worker's jobs beside counts, sums and extremes.</param>
    /// <returns>The comparison, or null and the first id that is no worker's.</returns>
    public async Task<(WorkerComparison? Comparison, long? Unknown)> CompareAsync(
        TimeRange range, MetricFilter filter, IReadOnlyCollection<long>? workerIds, CancellationToken cancellationToken,
        SummaryParts parts = SummaryParts.Usual)
    {
        var now = time.GetUtcNow();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var fleet = await GetFleetAsync(context, range, filter, cancellationToken);
        long[] ids = [.. (workerIds ?? fleet.Select(t => t.WorkerId)).Distinct()];
        var workers = await context.Workers.Where(w => ids.Contains(w.Id)).ToDictionaryAsync(w => w.Id, cancellationToken);
        if (ids.Any(id => !workers.ContainsKey(id)))
            return (null, ids.First(id => !workers.ContainsKey(id)));

        var summaries = await GetSummariesAsync(context, range, filter, workerIds is null ? null : ids, parts, cancellationToken);
        var utilization = await UtilizationQueries.QueryAsync(context, range, ids, areAll: workerIds is null, now, cancellationToken);
        var speed = new RelativeSpeed(fleet);
        var speeds = ids.ToDictionary(id => id, speed.OfWorker);
        var compared = ids.Select(id => new ComparedWorker(Named(summaries.GetValueOrDefault(id) ?? new WorkerSummary(), workers[id]))
        {
            Rank = RelativeSpeed.Rank(speeds[id], speeds.Values),
            RelativeSpeed = speeds[id],
            RelativeSpeedInterval = SpeedInterval.From(speed, id),
            Utilization = utilization.GetValueOrDefault(id),
        });
        TypeOnWorker[] types = [.. fleet.Where(t => workers.ContainsKey(t.WorkerId))];
        var names = await GetWorkflowNamesAsync(context, types, cancellationToken);
        return (
            new WorkerComparison(
                [.. compared.OrderBy(w => w.Rank ?? int.MaxValue).ThenBy(w => w.WorkerId)],
                [
                    .. types.GroupBy(t => t.Type)
                        .OrderByDescending(g => g.Sum(t => t.JobCount)).ThenBy(g => g.Key.WorkflowId).ThenBy(g => g.Key.ResolutionTier, StringComparer.Ordinal).ThenBy(g => g.Key.RunClass)
                        .Select(g => new ComparedJobType(
                            g.Key.WorkflowId,
                            names[g.Key.WorkflowId],
                            g.Key.ResolutionTier,
                            [.. g.OrderBy(t => t.WorkerId).Select(t => new JobTypeOnWorker(t.WorkerId, t.JobCount, t.AvgTimePerFrameMs))],
                            g.Key.RunClass)),
                ]),
            null);
    }

    private static WorkerSummary Named(WorkerSummary summary, Worker worker) =>
        summary with { WorkerId = worker.Id, WorkerName = worker.Name, GpuModel = worker.GpuModel };

    /// <summary>Every worker's jobs by type and class. Few rows: workers × the types they do.</summary>
    private static async Task<List<TypeOnWorker>> GetFleetAsync(PerfDashDbContext context, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var source = await Partials.FindAsync(
            context, new MetricCondition(range, filter with { WorkerId = null }), Dimensions.Workflow | Dimensions.Tier | Dimensions.Worker | Dimensions.Class, cancellationToken, tables: RollupTable.Sums);
        return await source.QueryAsync<TypeOnWorker>(
            context,
            $"""
            SELECT worker_id, workflow_id, tier_key AS resolution_tier, {EnumText.NumberSql<RunClass>("run_class")} AS run_class, sum(jobs)::int8 AS job_count, sum(time_count)::int8 AS timed_job_count,
                   coalesce(sum(time_sum), 0) AS time_per_frame_sum_ms,
                   CASE WHEN sum(time_count) > 1 THEN {SumColumns.Squares("time")} / (sum(time_count) - 1)::float8 END AS time_per_frame_variance
            FROM {source.Sums("jobs", "time_count", "time_sum", "time_squares")} AS p GROUP BY worker_id, workflow_id, tier_key, run_class
            """,
            cancellationToken);
    }

    private static Task<Dictionary<long, string>> GetWorkflowNamesAsync(
        PerfDashDbContext context, TypeOnWorker[] types, CancellationToken cancellationToken)
    {
        long[] ids = [.. types.Select(t => t.WorkflowId).Distinct()];
        return context.Workflows.Where(w => ids.Contains(w.Id)).ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken);
    }

    private static async Task<Dictionary<long, WorkerSummary>> GetSummariesAsync(
        PerfDashDbContext context, TimeRange range, MetricFilter filter, long[]? workerIds, SummaryParts parts, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter with { WorkerId = null });
        if (workerIds is not null)
            where = where.AmongWorkers(workerIds);
        var groups = await SummaryGroups.QueryAsync(context, where, GroupKey.Worker, cancellationToken, parts);
        return groups.Keys.ToDictionary(id => id, id => new WorkerSummary(groups.Find(id)!));
    }
}
