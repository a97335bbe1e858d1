using Npgsql;
using NpgsqlTypes;
using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Incidents;

/// <summary>An incident that is open, and where.</summary>
internal sealed record StoredOpen(AlertIncident Incident, OpenIncident Open);

/// <summary>Reads what is known of incidents while a batch is evaluated.</summary>
internal static class StoredIncidents
{
    private static readonly string OpenedBy =
        $"LEFT JOIN LATERAL (SELECT e.job_id, e.at FROM alert_incident_events AS e WHERE e.incident_id = i.id AND e.event = {IncidentEvent.Opened.ToSql()} ORDER BY e.id LIMIT 1) AS o ON true";

    /// <summary>
    /// Waits until no other collector evaluates these subjects, and keeps others waiting until the caller's transaction ends; then
    /// reads what is open of these rules and subjects.
    /// </summary>
    public static async Task<Dictionary<AlertKey, StoredOpen>> LockAndReadOpenAsync(
        NpgsqlConnection connection, IReadOnlyCollection<AlertKey> keys, CancellationToken cancellationToken)
    {
        // In one order, so that two collectors wait for each other instead of deadlocking. The statements after it see what the
        // one waited for has committed. Longer than for rows of the host: only collectors hold these.
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SET LOCAL lock_timeout = '10s'"),
                new NpgsqlBatchCommand(
                    """
                    SELECT pg_advisory_xact_lock(key) FROM (
                        SELECT DISTINCT hashtextextended('perfdash_alerts ' || subject, 0) AS key FROM unnest($1) AS subject ORDER BY key
                    ) AS keys
                    """)
                {
                    Parameters = { new() { Value = keys.Select(k => $"{k.SubjectType.ToText()} {k.SubjectId}").Distinct().ToArray() } },
                },
                new NpgsqlBatchCommand(
                    $"""
                    SELECT i.id, i.threshold_id, i.metric_name, i.scope_type, i.scope_id, i.subject_type, i.subject_id, i.severity, i.state,
                           i.opened_at, i.raised_at, i.acknowledged_at, i.acknowledged_by, i.acknowledge_comment, i.last_value, i.last_value_at,
                           i.job_id, o.job_id, o.at, i.opened_value, i.worst_value
                    FROM alert_incidents AS i {OpenedBy}
                    WHERE i.state <> {IncidentState.Resolved.ToSql()} AND i.threshold_id = ANY($1)
                    """)
                {
                    Parameters = { new() { Value = keys.Select(k => k.ThresholdId).Distinct().ToArray() } },
                },
            },
        };
        var open = new Dictionary<AlertKey, StoredOpen>();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var incident = new AlertIncident
            {
                Id = reader.GetInt64(0),
                ThresholdId = reader.GetInt64(1),
                MetricName = reader.GetString(2),
                ScopeType = EnumText.Parse<AlertScope>(reader.GetString(3)),
                ScopeId = Number(4),
                SubjectType = EnumText.Parse<AlertSubject>(reader.GetString(5)),
                SubjectId = Number(6),
                Severity = EnumText.Parse<AlertSeverity>(reader.GetString(7)),
                State = EnumText.Parse<IncidentState>(reader.GetString(8)),
                OpenedAt = reader.GetDateTime(9),
                RaisedAt = Moment(10),
                AcknowledgedAt = Moment(11),
                AcknowledgedBy = Text(12),
                AcknowledgeComment = Text(13),
                OpenedValue = Value(19),
                WorstValue = Value(20),
                LastValue = Value(14),
                LastValueAt = Moment(15),
                JobId = Number(16),
            };
            open[new AlertKey(incident.ThresholdId.Value, incident.SubjectType == AlertSubject.Worker, incident.SubjectId ?? 0)] = new StoredOpen(
                incident,
                new OpenIncident(incident.Id, Start(incident.OpenedAt, Number(17), Moment(18)), incident.Severity == AlertSeverity.Critical));
        }

        return open;

        long? Number(int i) => reader.IsDBNull(i) ? null : reader.GetInt64(i);
        DateTime? Moment(int i) => reader.IsDBNull(i) ? null : reader.GetDateTime(i);
        string? Text(int i) => reader.IsDBNull(i) ? null : reader.GetString(i);
        double? Value(int i) => reader.IsDBNull(i) ? null : reader.GetDouble(i);
    }

    /// <summary>Stretches of resolved incidents that reach beyond a place of their row, each list in order.</summary>
    public static async Task<Dictionary<AlertKey, List<ResolvedIncident>>> ReadResolvedAsync(
        NpgsqlConnection connection, List<(AlertKey Key, JobPosition From)> keys, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT k.i, i.id, i.opened_at, o.job_id, o.at, i.resolved_at, r.job_id, i.last_value_at
            FROM unnest($1, $2, $3, $4, $5) AS k(i, threshold_id, subject_type, subject_id, at)
            JOIN alert_incidents AS i ON i.threshold_id = k.threshold_id AND i.subject_type = k.subject_type AND i.subject_id = k.subject_id
                                     AND i.state = {IncidentState.Resolved.ToSql()} AND i.resolved_at >= k.at
            {OpenedBy}
            LEFT JOIN LATERAL (SELECT e.job_id FROM alert_incident_events AS e WHERE e.incident_id = i.id AND e.event = {IncidentEvent.Resolved.ToSql()} ORDER BY e.id LIMIT 1) AS r ON true
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = Enumerable.Range(0, keys.Count).ToArray() },
                IncidentWriter.Column(NpgsqlDbType.Bigint, keys, k => k.Key.ThresholdId),
                IncidentWriter.Column(NpgsqlDbType.Text, keys, k => k.Key.SubjectType.ToText()),
                IncidentWriter.Column(NpgsqlDbType.Bigint, keys, k => k.Key.SubjectId),
                IncidentWriter.Column(NpgsqlDbType.TimestampTz, keys, k => k.From.At),
            },
        };
        var resolved = new Dictionary<AlertKey, List<ResolvedIncident>>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var key = keys[reader.GetInt32(0)].Key;
            var from = Start(reader.GetDateTime(2), Number(3), Moment(4));
            // One that an edit ended covers what was evaluated until then; the moment of the edit says nothing about jobs.
            var to = Number(6) is { } job ? new JobPosition(reader.GetDateTime(5), job) : new JobPosition(Moment(7) ?? from.At, long.MaxValue);
            if (!resolved.TryGetValue(key, out var list))
                resolved[key] = list = [];
            list.Add(new ResolvedIncident(reader.GetInt64(1), from, to));
        }

        foreach (var list in resolved.Values)
            list.Sort((a, b) => a.From.CompareTo(b.From));
        return resolved;

        long? Number(int i) => reader.IsDBNull(i) ? null : reader.GetInt64(i);
        DateTime? Moment(int i) => reader.IsDBNull(i) ? null : reader.GetDateTime(i);
    }

    // The job that opened it; where the incident turned out to have begun earlier, the first moment of that.
    private static JobPosition Start(DateTime openedAt, long? openedBy, DateTime? eventAt) =>
        new(openedAt, eventAt == openedAt && openedBy is { } job ? job : long.MinValue);
}
