using Npgsql;
using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Thresholds;

/// <summary>What a threshold would have found in history: the rules of <see cref="IncidentTransitions"/> over the recorded jobs.</summary>
public sealed class ThresholdBackTest
{
    /// <summary>Incidents listed; the count beside them is complete.</summary>
    public const int Listed = 500;

    /// <summary>Ids of breaching jobs listed with an incident; the count beside them is complete.</summary>
    public const int ListedJobs = 100;

    /// <summary>Jobs a back-test goes through, at most.</summary>
    public const int MaxJobs = 1_000_000;

    private readonly IDbContextFactory<PerfDashDbContext> _contexts;
    private readonly ThresholdService _thresholds;
    private readonly RuleCache _cache;

    internal ThresholdBackTest(IDbContextFactory<PerfDashDbContext> contexts, ThresholdService thresholds, RuleCache cache) =>
        (_contexts, _thresholds, _cache) = (contexts, thresholds, cache);

    /// <summary>Evaluates the jobs of a range, as if no alert had been open before it, beside the other thresholds as they are now.</summary>
    /// <param name="replaces">The stored threshold it would replace; null for none.</param>
    /// <param name="range">Which jobs.</param>
    public async Task<EditResult<BackTestResult>> RunAsync(ThresholdInput input, long? replaces, TimeRange range, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        var errors = await _thresholds.CheckAsync(input, cancellationToken);
        if (errors.Count > 0)
            return EditResult<BackTestResult>.Invalid(errors);

        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var rule = Candidate(input, replaces);
        var others = await _cache.ReadAsync(context, cancellationToken);
        var rules = new RuleSet(others.Rules.Where(r => r.Item.Id != replaces).Append(rule));
        var tally = new Tally(rule);
        await using (var command = Query(context, rule, rules, range))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                var value = reader.GetDouble(5);
                tally.Add(
                    reader.GetInt64(0),
                    new EvaluatedJob(new JobPosition(reader.GetDateTime(1), reader.GetInt64(2)), value, rule.Limits.LevelOf(value), true, reader.GetInt64(3), reader.GetInt64(4)));
            }
        }

        if (tally.JobCount > MaxJobs)
            return EditResult<BackTestResult>.Invalid(new() { ["from"] = [$"The range contains more than {MaxJobs} matching jobs. Choose a shorter range."] });
        tally.Close();
        var names = await NamesAsync(context, rule.ByWorker, cancellationToken);
        return EditResult<BackTestResult>.Done(new BackTestResult(
            range.From.UtcDateTime,
            range.To.UtcDateTime,
            tally.JobCount,
            tally.BreachingCount,
            tally.Incidents.Count,
            [.. tally.Incidents.OrderByDescending(i => i.OpenedAt).ThenByDescending(i => i.OpenedJobId).Take(Listed).Select(i => i with { SubjectName = names.GetValueOrDefault(i.SubjectId) })],
            [.. tally.Subjects.OrderByDescending(s => s.IncidentCount).ThenByDescending(s => s.BreachingJobCount).ThenBy(s => s.SubjectId)
                .Select(s => s with { SubjectName = names.GetValueOrDefault(s.SubjectId) })]));
    }

    private static AlertRule Candidate(ThresholdInput input, long? replaces) => AlertRule.Read(new()
    {
        Id = replaces ?? 0,
        MetricName = input.MetricName!,
        ScopeType = input.ScopeType!.Value,
        ScopeId = input.ScopeId,
        WarningThreshold = input.WarningThreshold!.Value,
        CriticalThreshold = input.CriticalThreshold!.Value,
        ClearThreshold = input.ClearThreshold,
        Direction = input.Direction!.Value,
        ForJobs = input.ForJobs,
        Enabled = true,
    }).Rule!;

    private static NpgsqlCommand Query(PerfDashDbContext context, AlertRule rule, RuleSet rules, TimeRange range)
    {
        var scope = rule.Item.ScopeType switch
        {
            AlertScope.Workflow => "m.workflow_id = @scope",
            AlertScope.Worker => "m.worker_id = @scope",
            _ => "m.workflow_id <> ALL (@workflows) AND m.worker_id <> ALL (@workers)",
        };
        var subject = rule.ByWorker ? "worker_id" : "workflow_id";
        context.Database.OpenConnection();
        return new NpgsqlCommand(
            $"""
            SELECT {subject}, created_at, job_id, workflow_id, worker_id, value FROM (
                SELECT m.created_at, m.job_id, m.workflow_id, m.worker_id, {rule.Metric.Sql("@score")} AS value FROM scored_metrics AS m
                WHERE m.created_at >= @from AND m.created_at < @to AND {scope}
            ) AS j WHERE value IS NOT NULL ORDER BY {subject}, created_at, job_id LIMIT {MaxJobs + 1}
            """,
            (NpgsqlConnection)context.Database.GetDbConnection())
        {
            Parameters =
            {
                new("from", range.From.UtcDateTime),
                new("to", range.To.UtcDateTime),
                new("scope", rule.Item.ScopeId ?? 0),
                new("score", rule.Metric.Score ?? ""),
                new("workflows", rules.ExcludedWorkflows(rule)),
                new("workers", rules.ExcludedWorkers(rule)),
            },
        };
    }

    private static async Task<Dictionary<long, string>> NamesAsync(PerfDashDbContext context, bool ofWorkers, CancellationToken cancellationToken) => ofWorkers
        ? await context.Workers.ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken)
        : await context.Workflows.ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken);

    private sealed class Tally(AlertRule rule)
    {
        private readonly List<EvaluatedJob> _row = [];
        private long _subject;

        public List<BackTestIncident> Incidents { get; } = [];

        public List<BackTestSubject> Subjects { get; } = [];

        public int JobCount { get; private set; }

        public int BreachingCount { get; private set; }

        public void Add(long subject, EvaluatedJob job)
        {
            if (subject != _subject)
                Close();
            _subject = subject;
            _row.Add(job);
            JobCount++;
            if (job.Level >= AlertLevel.Warning)
                BreachingCount++;
        }

        /// <summary>Evaluates the row of the subject that is complete.</summary>
        public void Close()
        {
            if (_row.Count == 0)
                return;
            var before = Incidents.Count;
            BackTestIncident? open = null;
            foreach (var change in IncidentTransitions.Evaluate(_row, rule.Item.ForJobs))
            {
                var (at, job) = change.Job.Position;
                if (change.Kind == IncidentTransitionKind.Opened)
                    open = new BackTestIncident { SubjectType = rule.ByWorker ? AlertSubject.Worker : AlertSubject.Workflow, SubjectId = _subject, OpenedAt = at, OpenedJobId = job };
                open = open! with { Severity = change.IsCritical ? AlertSeverity.Critical : AlertSeverity.Warning };
                if (change.Kind == IncidentTransitionKind.Escalated)
                    open = open with { RaisedAt = at, RaisedJobId = job };
                if (change.Kind == IncidentTransitionKind.Resolved)
                {
                    Incidents.Add(WithJobs(open with { ResolvedAt = at, ResolvedJobId = job }));
                    open = null;
                }
            }

            if (open is not null)
                Incidents.Add(WithJobs(open));
            var type = rule.ByWorker ? AlertSubject.Worker : AlertSubject.Workflow;
            Subjects.Add(new BackTestSubject(type, _subject, null, _row.Count, _row.Count(j => j.Level >= AlertLevel.Warning), Incidents.Count - before));
            _row.Clear();
        }

        private BackTestIncident WithJobs(BackTestIncident incident)
        {
            var first = _row.FindIndex(j => j.Position.JobId == incident.OpenedJobId) - rule.Item.ForJobs + 1;
            var last = incident.ResolvedJobId is { } resolved ? _row.FindIndex(first, j => j.Position.JobId == resolved) : _row.Count - 1;
            var breaching = _row[first..(last + 1)].FindAll(j => j.Level >= AlertLevel.Warning);
            return incident with
            {
                BreachingJobCount = breaching.Count,
                JobIds = [.. breaching.Take(ListedJobs).Select(j => j.Position.JobId)],
                WorstValue = rule.Limits.Below ? breaching.Min(j => j.Value) : breaching.Max(j => j.Value),
            };
        }
    }
}

