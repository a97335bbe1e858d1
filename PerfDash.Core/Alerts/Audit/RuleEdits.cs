using System.Globalization;
using System.Text.Json;
using Npgsql;
using PerfDash.Core.Access;
using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Audit;

/// <summary>
/// What every edit of a rule is made of: one transaction for the edit, its line in the audit trail and the end of incidents
/// that no rule watches any more; subscribers are informed after the commit.
/// </summary>
internal sealed class RuleEdits(
    IDbContextFactory<PerfDashDbContext> contexts, OrphanedIncidents orphans, RuleCache cache, AlertUpdates updates, IIncidentChangeHandler handler)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { EnumText.Json } };

    /// <summary>Runs an edit; it is undone unless it returns true.</summary>
    public async Task<bool> RunAsync(Func<PerfDashDbContext, Task<bool>> edit, CancellationToken cancellationToken, ThresholdItem? threshold = null, WindowRuleItem? windowRule = null)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (!await edit(context))
            return false;
        var ended = await orphans.ResolveAsync(context, threshold, windowRule, cancellationToken);
        // Thresholds, mutes and channels do so by trigger; the other instances' open pages are to follow window rules as well.
        await context.Database.ExecuteSqlRawAsync($"NOTIFY {RuleCache.NotifyChannel}", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        cache.Invalidate();
        updates.Publish();
        if (ended > 0)
            handler.Publish();
        return true;
    }

    /// <summary>Writes a line of the audit trail, with the context's next save.</summary>
    public static void Audit<T>(PerfDashDbContext context, RuleType ruleType, long id, Actor actor, T? before, T? after, string? name = null)
        where T : class
    {
        var entry = new AlertAuditEntry
        {
            RuleType = ruleType,
            RuleId = id,
            Action = before is null ? AuditAction.Created : after is null ? AuditAction.Deleted : AuditAction.Updated,
            Actor = actor.Name,
            Before = before is null ? null : JsonSerializer.Serialize(before, Json),
            After = after is null ? null : JsonSerializer.Serialize(after, Json),
        };
        context.AlertAudit.Add(entry);
        context.AccessAudit.Add(actor.Audit($"{ruleType.ToText()}_{entry.Action.ToText()}", name ?? id.ToString(CultureInfo.InvariantCulture)));
    }
}

/// <summary>Ends incidents that no rule watches any more, whoever changed the rules and how.</summary>
internal sealed class OrphanedIncidents(IncidentWriter writer, TimeProvider time)
{
    /// <summary>Resolves them within the context's transaction and returns how many there were.</summary>
    /// <param name="context">In a transaction.</param>
    /// <param name="deletedThreshold">As it was, where the transaction deleted one: it is shown with what it ends.</param>
    /// <param name="deletedRule">Likewise a window rule.</param>
    public async Task<int> ResolveAsync(
        PerfDashDbContext context, ThresholdItem? deletedThreshold, WindowRuleItem? deletedRule, CancellationToken cancellationToken)
    {
        var orphans = await context.Database.SqlQuery<Orphan>(
            $"""
            SELECT i.id, r.reason
            FROM alert_incidents AS i
            LEFT JOIN performance_alert_thresholds AS t ON t.id = i.threshold_id
            LEFT JOIN alert_window_rules AS w ON w.id = i.window_rule_id
            CROSS JOIN LATERAL (SELECT CASE
                WHEN COALESCE(t.id, w.id) IS NULL THEN 'The rule was deleted.'
                WHEN NOT COALESCE(t.enabled, w.enabled) THEN 'The rule was switched off.'
                WHEN COALESCE(t.metric_name, w.metric_name, w.kind) <> i.metric_name OR COALESCE(t.scope_type, w.scope_type) <> i.scope_type
                     OR COALESCE(t.scope_id, w.scope_id) IS DISTINCT FROM i.scope_id THEN 'The rule watches something else now.'
                WHEN i.subject_type = {AlertSubject.Workflow.ToText()} AND NOT EXISTS (SELECT FROM workflows AS s WHERE s.id = i.subject_id) THEN 'The workflow was deleted.'
                WHEN i.subject_type = {AlertSubject.Workflow.ToText()} AND EXISTS (SELECT FROM merged_workflows AS s WHERE s.workflow_id = i.subject_id) THEN 'The workflow was merged into another.'
                WHEN i.subject_type = {AlertSubject.Worker.ToText()} AND NOT EXISTS (SELECT FROM workers AS s WHERE s.id = i.subject_id) THEN 'The worker was deleted.'
                WHEN t.scope_type = {AlertScope.Global.ToText()} AND EXISTS (
                    SELECT FROM performance_alert_thresholds AS s
                    WHERE s.enabled AND s.metric_name = t.metric_name AND s.scope_type = {AlertScope.Workflow.ToText()} AND s.scope_id = i.subject_id)
                    THEN 'The workflow has a threshold of its own now.'
                END AS reason) AS r
            WHERE i.state <> {IncidentState.Resolved.ToText()} AND r.reason IS NOT NULL
            ORDER BY i.id FOR UPDATE OF i
            """).ToListAsync(cancellationToken);
        if (orphans.Count == 0)
            return 0;

        var ids = orphans.ConvertAll(o => o.Id);
        var incidents = await context.AlertIncidents.Where(i => ids.Contains(i.Id)).ToDictionaryAsync(i => i.Id, cancellationToken);
        var thresholdIds = incidents.Values.Select(i => i.ThresholdId).OfType<long>().ToList();
        var thresholds = (await context.PerformanceAlertThresholds.Where(t => thresholdIds.Contains(t.Id)).ToListAsync(cancellationToken)).ConvertAll(ThresholdItem.From);
        var ruleIds = incidents.Values.Select(i => i.WindowRuleId).OfType<long>().ToList();
        var rules = (await context.AlertWindowRules.Where(r => ruleIds.Contains(r.Id)).ToListAsync(cancellationToken)).ConvertAll(WindowRuleItem.From);
        var now = time.GetUtcNow().UtcDateTime;
        var stored = await writer.StoreAsync(
            (NpgsqlConnection)context.Database.GetDbConnection(),
            orphans.ConvertAll(orphan =>
            {
                var incident = incidents[orphan.Id];
                return new PendingChange
                {
                    Incident = incident,
                    Kind = IncidentTransitionKind.Resolved,
                    IsCritical = incident.Severity == AlertSeverity.Critical,
                    At = now,
                    Threshold = thresholds.Append(deletedThreshold).FirstOrDefault(t => t?.Id == incident.ThresholdId),
                    WindowRule = rules.Append(deletedRule).FirstOrDefault(r => r?.Id == incident.WindowRuleId),
                    Comment = orphan.Reason,
                };
            }),
            cancellationToken);
        return stored.Count;
    }

    private sealed record Orphan(long Id, string Reason);
}
