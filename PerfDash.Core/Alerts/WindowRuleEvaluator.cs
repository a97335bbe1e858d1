using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core.Notifications;
using PerfDash.Core.Scheduling;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts;

/// <summary>
/// Looks at the windows of all window rules, each in a transaction and under a lock of its own: of two instances that look at
/// the same moment one does. It also ends incidents that no rule watches any more, however that came about.
/// </summary>
public sealed partial class WindowRuleEvaluator
{
    private readonly IDbContextFactory<PerfDashDbContext> _contexts;
    private readonly IncidentWriter _writer;
    private readonly OrphanedIncidents _orphans;
    private readonly AlertUpdates _updates;
    private readonly DeliverySignal _deliveries;
    private readonly TimeProvider _time;
    private readonly ILogger<WindowRuleEvaluator> _logger;

    internal WindowRuleEvaluator(
        IDbContextFactory<PerfDashDbContext> contexts,
        IncidentWriter writer,
        OrphanedIncidents orphans,
        AlertUpdates updates,
        DeliverySignal deliveries,
        TimeProvider time,
        ILogger<WindowRuleEvaluator> logger)
    {
        (_contexts, _writer, _orphans, _updates, _deliveries, _time, _logger) = (contexts, writer, orphans, updates, deliveries, time, logger);
    }

    /// <summary>One look; returns how many changes were stored. A rule that fails is logged and does not keep the others.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        List<long> ids;
        await using (var context = await _contexts.CreateDbContextAsync(cancellationToken))
            ids = await context.AlertWindowRules.Where(r => r.Enabled).OrderBy(r => r.Id).Select(r => r.Id).ToListAsync(cancellationToken);

        var changes = await InTransactionAsync(context => _orphans.ResolveAsync(context, null, null, cancellationToken), cancellationToken);
        foreach (var id in ids)
        {
            try
            {
                changes += await InTransactionAsync(context => LookAsync(context, id, cancellationToken), cancellationToken);
            }
            catch (Exception e) when (e is PostgresException { IsTransient: false } or InvalidCastException or FormatException or OverflowException)
            {
                LogFailed(id, e);
            }
        }

        if (changes > 0)
        {
            _updates.Publish();
            _deliveries.Wake();
        }

        return changes;
    }

    private async Task<int> InTransactionAsync(Func<PerfDashDbContext, Task<int>> step, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var changes = await step(context);
        await transaction.CommitAsync(cancellationToken);
        return changes;
    }

    private async Task<int> LookAsync(PerfDashDbContext context, long id, CancellationToken cancellationToken)
    {
        var isMine = await context.Database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock(hashtextextended('perfdash_window_rule', {id})) AS \"Value\"").SingleAsync(cancellationToken);
        if (!isMine)
            return 0;
        // Held still until the commit: who switches it off meanwhile waits, and then resolves what is opened here.
        var rule = await context.AlertWindowRules.FromSql($"SELECT * FROM alert_window_rules WHERE id = {id} AND enabled FOR SHARE").SingleOrDefaultAsync(cancellationToken);
        if (rule is null)
            return 0;
        var now = _time.GetUtcNow().UtcDateTime;
        if (await WindowValues.ReadAsync(context, rule, now, cancellationToken) is not { } value)
            return 0;

        var stored = await context.AlertIncidents.FirstOrDefaultAsync(i => i.WindowRuleId == id && i.State != IncidentState.Resolved, cancellationToken);
        var look = new JudgedJob(new RowPlace(now, 0), value, AlertLimits.Of(rule.Direction, rule.WarningThreshold, rule.CriticalThreshold).LevelOf(value), true);
        var open = stored is null ? null : new OpenIncident(stored.Id, new RowPlace(DateTime.MinValue, 0), stored.Severity == AlertSeverity.Critical);
        var transitions = IncidentTransitions.Judge([look], 1, open);
        if (transitions.Count == 0)
        {
            await context.AlertIncidents.Where(i => i.WindowRuleId == id && i.State != IncidentState.Resolved)
                .ExecuteUpdateAsync(set => set.SetProperty(i => i.LastValue, value).SetProperty(i => i.LastValueAt, now), cancellationToken);
            return 0;
        }

        var item = WindowRuleItem.Of(rule);
        var incident = stored ?? Opened(rule);
        var told = await _writer.StoreAsync(
            (NpgsqlConnection)context.Database.GetDbConnection(),
            [.. transitions.Select(t => new PendingChange { Incident = incident, Kind = t.Kind, IsCritical = t.IsCritical, At = now, Value = value, WindowRule = item })],
            cancellationToken);
        return told.Count;
    }

    private static AlertIncident Opened(AlertWindowRule rule) => new()
    {
        WindowRuleId = rule.Id,
        MetricName = rule.MetricName ?? rule.Kind,
        ScopeType = rule.ScopeType,
        ScopeId = rule.ScopeId,
        SubjectType = rule.ScopeType == AlertScope.Global ? AlertScope.Farm : rule.ScopeType,
        SubjectId = rule.ScopeId,
        Severity = AlertSeverity.Warning,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "Could not evaluate window rule {Id}; retrying at the next evaluation")]
    private partial void LogFailed(long id, Exception e);
}

/// <summary>Runs <see cref="WindowRuleEvaluator"/> on schedule.</summary>
public sealed class WindowRuleJob(IServiceProvider services, WindowRuleEvaluator evaluator) : ScheduledJob(services)
{
    /// <inheritdoc />
    protected override Task RunAsync(CancellationToken cancellationToken) => evaluator.RunAsync(cancellationToken);
}
