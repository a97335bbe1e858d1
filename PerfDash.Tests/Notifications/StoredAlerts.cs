using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Tests.Notifications;

/// <summary>Writes incidents and their changes as the evaluation of rules does, each change with its deliveries in one transaction.</summary>
internal sealed class StoredAlerts(TestDatabase database, IServiceProvider services)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Workflows 1 to 40, whose incidents are not ended for want of a subject, and threshold 1 on the first one's time per frame.</summary>
    public static Task AddRuleAsync(TestDatabase database) => database.ExecuteAsync(
        """
        TRUNCATE workflows, performance_alert_thresholds, alert_incidents, notification_channels, alert_mutes, alert_audit RESTART IDENTITY CASCADE;
        INSERT INTO workflows (name) SELECT CASE i WHEN 1 THEN 'Portrait' ELSE 'Workflow ' || i END FROM generate_series(1, 40) AS i;
        INSERT INTO performance_alert_thresholds (metric_name, scope_type, scope_id, warning_threshold, critical_threshold, note)
        VALUES ('time_per_frame_ms', 'workflow', 1, 800, 1000.5, 'Ask Kim')
        """);

    /// <summary>An incident of its own subject; the opening is not yet notified.</summary>
    public Task<long> AddIncidentAsync(string severity = "warning", string metric = "time_per_frame_ms", long subject = 1, long threshold = 1) => database.ScalarAsync<long>(
        """
        INSERT INTO alert_incidents (threshold_id, metric_name, scope_type, scope_id, subject_type, subject_id, severity, opened_at, last_value, job_id)
        VALUES (@threshold, @metric, 'workflow', 1, 'workflow', @subject, @severity, now(), 812.5, 7) RETURNING id
        """,
        ("threshold", threshold),
        ("metric", metric),
        ("subject", subject),
        ("severity", severity));

    /// <summary>An incident that opens, notified.</summary>
    public async Task<long> OpenAsync(string severity = "warning", bool muted = false, string metric = "time_per_frame_ms", long subject = 1, long threshold = 1)
    {
        var incident = await AddIncidentAsync(severity, metric, subject, threshold);
        await NotifyAsync(incident, "opened", muted);
        return incident;
    }

    /// <summary>Stores a change of an incident and what is notified of it.</summary>
    public async Task NotifyAsync(long incident, string change, bool muted = false)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await services.GetRequiredService<IIncidentChangeHandler>().HandleAsync(connection, [await ChangeAsync(connection, incident, change, muted)], Cancel);
        await transaction.CommitAsync(Cancel);
    }

    private async Task<IncidentChange> ChangeAsync(NpgsqlConnection connection, long incident, string change, bool muted)
    {
        await using var command = new NpgsqlCommand(
            $"""
            UPDATE alert_incidents SET {(change switch { "raised" => "severity = 'critical', raised_at = now()", "resolved" => "state = 'resolved', resolved_at = now()", _ => "state = state" })} WHERE id = $1;
            INSERT INTO alert_incident_events (incident_id, event, severity, at, value) SELECT id, $2, severity, now(), 812.5 FROM alert_incidents WHERE id = $1 RETURNING id
            """,
            connection);
        command.CommandText = command.CommandText.Replace("$1", "@id", StringComparison.Ordinal).Replace("$2", "@event", StringComparison.Ordinal);
        command.Parameters.Add(new("id", incident));
        command.Parameters.Add(new("event", change));
        var eventId = (long)(await command.ExecuteScalarAsync(Cancel))!;
        await using var context = await database.ContextAsync();
        var rule = context.PerformanceAlertThresholds.Single(t => t.Id == 1);
        await using var read = new NpgsqlCommand("SELECT severity, state, subject_id FROM alert_incidents WHERE id = $1", connection) { Parameters = { new() { Value = incident } } };
        await using var row = await read.ExecuteReaderAsync(Cancel);
        await row.ReadAsync(Cancel);
        return new IncidentChange
        {
            Alert = new AlertItem
            {
                Id = incident,
                ThresholdId = 1,
                WindowRuleId = null,
                MetricName = "time_per_frame_ms",
                ScopeType = AlertScope.Workflow,
                ScopeId = 1,
                SubjectType = AlertSubject.Workflow,
                SubjectId = row.GetInt64(2),
                SubjectName = "Portrait <!channel> *7*",
                Severity = EnumText.Parse<AlertSeverity>(row.GetString(0)),
                State = EnumText.Parse<IncidentState>(row.GetString(1)),
                OpenedAt = DateTime.UnixEpoch,
                RaisedAt = null,
                ResolvedAt = null,
                AcknowledgedAt = null,
                AcknowledgedBy = null,
                AcknowledgeComment = null,
                OpenedValue = 812.5,
                WorstValue = 812.5,
                LastValue = 812.5,
                JobId = 7,
            },
            EventId = eventId,
            Event = EnumText.Parse<IncidentEvent>(change),
            At = DateTime.UnixEpoch,
            Value = 812.5,
            Threshold = ThresholdItem.From(rule),
            WorkflowName = "Portrait",
            WorkerName = "gpu-1",
            Muted = muted,
        };
    }
}