/// <summary>What a threshold would have found.</summary>
/// <param name="From">First moment, UTC.</param>
/// <param name="To">The moment after the last, UTC.</param>
/// <param name="JobCount">Jobs it applies to that have the value.</param>
/// <param name="BreachingJobCount">Those at the warning limit or worse.</param>
/// <param name="IncidentCount">Incidents it would have opened.</param>
/// <param name="Items">The latest of them, newest first.</param>
/// <param name="Subjects">How often each workflow or worker would have fired, the most often first.</param>
public sealed record BackTestResult(
    DateTime From, DateTime To, int JobCount, int BreachingJobCount, int IncidentCount, IReadOnlyList<BackTestIncident> Items, IReadOnlyList<BackTestSubject> Subjects);

/// <summary>How often a threshold would have fired for one workflow or worker.</summary>
/// <param name="SubjectType"><c>workflow</c> or <c>worker</c>.</param>
/// <param name="SubjectId">The workflow or worker.</param>
/// <param name="SubjectName">Its name; null where its row is gone.</param>
/// <param name="JobCount">Its jobs that have the value.</param>
/// <param name="BreachingJobCount">Those at the warning limit or worse.</param>
/// <param name="IncidentCount">Incidents that would have opened.</param>
public sealed record BackTestSubject(AlertSubject SubjectType, long SubjectId, string? SubjectName, int JobCount, int BreachingJobCount, int IncidentCount);

/// <summary>An incident that would have been.</summary>
public sealed record BackTestIncident
{
    /// <summary><c>workflow</c> or <c>worker</c>.</summary>
    public required AlertSubject SubjectType { get; init; }

    /// <summary>The workflow or worker.</summary>
    public required long SubjectId { get; init; }

    /// <summary>Its name.</summary>
    public string? SubjectName { get; init; }

    /// <summary><c>warning</c> or <c>critical</c>: the worst it would have been.</summary>
    public AlertSeverity Severity { get; init; }

    /// <summary>Completion of the job that opens it, UTC.</summary>
    public required DateTime OpenedAt { get; init; }

    /// <summary>That job.</summary>
    public required long OpenedJobId { get; init; }

    /// <summary>Completion of the job that raises it, UTC; null where none does.</summary>
    public DateTime? RaisedAt { get; init; }

    /// <summary>That job, or null.</summary>
    public long? RaisedJobId { get; init; }

    /// <summary>Completion of the job that resolves it, UTC; null where it would still be open at the end.</summary>
    public DateTime? ResolvedAt { get; init; }

    /// <summary>That job, or null.</summary>
    public long? ResolvedJobId { get; init; }

    /// <summary>The worst value from its first breaching job to its end, in the metric's unit.</summary>
    public double WorstValue { get; init; }

    /// <summary>Breaching jobs from the first of the row that opens it to its end.</summary>
    public int BreachingJobCount { get; init; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<long> JobIds { get; init; } = [];
}
