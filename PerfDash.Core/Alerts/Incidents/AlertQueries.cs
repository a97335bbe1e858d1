using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Incidents;

/// <summary>Which incidents a list holds. Null parts do not filter.</summary>
public sealed record AlertFilter
{
    /// <summary><c>open</c>, <c>acknowledged</c> or <c>resolved</c>.</summary>
    public IncidentState? State { get; init; }

    /// <summary><c>warning</c> or <c>critical</c>.</summary>
    public AlertSeverity? Severity { get; init; }

    /// <summary><c>workflow</c>, <c>worker</c> or <c>farm</c>.</summary>
    public AlertSubject? SubjectType { get; init; }

    /// <summary>The workflow or worker concerned.</summary>
    public long? SubjectId { get; init; }

    /// <summary>The threshold that found it.</summary>
    public long? ThresholdId { get; init; }

    /// <summary>The window rule that found it.</summary>
    public long? WindowRuleId { get; init; }

    /// <summary>Not resolved before this, UTC.</summary>
    public required DateTime From { get; init; }

    /// <summary>Opened before this, UTC; null: no bound.</summary>
    public DateTime? To { get; init; }
}

/// <summary>Incidents, what happened to them, and who changed the rules.</summary>
public sealed class AlertQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Rows in a page, at most.</summary>
    public const int MaxLimit = 1000;

    /// <summary>A page; null when <paramref name="cursor"/> is none. Incidents that overlap the filter's range, the latest opened first.</summary>
    public async Task<CursorPage<AlertItem>?> ListAsync(AlertFilter filter, int limit, string? cursor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var last = cursor is null ? null : MomentCursor.Read(cursor);
        if (cursor is not null && last is null)
            return null;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var query = context.AlertIncidents.Where(i => i.ResolvedAt == null || i.ResolvedAt >= filter.From);
        if (filter.To is { } to)
            query = query.Where(i => i.OpenedAt < to);
        if (filter.State is { } state)
            query = query.Where(i => i.State == state);
        if (filter.Severity is { } severity)
            query = query.Where(i => i.Severity == severity);
        if (filter.SubjectType is { } subjectType)
            query = query.Where(i => i.SubjectType == subjectType);
        if (filter.SubjectId is { } subjectId)
            query = query.Where(i => i.SubjectId == subjectId);
        if (filter.ThresholdId is { } thresholdId)
            query = query.Where(i => i.ThresholdId == thresholdId);
        if (filter.WindowRuleId is { } ruleId)
            query = query.Where(i => i.WindowRuleId == ruleId);
        if (last is { } l)
            query = query.Where(i => i.OpenedAt < l.At || (i.OpenedAt == l.At && i.Id < l.Id));
        var rows = await Named(context, query.OrderByDescending(i => i.OpenedAt).ThenByDescending(i => i.Id).Take(limit + 1)).ToListAsync(cancellationToken);
        rows.Sort((a, b) => (b.Incident.OpenedAt, b.Incident.Id).CompareTo((a.Incident.OpenedAt, a.Incident.Id)));
        var shown = rows.Count > limit ? rows[..limit] : rows;
        return new CursorPage<AlertItem>(
            shown.ConvertAll(r => AlertItem.From(r.Incident, r.SubjectName)),
            rows.Count > limit ? new MomentCursor(shown[^1].Incident.OpenedAt, shown[^1].Incident.Id).Write() : null);
    }

    /// <summary>How many are open or acknowledged, for a badge.</summary>
    public async Task<int> CountCurrentAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.AlertIncidents.CountAsync(i => i.State != IncidentState.Resolved, cancellationToken);
    }

    /// <summary>Those that are open or acknowledged, at most <paramref name="limit"/>: the critical ones first, of each kind the latest opened first.</summary>
    public async Task<IReadOnlyList<AlertItem>> GetCurrentAsync(int limit, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var current = context.AlertIncidents.Where(i => i.State != IncidentState.Resolved)
            .OrderBy(i => i.Severity == AlertSeverity.Critical ? 0 : 1).ThenByDescending(i => i.OpenedAt).ThenByDescending(i => i.Id).Take(limit);
        var rows = await Named(context, current).ToListAsync(cancellationToken);
        return [.. rows.OrderBy(r => r.Incident.Severity == AlertSeverity.Critical ? 0 : 1).ThenByDescending(r => r.Incident.OpenedAt).ThenByDescending(r => r.Incident.Id)
            .Select(r => AlertItem.From(r.Incident, r.SubjectName))];
    }

    /// <summary>One; null when there is none.</summary>
    public async Task<AlertItem?> GetAsync(long id, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await Named(context, context.AlertIncidents.Where(i => i.Id == id)).FirstOrDefaultAsync(cancellationToken) is { } row
            ? AlertItem.From(row.Incident, row.SubjectName)
            : null;
    }

    /// <summary>One with its events and deliveries; null when there is none.</summary>
    public async Task<AlertDetail?> GetDetailAsync(long id, CancellationToken cancellationToken)
    {
        if (await GetAsync(id, cancellationToken) is not { } alert)
            return null;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var threshold = await context.PerformanceAlertThresholds.FirstOrDefaultAsync(t => t.Id == alert.ThresholdId, cancellationToken);
        var rule = await context.AlertWindowRules.FirstOrDefaultAsync(r => r.Id == alert.WindowRuleId, cancellationToken);
        return new AlertDetail(
            alert,
            threshold is null ? null : ThresholdItem.From(threshold),
            rule is null ? null : WindowRuleItem.From(rule),
            await context.AlertIncidentEvents.Where(e => e.IncidentId == id).OrderBy(e => e.Id)
                .Select(e => new AlertEventItem(e.Id, e.Event, e.Severity, e.At, e.Value, e.JobId, e.Actor, e.Comment)).ToListAsync(cancellationToken),
            await (
                from delivery in context.NotificationDeliveries
                where delivery.IncidentId == id
                join channel in context.NotificationChannels on delivery.ChannelId equals channel.Id
                orderby delivery.Id
                select new AlertDeliveryItem(
                    delivery.Id, delivery.EventId, channel.Id, channel.Name, channel.Kind, delivery.State, delivery.Attempts,
                    delivery.State == DeliveryState.Pending ? delivery.NextAttemptAt : null, delivery.LastError, delivery.DeliveredAt)).ToListAsync(cancellationToken));
    }

    /// <summary>Who changed which rule, mute or channel; null when <paramref name="cursor"/> is none.</summary>
    public async Task<CursorPage<AlertAuditEntry>?> GetAuditAsync(RuleType? ruleType, long? ruleId, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var last = cursor is null ? null : MomentCursor.Read(cursor);
        if (cursor is not null && last is null)
            return null;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var query = context.AlertAudit.Where(a => (ruleType == null || a.RuleType == ruleType) && (ruleId == null || a.RuleId == ruleId));
        if (last is { } l)
            query = query.Where(a => a.Id < l.Id);
        var rows = await query.OrderByDescending(a => a.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var shown = rows.Count > limit ? rows[..limit] : rows;
        return new CursorPage<AlertAuditEntry>(shown, rows.Count > limit ? new MomentCursor(shown[^1].At, shown[^1].Id).Write() : null);
    }

    private static IQueryable<NamedIncident> Named(PerfDashDbContext context, IQueryable<AlertIncident> incidents) =>
        from incident in incidents
        select new NamedIncident
        {
            Incident = incident,
            SubjectName = incident.SubjectType == AlertSubject.Workflow
                ? context.Workflows.Where(w => w.Id == incident.SubjectId).Select(w => w.Name).FirstOrDefault()
                : incident.SubjectType == AlertSubject.Worker
                    ? context.Workers.Where(w => w.Id == incident.SubjectId).Select(w => w.Name).FirstOrDefault()
                    : null,
        };

    private sealed class NamedIncident
    {
        public required AlertIncident Incident { get; init; }

        public string? SubjectName { get; init; }
    }
}
