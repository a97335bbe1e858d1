using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Core.Messaging;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Incidents;

/// <summary>A change to store and to send notifications about.</summary>
internal sealed record PendingChange
{
    /// <summary>As it was before the first of its changes; id 0 for a new one. Several changes may share it.</summary>
    public required AlertIncident Incident { get; init; }

    /// <summary>Opened, escalated or resolved.</summary>
    public required IncidentTransitionKind Kind { get; init; }

    /// <summary>Severity after it.</summary>
    public required bool IsCritical { get; init; }

    /// <summary>The moment that decides, UTC.</summary>
    public required DateTime At { get; init; }

    public double? Value { get; init; }

    public long? JobId { get; init; }

    public long? WorkflowId { get; init; }

    public long? WorkerId { get; init; }

    public ThresholdItem? Threshold { get; init; }

    public WindowRuleItem? WindowRule { get; init; }

    public string? Comment { get; init; }

    public string? Actor { get; init; }
}

/// <summary>Stores changes of incidents with their events, and has them handled, within the caller's transaction.</summary>
internal sealed class IncidentWriter(IIncidentChangeHandler handler, TimeProvider time)
{
    /// <summary>Stores the changes in the given order.</summary>
    /// <returns>What was stored; a change of an incident that somebody else resolved meanwhile is left out.</returns>
    public async Task<IReadOnlyList<IncidentChange>> StoreAsync(
        NpgsqlConnection connection, IReadOnlyList<PendingChange> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
            return [];
        var incidents = changes.Select(c => c.Incident).Distinct().ToList();
        var created = incidents.FindAll(i => i.Id == 0);
        var known = await FactsAsync(connection, changes, created.Count, cancellationToken);
        for (var i = 0; i < created.Count; i++)
            created[i].Id = known.IncidentIds[i];

        var stored = new List<IncidentChange>(changes.Count);
        for (var i = 0; i < changes.Count; i++)
        {
            Apply(changes[i]);
            stored.Add(Change(changes[i], known, known.EventIds[i]));
        }

        var missing = await WriteIncidentsAsync(connection, created, incidents.Except(created).ToList(), cancellationToken);
        var pairs = changes.Zip(stored).Where(pair => !missing.Contains(pair.First.Incident.Id)).ToList();
        await WriteEventsAsync(connection, pairs, cancellationToken);
        stored = pairs.ConvertAll(pair => pair.Second);
        await handler.HandleAsync(connection, stored, cancellationToken);
        return stored;
    }

    private static void Apply(PendingChange change)
    {
        var incident = change.Incident;
        incident.Severity = change.IsCritical ? AlertSeverity.Critical : AlertSeverity.Warning;
        switch (change.Kind)
        {
            case IncidentTransitionKind.Opened:
                (incident.OpenedAt, incident.OpenedValue) = (change.At, change.Value);
                incident.JobId = change.JobId;
                break;
            case IncidentTransitionKind.Escalated:
                incident.RaisedAt = change.At;
                incident.JobId = change.JobId ?? incident.JobId;
                break;
            default:
                incident.State = IncidentState.Resolved;
                incident.ResolvedAt = change.At;
                break;
        }

        if (change.Value is { } value && (incident.LastValueAt is not { } last || last <= change.At))
            (incident.LastValue, incident.LastValueAt) = (value, change.At);
    }

    private static IncidentChange Change(PendingChange change, Facts known, long eventId) => new()
    {
        Alert = AlertItem.From(change.Incident, known.NameOf(change.Incident.SubjectType, change.Incident.SubjectId)),
        EventId = eventId,
        Event = EventOf(change.Kind),
        At = change.At,
        Value = change.Value,
        Comment = change.Comment,
        Threshold = change.Threshold,
        WindowRule = change.WindowRule,
        WorkflowName = known.NameOf(AlertSubject.Workflow, change.WorkflowId),
        WorkerName = known.NameOf(AlertSubject.Worker, change.WorkerId),
        Muted = (change.Threshold?.MutedUntil ?? change.WindowRule?.MutedUntil) > known.Now || known.IsMuted(change.Incident),
    };

