using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core.Alerts.Audit;
using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Scheduling;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.WindowRules;

/// <summary>
/// Evaluates all window rules, each in a transaction and under a lock of its own: of two instances that evaluate at
/// the same moment one does. It also ends incidents that no rule watches any more, however that came about.
/// </summary>
public sealed partial class WindowRuleEvaluator
{
    private readonly IDbContextFactory<PerfDashDbContext> _contexts;
    private readonly IncidentWriter _writer;
    private readonly OrphanedIncidents _orphans;
    private readonly AlertUpdates _updates;
    private readonly IIncidentChangeHandler _handler;
    private readonly TimeProvider _time;
    private readonly ILogger<WindowRuleEvaluator> _logger;
    private int _waiting;

    internal WindowRuleEvaluator(
        IDbContextFactory<PerfDashDbContext> contexts,
        IncidentWriter writer,
        OrphanedIncidents orphans,
        AlertUpdates updates,
        IIncidentChangeHandler handler,
        TimeProvider time,
        ILogger<WindowRuleEvaluator> logger)
    {
        (_contexts, _writer, _orphans, _updates, _handler, _time, _logger) = (contexts, writer, orphans, updates, handler, time, logger);
    }

    /// <summary>One evaluation; returns how many changes were stored. A rule that fails is logged and does not keep the others.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        List<long> ids;
        await using (var context = await _contexts.CreateDbContextAsync(cancellationToken))
            ids = await context.AlertWindowRules.Where(r => r.Enabled).OrderBy(r => r.Id).Select(r => r.Id).ToListAsync(cancellationToken);

        var waiting = 0;
        var changes = await InTransactionAsync(context => _orphans.ResolveAsync(context, null, null, cancellationToken), cancellationToken);
        foreach (var id in ids)
        {
            try
            {
                var (found, isWaiting) = await InTransactionAsync(context => EvaluateRuleAsync(context, id, cancellationToken), cancellationToken);
                changes += found;
                waiting += isWaiting ? 1 : 0;
            }
            catch (Exception e) when (e is PostgresException { IsTransient: false } or InvalidCastException or FormatException or OverflowException)
            {
                LogFailed(id, e);
            }
        }

        if (changes > 0)
            _handler.Publish();
        if (changes > 0 || waiting != _waiting)
            _updates.Publish();
        _waiting = waiting;

