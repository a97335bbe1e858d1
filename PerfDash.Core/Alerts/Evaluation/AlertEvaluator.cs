using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Collection;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Evaluation;

/// <summary>
/// Evaluates the jobs of a batch by the thresholds, within the transaction that records them: a metric and the incident it
/// causes become true together. There is no table of streaks; the rows of jobs are asked, and only where a new job could
/// change something.
/// </summary>
internal sealed class AlertEvaluator(RuleCache cache, IncidentWriter writer, TimeProvider time)
{
    /// <summary>A job that completed so much before the latest evaluated job of its subject is recorded without alerts.</summary>
    public static readonly TimeSpan LatestArrival = TimeSpan.FromHours(24);

    private const int Attempts = 3;

    /// <summary>Evaluates them; returns the changes that were stored, for notifications after the commit.</summary>
    /// <param name="connection">In the transaction that recorded the jobs.</param>
    public async Task<IReadOnlyList<IncidentChange>> EvaluateAsync(
        NpgsqlConnection connection, IReadOnlyList<RecordedJob> jobs, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var rules = await cache.GetAsync(cancellationToken);
            var keys = JobsByKey(rules, jobs);
            if (keys.Count == 0)
                return [];
            var open = await StoredIncidents.LockAndReadOpenAsync(connection, keys.Keys, cancellationToken);
            var inQuestion = keys.Where(k => MayChange(open.GetValueOrDefault(k.Key)?.Open, k.Value.Jobs)).ToDictionary();
            // The rules may have changed since they were read: those that decide are held still until the commit.
            if (await HoldAsync(connection, inQuestion.Values, cancellationToken) || attempt == Attempts)
                return await EvaluateAsync(connection, rules, keys, inQuestion, open, [.. jobs.Where(j => !j.IsHistory).Select(j => j.JobId)], cancellationToken);
            cache.Invalidate();
        }
    }

    /// <summary>
    /// The jobs by rule and subject. History is not among them, nor what is dated in the future: it would be the latest of its
    /// subject until its moment comes, and what completes meanwhile would come too late.
    /// </summary>
    private Dictionary<AlertKey, KeyJobs> JobsByKey(RuleSet rules, IReadOnlyList<RecordedJob> jobs)
    {
        var keys = new Dictionary<AlertKey, KeyJobs>();
        if (rules.Rules.Count == 0)
            return keys;
        var latest = ClockSkew.Latest(time);
        foreach (var job in jobs)
        {
            if (job.IsHistory || job.CompletedAt > latest)
                continue;
            using var scores = rules.WatchesScores && job.Reading.QualityScoresJson is { } json ? JsonDocument.Parse(json) : null;
            foreach (var (metric, ofJob) in rules.For(job.WorkflowId, job.WorkerId))
            {
                if (metric.ValueOf(job.Reading, scores?.RootElement) is not { } value)
                    continue;
                foreach (var rule in ofJob)
                {
                    var key = new AlertKey(rule.Item.Id, rule.ByWorker, rule.ByWorker ? job.WorkerId : job.WorkflowId);
                    if (!keys.TryGetValue(key, out var entry))
                        keys[key] = entry = new KeyJobs(rule, []);
                    entry.Jobs.Add(new EvaluatedJob(
                        new JobPosition(job.CompletedAt, job.JobId), value, rule.Limits.LevelOf(value), true, job.WorkflowId, job.WorkerId));
                }
            }
        }

        return keys;
    }

    /// <summary>False where the new jobs, whatever their row is, cannot open, escalate or resolve anything.</summary>
    private static bool MayChange(OpenIncident? open, List<EvaluatedJob> jobs) => open is null
        ? jobs.Exists(j => j.Level >= AlertLevel.Warning)
        : jobs.Exists(j => j.Level == AlertLevel.Clear
            || (j.Level == AlertLevel.Critical && !open.IsCritical)
            || (j.Level >= AlertLevel.Warning && j.Position < open.From));

    private static async Task<bool> HoldAsync(NpgsqlConnection connection, IReadOnlyCollection<KeyJobs> inQuestion, CancellationToken cancellationToken)
    {
        var rules = inQuestion.Select(k => k.Rule.Item).DistinctBy(r => r.Id).OrderBy(r => r.Id).ToList();
        if (rules.Count == 0)
            return true;
        await using var command = new NpgsqlCommand(
            """
            SELECT t.id FROM performance_alert_thresholds AS t JOIN unnest($1, $2) AS known(id, updated_at) USING (id)
            WHERE t.enabled AND t.updated_at = known.updated_at
            ORDER BY t.id FOR SHARE OF t
            """,
            connection)
        {
            Parameters =
            {
                IncidentWriter.Column(NpgsqlDbType.Bigint, rules, r => r.Id),
                IncidentWriter.Column(NpgsqlDbType.TimestampTz, rules, r => r.UpdatedAt),
            },
        };
        var held = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            held++;
        return held == rules.Count;
    }

    private async Task<IReadOnlyList<IncidentChange>> EvaluateAsync(
        NpgsqlConnection connection,
        RuleSet rules,
        Dictionary<AlertKey, KeyJobs> keys,
        Dictionary<AlertKey, KeyJobs> inQuestion,
        Dictionary<AlertKey, StoredOpen> open,
        long[] evaluatedNow,
        CancellationToken cancellationToken)
    {
        var values = new Dictionary<long, AlertIncident>();
        var earlier = new List<(long Id, DateTime OpenedAt)>();
        var changes = new List<PendingChange>();
        foreach (var (key, entry) in keys)
        {
            if (open.TryGetValue(key, out var stored) && !inQuestion.ContainsKey(key))
            {
                Worsen(stored.Incident, entry.Rule, entry.Jobs, stored.Open.From, entry.Jobs.Max(j => j.Position));
                Note(stored.Incident, entry.Jobs.MaxBy(j => j.Position));
            }
        }

        if (inQuestion.Count > 0)
        {
            var rows = await SubjectJobHistory.ReadAsync(connection, Requests(rules, inQuestion), evaluatedNow, cancellationToken);
            var found = inQuestion.Select(k => (k.Key, k.Value, Row: RowOf(k.Value, rows[SourceOf(k.Key, k.Value.Rule)]))).Where(k => k.Row.Count > 0).ToList();
            var resolved = await StoredIncidents.ReadResolvedAsync(connection, found.ConvertAll(k => (k.Key, k.Row[0].Position)), cancellationToken);
            foreach (var (key, entry, row) in found)
            {
                var stored = open.GetValueOrDefault(key);
                var transitions = IncidentTransitions.Evaluate(row, entry.Rule.Item.ForJobs, stored?.Open, resolved.GetValueOrDefault(key));
                earlier.AddRange(transitions.Where(t => t.Kind == IncidentTransitionKind.BeganEarlier).Select(t => (t.IncidentId!.Value, t.Job.Position.At)));
                var last = Pending(key, entry.Rule, row, transitions, stored, changes);
                if (last is not null)
                    Note(last, row[^1]);
            }
        }

        await UpdateAsync(connection, values, earlier, cancellationToken);
        changes.Sort((a, b) => a.At.CompareTo(b.At) is var byTime and not 0 ? byTime : Nullable.Compare(a.JobId, b.JobId));
        return await writer.StoreAsync(connection, changes, cancellationToken);

        void Note(AlertIncident incident, EvaluatedJob job)
        {
            if (!(incident.LastValueAt > job.Position.At))
                (incident.LastValue, incident.LastValueAt) = (job.Value, job.Position.At);
            if (incident.Id > 0)
                values[incident.Id] = incident;
        }
    }

    /// <summary>Adds the changes of one key; returns the incident that is current after them, or null.</summary>
    private static AlertIncident? Pending(
        AlertKey key, AlertRule rule, List<EvaluatedJob> row, IReadOnlyList<IncidentTransition> transitions, StoredOpen? stored, List<PendingChange> changes)
    {
        var current = stored?.Incident;
        var from = stored?.Open.From ?? default;
        var isOpen = current is not null;
        foreach (var transition in transitions)
        {
            if (transition.Kind == IncidentTransitionKind.BeganEarlier)
            {
                if (transition.IncidentId == stored?.Open.Id)
                    from = transition.Job.Position;
                continue;
            }

            if (transition.Kind == IncidentTransitionKind.Opened)
                from = row[Math.Max(0, row.FindIndex(j => j.Position == transition.Job.Position) - rule.Item.ForJobs + 1)].Position;
            current = transition switch
            {
                { Kind: IncidentTransitionKind.Opened } => Opened(key, rule),
                { IncidentId: null } => current,
                _ => stored!.Incident,
            };
            changes.Add(new PendingChange
            {
                Incident = current!,
                Kind = transition.Kind,
                IsCritical = transition.IsCritical,
                At = transition.Job.Position.At,
                Value = transition.Job.Value,
                JobId = transition.Job.Position.JobId,
                WorkflowId = transition.Job.WorkflowId,
                WorkerId = transition.Job.WorkerId,
                Threshold = rule.Item,
            });
            isOpen = transition.Kind != IncidentTransitionKind.Resolved;
            if (!isOpen)
                Worsen(current!, rule, row, from, transition.Job.Position);
        }

        if (!isOpen)
            return null;
        Worsen(current!, rule, row, from, row[^1].Position);
        return current;
    }

    private static void Worsen(AlertIncident incident, AlertRule rule, List<EvaluatedJob> row, JobPosition from, JobPosition to) =>
        incident.WorstValue = row.Where(j => from <= j.Position && j.Position <= to).Aggregate(incident.WorstValue, (worst, j) => rule.Limits.Worse(worst, j.Value));

    private static AlertIncident Opened(AlertKey key, AlertRule rule) => new()
    {
        ThresholdId = key.ThresholdId,
        MetricName = rule.Item.MetricName,
        ScopeType = rule.Item.ScopeType,
        ScopeId = rule.Item.ScopeId,
        SubjectType = key.SubjectType,
        SubjectId = key.SubjectId,
        Severity = AlertSeverity.Warning,
    };

    private static IReadOnlyCollection<RowRequest> Requests(RuleSet rules, Dictionary<AlertKey, KeyJobs> inQuestion) =>
    [
        .. inQuestion.GroupBy(k => SourceOf(k.Key, k.Value.Rule)).Select(group => new RowRequest(
            group.Key,
            group.First().Value.Jobs.Min(j => j.Position),
            group.Max(k => k.Value.Rule.Item.ForJobs) - 1,
            rules.ExcludedWorkers(group.First().Value.Rule))),
    ];

    private static RowSource SourceOf(AlertKey key, AlertRule rule) =>
        new(key.ByWorker, key.SubjectId, rule.Metric, rule.Item.ScopeType == AlertScope.Global);

    /// <summary>The jobs evaluated before and the new ones, in order.</summary>
    private static List<EvaluatedJob> RowOf(KeyJobs entry, List<SubjectJob> before)
    {
        // Where the row was cut, what is new before the cut comes too late.
        var isCut = before.Count >= SubjectJobHistory.MaxRows;
        var (earliest, latest) = before.Count == 0 ? (DateTime.MinValue, DateTime.MinValue) : (before[0].Position.At, before[^1].Position.At);
        var row = new List<EvaluatedJob>(before.Count + entry.Jobs.Count);
        row.AddRange(before.Select(j => new EvaluatedJob(j.Position, j.Value, entry.Rule.Limits.LevelOf(j.Value), false, j.WorkflowId, j.WorkerId)));
        row.AddRange(entry.Jobs.Where(j => !isCut || j.Position.At >= earliest).Select(j => j with { IsNew = latest - j.Position.At <= LatestArrival }));
        if (before.Count > 0 || entry.Jobs.Count > 1)
            row.Sort((a, b) => a.Position.CompareTo(b.Position));
        return row;
    }

    private static async Task UpdateAsync(
        NpgsqlConnection connection,
        Dictionary<long, AlertIncident> values,
        List<(long Id, DateTime OpenedAt)> earlier,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (values.Count > 0)
        {
            var rows = values.Values.OrderBy(i => i.Id).ToList();
            batch.BatchCommands.Add(new(
                $"""
                UPDATE alert_incidents AS i SET last_value = v.value, last_value_at = v.at, worst_value = v.worst
                FROM unnest($1, $2, $3, $4) AS v(id, value, at, worst)
                WHERE i.id = v.id AND i.state <> {IncidentState.Resolved.ToSql()} AND (i.last_value_at IS NULL OR i.last_value_at <= v.at)
                """)
            {
                Parameters =
                {
                    IncidentWriter.Column(NpgsqlDbType.Bigint, rows, i => i.Id),
                    IncidentWriter.Column(NpgsqlDbType.Double, rows, i => i.LastValue),
                    IncidentWriter.Column(NpgsqlDbType.TimestampTz, rows, i => i.LastValueAt),
                    IncidentWriter.Column(NpgsqlDbType.Double, rows, i => i.WorstValue),
                },
            });
        }

        if (earlier.Count > 0)
        {
            batch.BatchCommands.Add(new(
                "UPDATE alert_incidents AS i SET opened_at = LEAST(i.opened_at, v.at) FROM unnest($1, $2) AS v(id, at) WHERE i.id = v.id")
            {
                Parameters =
                {
                    IncidentWriter.Column(NpgsqlDbType.Bigint, earlier, r => r.Id),
                    IncidentWriter.Column(NpgsqlDbType.TimestampTz, earlier, r => r.OpenedAt),
                },
            });
        }

        if (batch.BatchCommands.Count > 0)
            await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed record KeyJobs(AlertRule Rule, List<EvaluatedJob> Jobs);
}
