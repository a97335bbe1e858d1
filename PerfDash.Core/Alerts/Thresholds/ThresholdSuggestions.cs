using Npgsql;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Thresholds;

/// <summary>Limits taken from what was measured: p95 and p99, or p5 and p1 where low values are the bad ones.</summary>
public sealed class ThresholdSuggestions
{
    /// <summary>Jobs a workflow must have for its limits to be those of all: p95 and p99 of fewer are chance.</summary>
    public const int EnoughJobs = 20;

    private readonly IDbContextFactory<PerfDashDbContext> _contexts;
    private readonly AlertQueries _alerts;
    private readonly ThresholdService _thresholds;

    internal ThresholdSuggestions(IDbContextFactory<PerfDashDbContext> contexts, AlertQueries alerts, ThresholdService thresholds) =>
        (_contexts, _alerts, _thresholds) = (contexts, alerts, thresholds);

    /// <summary>Limits for a metric and scope from the jobs of a range.</summary>
    /// <param name="scopeType">Where they are to hold.</param>
    /// <param name="scopeId">The workflow or worker; null for global.</param>
    /// <param name="direction">On which side of the limits the bad values are.</param>
    /// <param name="range">Which jobs.</param>
    public async Task<EditResult<ThresholdSuggestion>> GetAsync(
        string? metricName, AlertScope? scopeType, long? scopeId, AlertDirection? direction, TimeRange range, CancellationToken cancellationToken)
    {
        Dictionary<string, string[]> errors = [];
        if (AlertMetric.Read(metricName) is not { } metric)
            return EditResult<ThresholdSuggestion>.Invalid(new() { ["metric_name"] = [RuleValidation.Metric] });
        errors.RequireScope(scopeType, scopeId);
        errors.RequireDirection(direction);
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        if (errors.Count == 0)
            await errors.RequireScopeExistsAsync(context, scopeType, scopeId, cancellationToken);
        if (errors.Count > 0)
            return EditResult<ThresholdSuggestion>.Invalid(errors);
        return EditResult<ThresholdSuggestion>.Done(scopeType == AlertScope.Global
            ? await MeasureWorkflowsAsync(context, metric, direction!.Value, range, cancellationToken)
            : await MeasureAsync(context, metric, scopeType!.Value, scopeId, direction!.Value, range, cancellationToken));
    }

