using System.Globalization;
using PerfDash.Core.Access;
using PerfDash.Core.Scheduling;
using PerfDash.Data.Access;

namespace PerfDash.Core.Settings;

/// <summary>
/// Makes one workflow of two. Its jobs and metrics are moved to the other one, no figure of them changes; its row stays, and what is
/// reported for it from now on counts for the other.
/// </summary>
public sealed class WorkflowMerges(IDbContextFactory<PerfDashDbContext> contexts, SettingsUpdates updates)
{
    /// <summary>What merging would do; null where either workflow does not exist any more, or was merged already.</summary>
    public async Task<WorkflowMergePreview?> PreviewAsync(long workflowId, long intoId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return (await context.Database.SqlQuery<WorkflowMergePreview>(
            $"""
            SELECT w.name, i.name AS into_name,
                   (SELECT count(*) FROM jobs WHERE workflow_id = w.id) AS jobs,
                   (SELECT count(*) FROM performance_metrics WHERE workflow_id = w.id) AS metrics,
                   (SELECT count(*) FROM performance_alert_thresholds WHERE scope_type = 'workflow' AND scope_id = w.id)
                       + (SELECT count(*) FROM alert_window_rules WHERE scope_type = 'workflow' AND scope_id = w.id) AS alert_rules,
                   (SELECT count(*) FROM alert_incidents WHERE subject_type = 'workflow' AND subject_id = w.id AND state <> 'resolved') AS open_alerts
            FROM workflows AS w JOIN workflows AS i ON i.id = {intoId}
            WHERE w.id = {workflowId} AND w.id <> i.id AND NOT EXISTS (SELECT FROM merged_workflows AS x WHERE x.workflow_id IN (w.id, i.id))
            """).ToListAsync(cancellationToken)).SingleOrDefault();
    }

    /// <summary>Merges a workflow into another one. It cannot be undone.</summary>
    /// <returns>False where either does not exist any more, or was merged already.</returns>
    public async Task<bool> MergeAsync(long workflowId, long intoId, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // As long as it takes: a workflow may have millions of jobs.
        context.Database.SetCommandTimeout(TimeSpan.Zero);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // Two at once could make a circle; and no metric is recorded for the workflow while it is locked.
        var locked = await context.Database.SqlQuery<long>(
            $"SELECT id AS \"Value\" FROM workflows AS w WHERE id IN ({workflowId}, {intoId}) AND NOT EXISTS (SELECT FROM merged_workflows AS x WHERE x.workflow_id = w.id) ORDER BY id FOR UPDATE").ToListAsync(cancellationToken);
        if (locked.Count < 2)
            return false;
        await context.Database.ExecuteSqlAsync(
            $"""
            -- A completed job that is moved does not complete again.
            SET LOCAL perfdash.capture = 'off';
            INSERT INTO merged_workflows (workflow_id, merged_into, merged_by) VALUES ({workflowId}, {intoId}, {actor.Name});
            UPDATE merged_workflows SET merged_into = {intoId} WHERE merged_into = {workflowId};
            UPDATE jobs SET workflow_id = {intoId} WHERE workflow_id = {workflowId};
            UPDATE performance_metrics SET workflow_id = {intoId} WHERE workflow_id = {workflowId};
            INSERT INTO workflow_versions AS v (workflow_id, fingerprint, first_seen_at, first_job_id)
            SELECT {intoId}, fingerprint, first_seen_at, first_job_id FROM workflow_versions WHERE workflow_id = {workflowId}
            ON CONFLICT (workflow_id, fingerprint) DO UPDATE SET first_seen_at = excluded.first_seen_at, first_job_id = excluded.first_job_id
            WHERE excluded.first_seen_at < v.first_seen_at;
            DELETE FROM workflow_versions WHERE workflow_id = {workflowId};
            UPDATE performance_alert_thresholds SET scope_id = {intoId} WHERE scope_type = 'workflow' AND scope_id = {workflowId};
            UPDATE alert_window_rules SET scope_id = {intoId} WHERE scope_type = 'workflow' AND scope_id = {workflowId};
            UPDATE alert_mutes SET scope_id = {intoId} WHERE scope_type = 'workflow' AND scope_id = {workflowId};
            """,
            cancellationToken);
        var name = await context.Workflows.Where(w => w.Id == workflowId).Select(w => w.Name).SingleAsync(cancellationToken);
        context.Add(actor.Audit("workflow_merged", name, string.Create(CultureInfo.InvariantCulture, $"id {workflowId} into {intoId}")));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await updates.PublishAsync(context, cancellationToken);
        return true;
    }

    /// <summary>Moves what was recorded for merged workflows since, by a host that goes on naming them; returns how many jobs.</summary>
    public async Task<int> MoveRecordedAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // Plan: for each merged workflow, mostly none, idx_performance_metrics_figures of each month; jobs by their key.
        return await context.Database.ExecuteSqlAsync(
            $"""
            WITH moved AS (
                UPDATE performance_metrics AS m SET workflow_id = x.merged_into FROM merged_workflows AS x WHERE m.workflow_id = x.workflow_id
                RETURNING m.job_id, m.workflow_id
            )
            UPDATE jobs AS j SET workflow_id = moved.workflow_id FROM moved WHERE j.id = moved.job_id
            """,
            cancellationToken);
    }
}

/// <summary>What merging a workflow into another one would do.</summary>
/// <param name="Jobs">Jobs of the host's table that would be moved.</param>
/// <param name="Metrics">Those of them with recorded figures.</param>
/// <param name="AlertRules">Thresholds and window rules that would watch the other workflow.</param>
/// <param name="OpenAlerts">Alerts that would be resolved.</param>
public sealed record WorkflowMergePreview(string Name, string IntoName, long Jobs, long Metrics, long AlertRules, long OpenAlerts);

/// <summary>Moves what was recorded for merged workflows since.</summary>
public sealed class MergedWorkflowsJob(IServiceProvider services, WorkflowMerges merges) : ScheduledJob(services)
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override Task RunAsync(CancellationToken cancellationToken) => merges.MoveRecordedAsync(cancellationToken);
}