        return changes;
    }

    private async Task<T> InTransactionAsync<T>(Func<PerfDashDbContext, Task<T>> step, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var result = await step(context);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    private async Task<(int Changes, bool IsWaiting)> EvaluateRuleAsync(PerfDashDbContext context, long id, CancellationToken cancellationToken)
    {
        var isMine = await context.Database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock(hashtextextended('perfdash_window_rule', {id})) AS \"Value\"").SingleAsync(cancellationToken);
        if (!isMine)
            return (0, false);
        // Held still until the commit: who switches it off meanwhile waits, and then resolves what is opened here.
        var rule = await context.AlertWindowRules.FromSql($"SELECT * FROM alert_window_rules WHERE id = {id} AND enabled FOR SHARE").SingleOrDefaultAsync(cancellationToken);
        if (rule is null)
            return (0, false);
        var now = _time.GetUtcNow().UtcDateTime;
        var state = await context.AlertWindowEvaluations.AsTracking().SingleOrDefaultAsync(e => e.WindowRuleId == id, cancellationToken);
        if (state is null)
            context.Add(state = new AlertWindowEvaluation { WindowRuleId = id, EvaluatedUntil = DateTime.UnixEpoch });
        var reach = await WindowValues.ReachAsync(context, rule, now, cancellationToken);
        state.WaitingJobs = reach.WaitingJobs;
        // Never back: what late jobs change in the past was decided then. (A clock that was wrong does not hold the rule up.)
        var advances = reach.Until > state.EvaluatedUntil || ClockSkew.IsAhead(state.EvaluatedUntil, now);
        if (advances)
            state.EvaluatedUntil = reach.Until;
        // A completion that waits has completed: of silence nothing needs to be waited for.
        var changes = rule.Kind == WindowRuleKind.Silence
            ? await EvaluateAsync(context, rule, state, now, reach.LatestWaiting, cancellationToken)
            : advances ? await EvaluateAsync(context, rule, state, reach.Until, null, cancellationToken) : 0;
        await context.SaveChangesAsync(cancellationToken);
        return (changes, new WindowEvaluation(state.EvaluatedUntil, state.WaitingJobs, null).IsWaiting(now));
    }

    private async Task<int> EvaluateAsync(
        PerfDashDbContext context, AlertWindowRule rule, AlertWindowEvaluation state, DateTime until, DateTime? latestWaiting, CancellationToken cancellationToken)
    {
        var stored = await context.AlertIncidents.FirstOrDefaultAsync(i => i.WindowRuleId == rule.Id && i.State != IncidentState.Resolved, cancellationToken);
        if (await WindowValues.ReadAsync(context, rule, until, cancellationToken) is not { } value)
        {
            state.NoDataSince ??= until;
            return stored is not null && until - state.NoDataSince >= TimeSpan.FromMinutes(rule.WindowMinutes)
                ? await StoreAsync(context, [ResolvedWithoutData(stored, rule, until)], cancellationToken)
                : 0;
        }

        if (latestWaiting is { } latest)
            value = Math.Min(value, (until - latest).TotalMinutes);
        state.NoDataSince = null;
        var limits = AlertLimits.Create(rule.Direction, rule.WarningThreshold, rule.CriticalThreshold);
        var evaluated = new EvaluatedJob(new JobPosition(until, 0), value, limits.LevelOf(value), true);
        var open = stored is null ? null : new OpenIncident(stored.Id, new JobPosition(DateTime.MinValue, 0), stored.Severity == AlertSeverity.Critical);
        var transitions = IncidentTransitions.Evaluate([evaluated], 1, open);
        var worst = limits.Worse(stored?.WorstValue, value);
        if (transitions.Count == 0)
        {
            await context.AlertIncidents.Where(i => i.WindowRuleId == rule.Id && i.State != IncidentState.Resolved)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(i => i.LastValue, value).SetProperty(i => i.LastValueAt, until).SetProperty(i => i.WorstValue, worst), cancellationToken);
            return 0;
        }

        var item = WindowRuleItem.From(rule);
        var incident = stored ?? Opened(rule);
        incident.WorstValue = worst;
        return await StoreAsync(
            context,
            [.. transitions.Select(t => new PendingChange { Incident = incident, Kind = t.Kind, IsCritical = t.IsCritical, At = until, Value = value, WindowRule = item })],
            cancellationToken);
    }

    private async Task<int> StoreAsync(PerfDashDbContext context, IReadOnlyList<PendingChange> changes, CancellationToken cancellationToken) =>
        (await _writer.StoreAsync((NpgsqlConnection)context.Database.GetDbConnection(), changes, cancellationToken)).Count;

    /// <summary>An incident does not stay open for want of jobs: it ends when its window had too few of them for a window's length.</summary>
    private static PendingChange ResolvedWithoutData(AlertIncident incident, AlertWindowRule rule, DateTime at) => new()
    {
        Incident = incident,
        Kind = IncidentTransitionKind.Resolved,
        IsCritical = incident.Severity == AlertSeverity.Critical,
        At = at,
        WindowRule = WindowRuleItem.From(rule),
        Comment = $"No data for {AlertUnits.Duration(rule.WindowMinutes * 60_000d)}: "
            + (rule.MinimumJobs == 1 ? "the window had no job." : $"the window had fewer than {rule.MinimumJobs} jobs."),
    };

    private static AlertIncident Opened(AlertWindowRule rule) => new()
    {
        WindowRuleId = rule.Id,
        MetricName = WindowRuleKinds.Measured(rule.Kind, rule.MetricName)!,
        ScopeType = rule.ScopeType,
        ScopeId = rule.ScopeId,
        SubjectType = rule.ScopeType.ToSubject(),
        SubjectId = rule.ScopeId,
        Severity = AlertSeverity.Warning,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "Could not evaluate window rule {Id}; retrying at the next evaluation")]
    private partial void LogFailed(long id, Exception e);
}

/// <summary>Runs <see cref="WindowRuleEvaluator"/> on schedule.</summary>
public sealed class WindowRuleJob(IServiceProvider services, WindowRuleEvaluator evaluator) : ScheduledJob(services)
{
    protected override Task RunAsync(CancellationToken cancellationToken) => evaluator.RunAsync(cancellationToken);
}
