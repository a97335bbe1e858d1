using Npgsql;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Estimates;

/// <summary>Estimates over the recorded history.</summary>
public sealed class EstimateQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Newest jobs of the farm that worker speeds rest on, at most.</summary>
    public const int MaxSpeedJobs = 20_000;

    /// <summary>What <see cref="PastJob"/> is read from.</summary>
    internal static readonly string JobColumns =
        $"m.workflow_id, m.worker_id, m.tier_key AS resolution_tier, m.frame_count, m.total_gpu_time_ms, m.total_wall_time_ms, m.time_per_frame_ms, m.vram_peak_mb, {EnumText.NumberSql<RunClass>("m.run_class")} AS run_class, m.created_at";

    /// <summary>What a job will take.</summary>
    /// <returns>The estimate, all null where nothing usable was recorded; or what of the question is unknown: <c>workflow</c> or <c>worker</c>.</returns>
    public async Task<(Estimate? Estimate, string? Unknown)> EstimateAsync(EstimateQuestion question, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var workflow = await context.Workflows.Where(w => w.Id == question.WorkflowId).Select(w => w.Name).FirstOrDefaultAsync(cancellationToken);
        if (workflow is null)
            return (null, "workflow");
        var worker = question.WorkerId is { } workerId
            ? await context.Workers.Where(w => w.Id == workerId).Select(w => w.Name).FirstOrDefaultAsync(cancellationToken)
            : null;
        if (question.WorkerId is not null && worker is null)
            return (null, "worker");

        var prices = await context.Workers.Where(w => w.GpuHourPrice != null).ToDictionaryAsync(w => w.Id, w => w.GpuHourPrice!.Value, cancellationToken);
        var history = await LoadHistoryAsync(context, question, cancellationToken);
        var tuning = EstimateTuning.Default;
        var estimate = new Estimator(tuning, speeds: null, prices).Answer(question, history);
        // Speeds cost a look at the whole farm: only where the worker's own history was too thin.
        if (question.WorkerId is not null && history.Count > 0
            && estimate.BasisLevel is not (EstimateBasis.WorkflowTierWorker or EstimateBasis.WorkflowWorker))
        {
            var speeds = new WorkerSpeeds(tuning.HalfLife);
            foreach (var job in await LoadNewestAsync(context, cancellationToken))
                speeds.Add(job);
            estimate = new Estimator(tuning, speeds, prices).Answer(question, history);
        }
        return (estimate with { Basis = BasisText.From(estimate, question, workflow, worker, history.Count > 0) }, null);
    }

    /// <summary>The newest jobs of each history the question may have to fall back to, together, in order of completion.</summary>
    private static async Task<List<PastJob>> LoadHistoryAsync(PerfDashDbContext context, EstimateQuestion question, CancellationToken cancellationToken)
    {
        List<NpgsqlParameter> values = [new("workflow_id", question.WorkflowId)];
        List<string> rungs = ["m.workflow_id = @workflow_id"];
        if (question.ResolutionTier is { } tier)
        {
            values.Add(new("resolution_tier", tier));
            rungs.Add($"{rungs[0]} AND m.tier_key = perfdash_tier_key(@resolution_tier)");
        }
        if (question.WorkerId is { } worker)
        {
            values.Add(new("worker_id", worker));
            rungs.Add($"{rungs[^1]} AND m.worker_id = @worker_id");
        }

        // Plan of each: idx_performance_metrics_figures from the workflow's end, partition by partition, until there are enough.
        // UNION makes one of what two rungs hold, by job.
        var newest = rungs.Select(rung =>
            $"(SELECT m.job_id, {JobColumns} FROM scored_metrics AS m WHERE {rung} AND m.created_at {ClockSkew.NotAhead} ORDER BY m.created_at DESC LIMIT {EstimateTuning.Default.MaxJobs})");
        var sql = $"SELECT * FROM ({string.Join(" UNION ", newest)}) AS m ORDER BY m.created_at";
        return await context.Database.SqlQueryRaw<PastJob>(sql, [.. values]).ToListAsync(cancellationToken);
    }

    private static Task<List<PastJob>> LoadNewestAsync(PerfDashDbContext context, CancellationToken cancellationToken)
    {
        var sql = $"SELECT {JobColumns} FROM scored_metrics AS m WHERE m.created_at {ClockSkew.NotAhead} ORDER BY m.created_at DESC LIMIT {MaxSpeedJobs}";
        return context.Database.SqlQueryRaw<PastJob>(sql).ToListAsync(cancellationToken);
    }
}