    private static IncidentEvent EventOf(IncidentTransitionKind kind) => kind switch
    {
        IncidentTransitionKind.Opened => IncidentEvent.Opened,
        IncidentTransitionKind.Escalated => IncidentEvent.Raised,
        _ => IncidentEvent.Resolved,
    };

    // One round trip: keys for what is written, the active mutes, and the names for messages.
    private async Task<Facts> FactsAsync(NpgsqlConnection connection, IReadOnlyList<PendingChange> changes, int incidents, CancellationToken cancellationToken)
    {
        var facts = new Facts(time.GetUtcNow().UtcDateTime);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Command("SELECT nextval(pg_get_serial_sequence('alert_incidents', 'id')) FROM generate_series(1, $1)", incidents),
                Command("SELECT nextval(pg_get_serial_sequence('alert_incident_events', 'id')) FROM generate_series(1, $1)", changes.Count),
                Command("SELECT scope_type, scope_id FROM alert_mutes WHERE until > $1", facts.Now),
                Command(
                    $"SELECT {AlertSubject.Workflow.ToSql()}, id, name FROM {HostRows.Workflows} AS w WHERE id = ANY($1) UNION ALL SELECT {AlertSubject.Worker.ToSql()}, id, name FROM {HostRows.Workers} AS k WHERE id = ANY($2)",
                    Ids(AlertSubject.Workflow, c => c.WorkflowId),
                    Ids(AlertSubject.Worker, c => c.WorkerId)),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            facts.IncidentIds.Add(reader.GetInt64(0));
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            facts.EventIds.Add(reader.GetInt64(0));
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            facts.Mutes.Add((EnumText.Parse<AlertScope>(reader.GetString(0)), reader.IsDBNull(1) ? null : reader.GetInt64(1)));
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            facts.Names[(EnumText.Parse<AlertSubject>(reader.GetString(0)), reader.GetInt64(1))] = reader.GetString(2);
        return facts;

        long[] Ids(AlertSubject type, Func<PendingChange, long?> ofJob) =>
            [.. changes.Select(ofJob).Concat(changes.Where(c => c.Incident.SubjectType == type).Select(c => c.Incident.SubjectId)).OfType<long>().Distinct()];
    }

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return command;
    }

    /// <summary>Returns the keys of those that were to be changed but are resolved already.</summary>
    private static async Task<HashSet<long>> WriteIncidentsAsync(
        NpgsqlConnection connection, List<AlertIncident> created, List<AlertIncident> changed, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        // First, for one may resolve and another of the same key open in one go. An acknowledgement made meanwhile stays.
        batch.BatchCommands.Add(Write(
            $"""
            UPDATE alert_incidents AS i
            SET severity = v.severity, state = CASE WHEN v.state = {IncidentState.Resolved.ToSql()} THEN v.state ELSE i.state END, raised_at = v.raised_at,
                resolved_at = v.resolved_at, last_value = v.last_value, last_value_at = v.last_value_at, job_id = v.job_id, worst_value = v.worst_value
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                AS v(id, severity, state, opened_at, raised_at, resolved_at, last_value, last_value_at, job_id, opened_value, worst_value)
            WHERE i.id = v.id AND i.state <> {IncidentState.Resolved.ToSql()}
            RETURNING i.id
            """,
            changed));
        if (created.Count > 0)
        {
            var insert = Write(
                """
                INSERT INTO alert_incidents (id, severity, state, opened_at, raised_at, resolved_at, last_value, last_value_at, job_id, opened_value, worst_value,
                                             threshold_id, window_rule_id, metric_name, scope_type, scope_id, subject_type, subject_id)
                OVERRIDING SYSTEM VALUE
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
                """,
                created);
            insert.Parameters.Add(Column(NpgsqlDbType.Bigint, created, i => i.ThresholdId));
            insert.Parameters.Add(Column(NpgsqlDbType.Bigint, created, i => i.WindowRuleId));
            insert.Parameters.Add(Column(NpgsqlDbType.Text, created, i => i.MetricName));
            insert.Parameters.Add(Column(NpgsqlDbType.Text, created, i => i.ScopeType.ToText()));
            insert.Parameters.Add(Column(NpgsqlDbType.Bigint, created, i => i.ScopeId));
            insert.Parameters.Add(Column(NpgsqlDbType.Text, created, i => i.SubjectType.ToText()));
            insert.Parameters.Add(Column(NpgsqlDbType.Bigint, created, i => i.SubjectId));
            batch.BatchCommands.Add(insert);
        }

        var missing = changed.Select(i => i.Id).ToHashSet();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            missing.Remove(reader.GetInt64(0));
        return missing;
    }

    private static NpgsqlBatchCommand Write(string sql, List<AlertIncident> incidents) => new(sql)
    {
        Parameters =
        {
            Column(NpgsqlDbType.Bigint, incidents, i => i.Id),
            Column(NpgsqlDbType.Text, incidents, i => i.Severity.ToText()),
            Column(NpgsqlDbType.Text, incidents, i => i.State.ToText()),
            Column(NpgsqlDbType.TimestampTz, incidents, i => i.OpenedAt),
            Column(NpgsqlDbType.TimestampTz, incidents, i => i.RaisedAt),
            Column(NpgsqlDbType.TimestampTz, incidents, i => i.ResolvedAt),
            Column(NpgsqlDbType.Double, incidents, i => i.LastValue),
            Column(NpgsqlDbType.TimestampTz, incidents, i => i.LastValueAt),
            Column(NpgsqlDbType.Bigint, incidents, i => i.JobId),
            Column(NpgsqlDbType.Double, incidents, i => i.OpenedValue),
            Column(NpgsqlDbType.Double, incidents, i => i.WorstValue),
        },
    };

    private static async Task WriteEventsAsync(
        NpgsqlConnection connection, List<(PendingChange Change, IncidentChange Stored)> pairs, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(
                    """
                    INSERT INTO alert_incident_events (id, incident_id, event, severity, at, value, job_id, actor, comment)
                    OVERRIDING SYSTEM VALUE
                    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
                    """)
                {
                    Parameters =
                    {
                        Column(NpgsqlDbType.Bigint, pairs, p => p.Stored.EventId),
                        Column(NpgsqlDbType.Bigint, pairs, p => p.Stored.Alert.Id),
                        Column(NpgsqlDbType.Text, pairs, p => p.Stored.Event.ToText()),
                        Column(NpgsqlDbType.Text, pairs, p => p.Stored.Alert.Severity.ToText()),
                        Column(NpgsqlDbType.TimestampTz, pairs, p => p.Stored.At),
                        Column(NpgsqlDbType.Double, pairs, p => p.Stored.Value),
                        Column(NpgsqlDbType.Bigint, pairs, p => p.Change.JobId),
                        Column(NpgsqlDbType.Text, pairs, p => p.Change.Actor),
                        Column(NpgsqlDbType.Text, pairs, p => p.Change.Comment),
                    },
                },
                NotifyOthers(),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Notifies the other instances, with the caller's commit. A full queue would refuse the commit: then they learn of it by asking.</summary>
    public static NpgsqlBatchCommand NotifyOthers() => Command(
        string.Create(CultureInfo.InvariantCulture, $"SELECT pg_notify('{AlertUpdates.NotifyChannel}', $1) WHERE pg_notification_queue_usage() < 0.5"),
        LiveUpdates.InstanceId);

    internal static NpgsqlParameter Column<TRow, T>(NpgsqlDbType type, List<TRow> rows, Func<TRow, T> value) =>
        new() { Value = rows.ConvertAll(r => value(r)), NpgsqlDbType = NpgsqlDbType.Array | type };

    private sealed record Facts(DateTime Now)
    {
        public List<long> IncidentIds { get; } = [];

        public List<long> EventIds { get; } = [];

        public List<(AlertScope Type, long? Id)> Mutes { get; } = [];

        public Dictionary<(AlertSubject Type, long Id), string> Names { get; } = [];

        public string? NameOf(AlertSubject type, long? id) => id is { } key ? Names.GetValueOrDefault((type, key)) : null;

        /// <summary>A mute covers the rules of its scope and the incidents that concern it.</summary>
        public bool IsMuted(AlertIncident incident) => Mutes.Exists(m =>
            m.Type == AlertScope.Global
            || (m.Type == incident.ScopeType && m.Id == incident.ScopeId)
            || (m.Type == incident.SubjectType.ToScope() && m.Id == incident.SubjectId));
    }
}
