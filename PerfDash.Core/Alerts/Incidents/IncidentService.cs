using System.Globalization;
using Npgsql;
using PerfDash.Core.Access;
using PerfDash.Data.Access;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Incidents;

/// <summary>What people do with incidents.</summary>
public sealed class IncidentService
{
    private readonly IDbContextFactory<PerfDashDbContext> _contexts;
    private readonly AlertQueries _queries;
    private readonly AlertUpdates _updates;
    private readonly TimeProvider _time;

    internal IncidentService(IDbContextFactory<PerfDashDbContext> contexts, AlertQueries queries, AlertUpdates updates, TimeProvider time) =>
        (_contexts, _queries, _updates, _time) = (contexts, queries, updates, time);

    /// <summary>
    /// Says that somebody looks after an incident. Again is no error: who was first stays, and a comment is kept as an event.
    /// It stays acknowledged until it resolves, also when it escalates. One that is resolved is a conflict.
    /// </summary>
    public async Task<EditResult<AlertItem>> AcknowledgeAsync(long id, string? comment, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Editor);
        comment = string.IsNullOrWhiteSpace(comment) ? null : comment;
        Dictionary<string, string[]> errors = [];
        errors.RequireNote("comment", comment);
        if (errors.Count > 0)
            return EditResult<AlertItem>.Invalid(errors);

        await using (var context = await _contexts.CreateDbContextAsync(cancellationToken))
        {
            await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
            var incident = await context.AlertIncidents.FromSql($"SELECT * FROM alert_incidents WHERE id = {id} FOR UPDATE").AsTracking().SingleOrDefaultAsync(cancellationToken);
            if (incident is null)
                return EditResult<AlertItem>.Unknown();
            if (incident.State == IncidentState.Resolved)
                return EditResult<AlertItem>.Conflict();
            if (Apply(incident, comment, actor) is { } entry)
            {
                context.Add(entry);
                context.Add(actor.Audit($"alert_{entry.Event.ToText()}", id.ToString(CultureInfo.InvariantCulture), comment));
                await context.SaveChangesAsync(cancellationToken);
                await NotifyAsync(context, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                _updates.Publish();
            }
        }

        return await _queries.GetAsync(id, cancellationToken) is { } item ? EditResult<AlertItem>.Done(item) : EditResult<AlertItem>.Unknown();
    }

    private AlertIncidentEvent? Apply(AlertIncident incident, string? comment, Actor actor)
    {
        var isFirst = incident.State == IncidentState.Open;
        var now = _time.GetUtcNow().UtcDateTime;
        if (isFirst)
            (incident.State, incident.AcknowledgedAt, incident.AcknowledgedBy, incident.AcknowledgeComment) = (IncidentState.Acknowledged, now, actor.Name, comment);
        else if (comment is null || comment == incident.AcknowledgeComment)
            return null;
        return new AlertIncidentEvent
        {
            IncidentId = incident.Id,
            Event = isFirst ? IncidentEvent.Acknowledged : IncidentEvent.Commented,
            Severity = incident.Severity,
            At = now,
            Actor = actor.Name,
            Comment = comment,
        };
    }

    private static async Task NotifyAsync(PerfDashDbContext context, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch((NpgsqlConnection)context.Database.GetDbConnection()) { BatchCommands = { IncidentWriter.NotifyOthers() } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
