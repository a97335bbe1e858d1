using Npgsql;
using PerfDash.Core.Jobs;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.WindowRules;

/// <summary>A value of a window rule in the past.</summary>
/// <param name="At">End of the window, UTC.</param>
/// <param name="Value">In the unit of the rule's limits; null where the window had too few jobs.</param>
internal readonly record struct WindowPoint(DateTime At, double? Value);

/// <summary>
/// The values a window rule would have had over a range. Windows are a twelfth of their length apart, at least as far as live
/// evaluations are; of silence, where every pause counts, the points are the ends of pauses.
/// </summary>
internal static class WindowHistory
{
    /// <summary>Jobs that are gone through, at most.</summary>
    public const int MaxJobs = 1_000_000;

    private static readonly TimeSpan ShortestStep = TimeSpan.FromSeconds(20);

    /// <summary>The points in order; null where the range holds more than <see cref="MaxJobs"/> jobs.</summary>
    public static async Task<IReadOnlyList<WindowPoint>?> ReadAsync(PerfDashDbContext context, AlertWindowRule rule, TimeRange range, CancellationToken cancellationToken)
    {
        if (rule.Kind == WindowRuleKind.Silence)
            return await PausesAsync(context, rule, range, cancellationToken);
        var window = TimeSpan.FromMinutes(rule.WindowMinutes);
        var jobs = await JobsAsync(context, rule, range with { From = range.From - window }, cancellationToken);
        if (jobs.Count > MaxJobs)
            return null;
        var step = window / 12 > ShortestStep ? window / 12 : ShortestStep;
        var points = new List<WindowPoint>();
        var (first, end) = (0, 0);
        for (var at = range.From.UtcDateTime + step; at <= range.To.UtcDateTime; at += step)
        {
            while (end < jobs.Count && jobs[end].At <= at)
                end++;
            while (first < end && jobs[first].At <= at - window)
                first++;
            points.Add(new WindowPoint(at, end - first < rule.MinimumJobs ? null : ValueOf(rule.Kind, jobs, first, end)));
        }

        return points;
    }

    private static double ValueOf(WindowRuleKind kind, List<(DateTime At, double Value)> jobs, int first, int end)
    {
        var values = jobs[first..end].ConvertAll(j => j.Value);
        if (kind != WindowRuleKind.P95)
            // At a 2^100th, which changes no digit: the sum of scores may be no double where their mean is one.
            return Math.ScaleB(values.Average(value => Math.ScaleB(value, -100)), 100);
        values.Sort();
        return Percentile(values, 0.95);
    }

    /// <summary>As PostgreSQL's <c>percentile_cont</c>.</summary>
    public static double Percentile(List<double> sorted, double share)
    {
        var place = share * (sorted.Count - 1);
        var below = (int)Math.Floor(place);
        return below + 1 < sorted.Count ? 2 * ((sorted[below] / 2) + ((place - below) * ((sorted[below + 1] / 2) - (sorted[below] / 2)))) : sorted[below];
    }

    // Of a share each job is worth 0 or 1.
    private static async Task<List<(DateTime At, double Value)>> JobsAsync(
        PerfDashDbContext context, AlertWindowRule rule, TimeRange range, CancellationToken cancellationToken)
    {
        var metric = AlertMetric.Read(rule.MetricName);
        var scope = WindowValues.ScopeOf(rule);
        var jobs = rule.Kind == WindowRuleKind.FailedShare
            ? $"""
               SELECT m.created_at AS at, 1::float8 AS value FROM {EndedJobs.NotCompleted} WHERE m.status = 'failed' AND m.created_at >= @from AND m.created_at < @to {scope}
               UNION ALL
               SELECT m.created_at, 0 FROM {EndedJobs.Completed} WHERE m.created_at >= @from AND m.created_at < @to {scope}
               """
            : $"SELECT m.created_at AS at, {metric!.Sql("@score")} AS value FROM scored_metrics AS m WHERE m.created_at >= @from AND m.created_at < @to {scope}";
        var sql = $"SELECT at, value FROM ({jobs}) AS j WHERE value IS NOT NULL ORDER BY at LIMIT {MaxJobs + 1}";
        var rows = await context.Database.SqlQueryRaw<Job>(sql, Parameters(rule, range, metric)).ToListAsync(cancellationToken);
        return rows.ConvertAll(r => (r.At, r.Value));
    }

    // Plan: completions by their moment, in order; only the pauses leave the database, the longest of them.
    private static async Task<IReadOnlyList<WindowPoint>> PausesAsync(PerfDashDbContext context, AlertWindowRule rule, TimeRange range, CancellationToken cancellationToken)
    {
        var scope = WindowValues.ScopeOf(rule);
        var sql =
            $"""
            SELECT at, value FROM (
                SELECT m.created_at AS at, extract(epoch FROM m.created_at - lag(m.created_at, 1, @from) OVER (ORDER BY m.created_at))::float8 / 60 AS value
                FROM (SELECT m.created_at FROM {EndedJobs.Completed} WHERE m.created_at >= @from AND m.created_at < @to {scope}
                      UNION ALL SELECT @to) AS m
            ) AS pauses
            WHERE value > 0 AND EXISTS (SELECT FROM {EndedJobs.Completed} WHERE m.created_at >= @from AND m.created_at < @to {scope})
            ORDER BY value DESC LIMIT {MaxJobs}
            """;
        var rows = await context.Database.SqlQueryRaw<Job>(
            sql,
            Parameters(rule, range, null)).ToListAsync(cancellationToken);
        return [.. rows.OrderBy(r => r.At).Select(r => new WindowPoint(r.At, r.Value))];
    }

    private static NpgsqlParameter[] Parameters(AlertWindowRule rule, TimeRange range, AlertMetric? metric) =>
    [
        new("from", range.From.UtcDateTime), new("to", range.To.UtcDateTime), new("scope", rule.ScopeId ?? 0), new("score", metric?.Score ?? ""),
    ];

    private sealed record Job(DateTime At, double Value);
}
