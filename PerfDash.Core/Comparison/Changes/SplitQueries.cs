using System.Data;
using PerfDash.Core.Rollups;
using PerfDash.Core.Statistics;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Comparison.Changes;

/// <summary>Where a workflow's history is worth splitting into before and after.</summary>
public sealed class SplitQueries(IDbContextFactory<PerfDashDbContext> contexts, TimeProvider time)
{
    /// <summary>Jobs looked at, about: an even sample where there are more.</summary>
    public const int SampledJobs = 3_000;

    /// <summary>The proposals for a workflow over a range.</summary>
    public async Task<IReadOnlyList<SplitProposal>> ProposeAsync(
        long workflowId, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(ClockSkew.Present(range, time), filter with { WorkflowId = workflowId });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var count = await JobCounts.GetAsync(context, where, cancellationToken);
        var sample = EvenSample.One(Math.Max(1, (count + SampledJobs - 1) / SampledJobs));
        var rows = await where.QueryAsync<Row>(
            context,
            $"""
            WITH sampled AS MATERIALIZED (
                SELECT m.job_id, m.created_at FROM scored_metrics AS m WHERE {where.Sql} AND {sample}
            )
            SELECT m.created_at, m.worker_id, m.tier_key AS resolution_tier, {EnumText.NumberSql<RunClass>("m.run_class")} AS run_class, {RealDigits.Sql("m.time_per_frame_ms")} AS time_per_frame_ms, m.vram_peak_mb::float8 AS vram_peak_mb,
                   m.quality_scores_json::text AS quality_scores, j.parameters::text AS parameters
            FROM sampled AS s JOIN scored_metrics AS m ON m.job_id = s.job_id AND m.created_at = s.created_at JOIN jobs AS j ON j.id = m.job_id
            ORDER BY m.created_at, m.job_id
            """,
            cancellationToken);
        var versions = await VersionChanges.FindAsync(context, workflowId, where.Range, cancellationToken);
        var found = SplitProposals.Find(
        [
            .. rows.Select(row => new HistoryJob(
                row.CreatedAt, new Stratum(row.ResolutionTier, row.WorkerId, row.RunClass), row.TimePerFrameMs, row.VramPeakMb,
                ScoresJson.Read(row.QualityScores), SplitProposals.ReadParameters(row.Parameters))),
        ]);
        // What a version changed is said with it.
        return [.. versions, .. found.Where(p => !p.IsSetting || !versions.Any(v => v.At == p.At))];
    }

    private sealed record Row(
        DateTime CreatedAt, long WorkerId, string? ResolutionTier, RunClass? RunClass, double? TimePerFrameMs, double? VramPeakMb, string? QualityScores, string? Parameters);
}
