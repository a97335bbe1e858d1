using System.Globalization;
using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Core.Collection;
using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Alerts;

/// <summary>Short ways to thresholds, jobs at moments, and what was notified.</summary>
internal static class AlertRows
{
    public static readonly DateTime Noon = new(2026, 2, 18, 12, 0, 0, DateTimeKind.Utc);

    /// <summary>Empties the alert tables too, and makes workflows 1 to 3 and workers 1 to 5.</summary>
    public static async Task StartOverAsync(this TestDatabase database)
    {
        await database.ClearAsync();
        await database.ExecuteAsync(
            "TRUNCATE alert_incidents, alert_incident_events, alert_window_rules, alert_mutes, alert_audit, notification_deliveries, notification_channels RESTART IDENTITY CASCADE");
        await database.AddEntitiesAsync();
        database.Get<RuleCache>().Invalidate();
    }

    /// <summary>Inserts a threshold as a host would, in SQL.</summary>
    public static async Task<long> AddThresholdAsync(
        this TestDatabase database,
        float warning,
        float critical,
        string metric = "time_per_frame_ms",
        string scope = "global",
        long? scopeId = null,
        string direction = "above",
        int forJobs = 1,
        float? clear = null,
        bool enabled = true)
    {
        var id = await database.ScalarAsync<long>(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            INSERT INTO performance_alert_thresholds (metric_name, scope_type, scope_id, warning_threshold, critical_threshold, direction, for_jobs, clear_threshold, enabled)
            VALUES ('{metric}', '{scope}', {scopeId?.ToString(CultureInfo.InvariantCulture) ?? "NULL"}, {warning}, {critical}, '{direction}', {forJobs}, {clear?.ToString(CultureInfo.InvariantCulture) ?? "NULL"}, {enabled})
            RETURNING id
            """));
        database.Get<RuleCache>().Invalidate();
        return id;
    }

    /// <summary>Completes a job whose time per frame is given, so many seconds after noon.</summary>
    public static Task<long> AddJobAsync(this TestDatabase database, double second, double? timePerFrameMs, long workflow = 1, long worker = 1, string? scores = null) =>
        database.AddCompletedJobAsync(
            workflow,
            worker,
            string.Create(CultureInfo.InvariantCulture, $$"""{"time_per_frame_ms": {{timePerFrameMs?.ToString("R", CultureInfo.InvariantCulture) ?? "null"}}, "quality_scores": {{scores ?? "null"}}}"""),
            Noon.AddSeconds(second));

    /// <summary>Completes jobs one after the other, a second apart, each collected alone.</summary>
    public static async Task RunAsync(this TestDatabase database, params double?[] timesPerFrameMs)
    {
        var second = await database.CountAsync("jobs");
        foreach (var time in timesPerFrameMs)
        {
            await database.AddJobAsync(++second, time);
            await database.DrainAsync();
        }
    }

    /// <summary>Everything notified, in order: threshold, subject, change, severity, seconds after noon, value.</summary>
    public static Task<string> NotifiedAsync(this TestDatabase database) => database.ScalarAsync<string>(
        """
        SELECT COALESCE(string_agg(format('%s %s%s %s %s @%s=%s', i.threshold_id, CASE i.subject_type WHEN 'worker' THEN 'k' ELSE 'w' END, i.subject_id,
                                          e.event, e.severity, extract(epoch FROM e.at - '2026-02-18 12:00Z')::numeric::float8, e.value), E'\n' ORDER BY e.at, e.job_id, e.id), '')
        FROM alert_incident_events AS e JOIN alert_incidents AS i ON i.id = e.incident_id
        """);

    /// <summary>Every incident, by rule, subject and time.</summary>
    public static Task<string> IncidentsAsync(this TestDatabase database) => database.ScalarAsync<string>(
        """
        SELECT COALESCE(string_agg(format('%s %s%s %s %s %s/%s/%s value %s of job %s', threshold_id, CASE subject_type WHEN 'worker' THEN 'k' ELSE 'w' END, subject_id, severity, state,
                                          extract(epoch FROM opened_at)::numeric, extract(epoch FROM raised_at)::numeric, extract(epoch FROM resolved_at)::numeric, last_value, job_id),
                                   E'\n' ORDER BY threshold_id, subject_type, subject_id, opened_at), '')
        FROM alert_incidents
        """);

    /// <summary>The changes of one job after the other, as lines.</summary>
    public static string Lines(params string[] lines) => string.Join('\n', lines);

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static MetricCollector Collector(this TestDatabase database) => database.Get<MetricCollector>();
}
