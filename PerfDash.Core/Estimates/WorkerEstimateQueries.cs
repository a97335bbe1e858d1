using Npgsql;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Estimates;

/// <summary>The same job on every worker.</summary>
public sealed class WorkerEstimateQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>
    /// What the job would take on each worker: what <see cref="EstimateQueries.EstimateAsync"/> answers for one, from
    /// histories that are read once for all. Workers without an estimate come last.
    /// </summary>
    /// <param name="question">The job; a worker named in it is ignored.</param>
    /// <returns>The workers, the shortest expected time first; none where the workflow does not exist.</returns>
    public async Task<IReadOnlyList<WorkerEstimate>> GetAsync(EstimateQuestion question, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var workflow = await context.Workflows.Where(w => w.Id == question.WorkflowId).Select(w => w.Name).FirstOrDefaultAsync(cancellationToken);
        if (workflow is null)
            return [];
        var workers = await context.Workers.OrderBy(w => w.Id).ToListAsync(cancellationToken);
        var prices = workers.Where(w => w.GpuHourPrice is not null).ToDictionary(w => w.Id, w => w.GpuHourPrice!.Value);
        var shared = await LoadSharedAsync(context, question, cancellationToken);
        var own = (await LoadOwnAsync(context, question, cancellationToken)).ToLookup(job => job.WorkerId);
        var tuning = EstimateTuning.Default;
        var estimator = new Estimator(tuning, speeds: null, prices);
        Estimator? scaling = null;
        List<WorkerEstimate> answers = [];
        foreach (var worker in workers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var asked = question with { WorkerId = worker.Id };
            PastJob[] history = [.. shared.Concat(own[worker.Id]).DistinctBy(job => job.Id).OrderBy(job => job.CreatedAt).Select(job => job.Job)];
            var estimate = estimator.Answer(asked, history);
            // As for one worker: speeds cost a look at the whole farm, and are asked for only where its own history says nothing.
            if (history.Length > 0 && estimate.BasisLevel is not (EstimateBasis.WorkflowTierWorker or EstimateBasis.WorkflowWorker))
            {
                scaling ??= new Estimator(tuning, await LoadSpeedsAsync(context, tuning, cancellationToken), prices);
                estimate = scaling.Answer(asked, history);
            }

            answers.Add(new WorkerEstimate(
                worker.Id, worker.Name, worker.GpuModel, worker.GpuVramMb,
                estimate with { Basis = BasisText.From(estimate, asked, workflow, worker.Name, history.Length > 0) }));
        }

        return [.. answers.OrderBy(a => a.Estimate.ExpectedGpuTimeMs ?? a.Estimate.ExpectedTimePerFrameMs * question.Frames ?? double.PositiveInfinity).ThenBy(a => a.WorkerId)];
    }

    /// <summary>The newest jobs every worker's question may fall back to.</summary>
    private static async Task<List<Kept>> LoadSharedAsync(PerfDashDbContext context, EstimateQuestion question, CancellationToken cancellationToken)
    {
        var ofTier = question.ResolutionTier is null ? "" :
            $" UNION (SELECT m.id, {EstimateQueries.JobColumns} FROM scored_metrics AS m WHERE m.workflow_id = @workflow_id AND m.tier_key = perfdash_tier_key(@tier) AND m.created_at {ClockSkew.NotAhead} ORDER BY m.created_at DESC LIMIT {EstimateTuning.Default.MaxJobs})";
        return await QueryAsync(
            context,
            $"SELECT * FROM ((SELECT m.id, {EstimateQueries.JobColumns} FROM scored_metrics AS m WHERE m.workflow_id = @workflow_id AND m.created_at {ClockSkew.NotAhead} ORDER BY m.created_at DESC LIMIT {EstimateTuning.Default.MaxJobs}){ofTier}) AS m",
            question,
            cancellationToken);
    }

    /// <summary>Each worker's newest jobs like the one asked for.</summary>
    private static Task<List<Kept>> LoadOwnAsync(PerfDashDbContext context, EstimateQuestion question, CancellationToken cancellationToken)
    {
        var ofTier = question.ResolutionTier is null ? "" : " AND m.tier_key = perfdash_tier_key(@tier)";
        // Plan: for each worker the end of its index, or both its and the workflow's where the workflow has few jobs. Numbering all
        // jobs of a workflow within their workers took 3.9 s for 220,000.
        return QueryAsync(
            context,
            $"""
            SELECT m.* FROM workers AS k CROSS JOIN LATERAL (
                SELECT m.id, {EstimateQueries.JobColumns} FROM scored_metrics AS m
                WHERE m.worker_id = k.id AND m.workflow_id = @workflow_id{ofTier} AND m.created_at {ClockSkew.NotAhead}
                ORDER BY m.created_at DESC LIMIT {EstimateTuning.Default.MaxJobs}
            ) AS m
            """,
            question,
            cancellationToken);
    }

    private static async Task<WorkerSpeeds> LoadSpeedsAsync(PerfDashDbContext context, EstimateTuning tuning, CancellationToken cancellationToken)
    {
        var speeds = new WorkerSpeeds(tuning.HalfLife);
        var newest = $"SELECT {EstimateQueries.JobColumns} FROM scored_metrics AS m WHERE m.created_at {ClockSkew.NotAhead} ORDER BY m.created_at DESC LIMIT {EstimateQueries.MaxSpeedJobs}";
        foreach (var job in await context.Database.SqlQueryRaw<PastJob>(newest).ToListAsync(cancellationToken))
            speeds.Add(job);
        return speeds;
    }

    private static async Task<List<Kept>> QueryAsync(PerfDashDbContext context, string sql, EstimateQuestion question, CancellationToken cancellationToken)
    {
        List<NpgsqlParameter> values = [new("workflow_id", question.WorkflowId)];
        if (question.ResolutionTier is { } tier)
            values.Add(new("tier", tier));
        var rows = await context.Database.SqlQueryRaw<KeptRow>(sql, [.. values]).ToListAsync(cancellationToken);
        return rows.ConvertAll(r => new Kept(r.Id, r.WorkerId, r.CreatedAt, new PastJob
        {
            WorkflowId = r.WorkflowId,
            WorkerId = r.WorkerId,
            ResolutionTier = r.ResolutionTier,
            FrameCount = r.FrameCount,
            TotalGpuTimeMs = r.TotalGpuTimeMs,
            TotalWallTimeMs = r.TotalWallTimeMs,
            TimePerFrameMs = r.TimePerFrameMs,
            VramPeakMb = r.VramPeakMb,
            RunClass = r.RunClass,
            CreatedAt = r.CreatedAt,
        }));
    }

    private sealed record Kept(long Id, long WorkerId, DateTime CreatedAt, PastJob Job);

    private sealed record KeptRow(
        long Id, long WorkflowId, long WorkerId, string? ResolutionTier, int? FrameCount, long? TotalGpuTimeMs, long? TotalWallTimeMs,
        float? TimePerFrameMs, int? VramPeakMb, RunClass? RunClass, DateTime CreatedAt);
}

/// <summary>What a job would take on a worker.</summary>
/// <param name="GpuVramMb">The card's memory in MB, or null.</param>
/// <param name="Estimate">The estimate; all null where nothing usable was recorded.</param>
public sealed record WorkerEstimate(long WorkerId, string WorkerName, string? GpuModel, int? GpuVramMb, Estimate Estimate)
{
    /// <summary>False where the P95 of the VRAM peak is more than the card has; null where either is unknown.</summary>
    public bool? FitsCard => Estimate.P95VramPeakMb is { } peak && GpuVramMb is { } memory ? peak <= memory : null;
}