    /// <summary>
    /// What would make an incident's situation the new normal: limits from what its subject has measured since it opened. For a
    /// global threshold that is a threshold of the workflow's own. Nothing is changed; the answer is to be sent as an edit.
    /// Null when there is no such incident, or it is a window rule's, or its threshold is deleted.
    /// </summary>
    public async Task<BaselineProposal?> BaselineAsync(long incidentId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await _alerts.GetAsync(incidentId, cancellationToken) is not { ThresholdId: { } thresholdId } alert
            || await _thresholds.GetAsync(thresholdId, cancellationToken) is not { } threshold
            || AlertMetric.Read(threshold.MetricName) is not { } metric)
        {
            return null;
        }

        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var range = new TimeRange(alert.OpenedAt, now > alert.OpenedAt ? now : new DateTimeOffset(alert.OpenedAt).AddTicks(10));
        var scope = alert.SubjectType.ToScope();
        var measured = await MeasureAsync(context, metric, scope, alert.SubjectId, threshold.Direction, range, cancellationToken);
        var isNew = threshold.ScopeType == AlertScope.Global;
        var proposed = ThresholdInput.From(threshold) with
        {
            ScopeType = scope,
            ScopeId = alert.SubjectId,
            WarningThreshold = measured.WarningThreshold ?? threshold.WarningThreshold,
            CriticalThreshold = measured.CriticalThreshold ?? threshold.CriticalThreshold,
            ClearThreshold = null,
        };
        return new BaselineProposal(isNew ? null : thresholdId, proposed, measured);
    }

    /// <summary>
    /// A global threshold watches every workflow by itself: each has limits of its own here, and the one limit for all is that of
    /// the workflow with the worst, among those with enough jobs.
    /// </summary>
    private static async Task<ThresholdSuggestion> MeasureWorkflowsAsync(
        PerfDashDbContext context, AlertMetric metric, AlertDirection direction, TimeRange range, CancellationToken cancellationToken)
    {
        var isBelow = direction == AlertDirection.Below;
        var sql =
            $"""
            SELECT v.workflow_id, w.name AS workflow_name, v.sample_size, v.warning, v.critical
            FROM (SELECT workflow_id, count(value) AS sample_size, percentile_cont(@warning) WITHIN GROUP (ORDER BY value) AS warning,
                         percentile_cont(@critical) WITHIN GROUP (ORDER BY value) AS critical
                  FROM (SELECT m.workflow_id, {metric.Sql("@score")} AS value FROM scored_metrics AS m WHERE m.created_at >= @from AND m.created_at < @to) AS m
                  WHERE value IS NOT NULL GROUP BY workflow_id) AS v
            LEFT JOIN workflows AS w ON w.id = v.workflow_id
            """;
        var rows = await context.Database.SqlQueryRaw<MeasuredWorkflow>(
            sql,
            Parameters(metric, null, isBelow, range)).ToListAsync(cancellationToken);
        List<WorkflowSuggestion> workflows =
        [
            .. from row in rows
               let limits = Limits(row.Warning, row.Critical, isBelow)
               where limits.Warning is not null
               orderby limits.Warning * (isBelow ? 1 : -1), row.WorkflowId
               select new WorkflowSuggestion(row.WorkflowId, row.WorkflowName, limits.Warning!.Value, limits.Critical!.Value, row.SampleSize),
        ];
        var worst = workflows.Find(w => w.SampleSize >= EnoughJobs) ?? workflows.FirstOrDefault();
        return new ThresholdSuggestion(
            metric.Name, AlertScope.Global, null, direction, worst?.WarningThreshold, worst?.CriticalThreshold, rows.Sum(r => r.SampleSize), range.From.UtcDateTime, range.To.UtcDateTime)
        {
            Workflows = workflows,
        };
    }

    private static NpgsqlParameter[] Parameters(AlertMetric metric, long? scopeId, bool isBelow, TimeRange range) =>
    [
        new("warning", isBelow ? 0.05 : 0.95), new("critical", isBelow ? 0.01 : 0.99), new("from", range.From.UtcDateTime), new("to", range.To.UtcDateTime),
        new("scope", scopeId ?? 0), new("score", metric.Score ?? ""),
    ];

    private static async Task<ThresholdSuggestion> MeasureAsync(
        PerfDashDbContext context, AlertMetric metric, AlertScope scopeType, long? scopeId, AlertDirection direction, TimeRange range, CancellationToken cancellationToken)
    {
        var scope = scopeType switch
        {
            AlertScope.Workflow => "AND m.workflow_id = @scope",
            AlertScope.Worker => "AND m.worker_id = @scope",
            _ => "",
        };
        var sql =
            $"""
            SELECT count(value) AS sample_size, percentile_cont(@warning) WITHIN GROUP (ORDER BY value) AS warning,
                   percentile_cont(@critical) WITHIN GROUP (ORDER BY value) AS critical
            FROM (SELECT {metric.Sql("@score")} AS value FROM scored_metrics AS m WHERE m.created_at >= @from AND m.created_at < @to {scope}) AS v
            """;
        var row = await context.Database.SqlQueryRaw<Measured>(
            sql, Parameters(metric, scopeId, direction == AlertDirection.Below, range)).SingleAsync(cancellationToken);
        var (warning, critical) = Limits(row.Warning, row.Critical, direction == AlertDirection.Below);
        return new ThresholdSuggestion(metric.Name, scopeType, scopeId, direction, warning, critical, row.SampleSize, range.From.UtcDateTime, range.To.UtcDateTime);
    }

    /// <summary>As REALs; where hardly anything varies the critical limit is set 5 % beyond the warning, for it must be worse.</summary>
    internal static (float? Warning, float? Critical) Limits(double? warning, double? critical, bool isBelow)
    {
        if (warning is not { } w || critical is not { } c || !float.IsFinite((float)w) || !float.IsFinite((float)c))
            return (null, null);
        var (limit, worse) = ((float)w, (float)c);
        if (isBelow ? worse < limit : worse > limit)
            return (limit, worse);
        var step = Math.Max(Math.Abs(limit) * 0.05f, 0.001f);
        return (limit, isBelow ? limit - step : limit + step);
    }

    private sealed record Measured(long SampleSize, double? Warning, double? Critical);

    private sealed record MeasuredWorkflow(long WorkflowId, string? WorkflowName, long SampleSize, double? Warning, double? Critical);
}

/// <summary>Limits taken from what was measured.</summary>
/// <param name="MetricName">The metric.</param>
/// <param name="ScopeType">Where it was measured.</param>
/// <param name="ScopeId">The workflow or worker; null for global.</param>
/// <param name="Direction"><c>above</c> or <c>below</c>.</param>
/// <param name="WarningThreshold">p95, or p5 for below, in the metric's unit; null without any job.</param>
/// <param name="CriticalThreshold">p99, or p1 for below; worse than the warning; null without any job.</param>
/// <param name="SampleSize">Jobs that have the value.</param>
/// <param name="From">First moment, UTC.</param>
/// <param name="To">The moment after the last, UTC.</param>
public sealed record ThresholdSuggestion(
    string MetricName, AlertScope ScopeType, long? ScopeId, AlertDirection Direction, float? WarningThreshold, float? CriticalThreshold, long SampleSize, DateTime From, DateTime To)
{
    /// <summary>Of a global threshold the limits of each workflow by itself, the worst first; the limits above are those of the first with enough jobs. Else empty.</summary>
    public IReadOnlyList<WorkflowSuggestion> Workflows { get; init; } = [];
}

/// <summary>Limits of one workflow.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="WorkflowName">Its name; null where its row is gone.</param>
/// <param name="WarningThreshold">p95 of its jobs, or p5 for below, in the metric's unit.</param>
/// <param name="CriticalThreshold">p99, or p1 for below; worse than the warning.</param>
/// <param name="SampleSize">Its jobs that have the value.</param>
public sealed record WorkflowSuggestion(long WorkflowId, string? WorkflowName, float WarningThreshold, float CriticalThreshold, long SampleSize);

/// <summary>How to make an incident's situation the new normal.</summary>
/// <param name="ThresholdId">The threshold to change; null: a new one is to be made.</param>
/// <param name="Threshold">What it is to be.</param>
/// <param name="Measured">What that rests on.</param>
public sealed record BaselineProposal(long? ThresholdId, ThresholdInput Threshold, ThresholdSuggestion Measured);
