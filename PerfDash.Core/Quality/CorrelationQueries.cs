using System.Data;
using Microsoft.EntityFrameworkCore;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Core.Quality;

/// <summary>Which parameters move which scores.</summary>
public sealed class CorrelationQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Points of a scatter chart, at most.</summary>
    public const int MaxPoints = 2_000;

    /// <summary>Groups of a parameter that is no number, at most: the most frequent.</summary>
    public const int MaxGroups = 50;

    // The squares of greater numbers leave the range of a double.
    private const string Largest = "1e100";

    /// <summary>
    /// A job parameter against a score, over the jobs that have both as numbers (within ±1e100). Names that no job has
    /// are no error: the count is 0.
    /// </summary>
    public async Task<Correlation> GetAsync(
        string parameter, string score, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        // Equal values share the mean of the ranks they take up. Where all are equal there is no correlation; said by
        // least and greatest, because sums of equal fractions may differ by rounding.
        // Points: every so many jobs in the order of their ids, whatever their values and times.
        var rows = await where.QueryAsync<FiguresAndPoint>(
            context,
            $"""
            WITH pairs AS MATERIALIZED (
                SELECT job_id, x, y FROM (
                    SELECT m.job_id, {JsonNumberSql.Float8("j.parameters -> @parameter")} AS x, {JsonNumberSql.Float8("m.quality_scores_json -> @score")} AS y
                    FROM performance_metrics AS m JOIN jobs AS j ON j.id = m.job_id WHERE {where.Sql} {DistributionSql.ReadOnce}
                ) AS read WHERE abs(x) <= {Largest} AND abs(y) <= {Largest}
            ), ranked AS (
                SELECT x, y, rank() OVER (ORDER BY x) + (count(*) OVER (PARTITION BY x) - 1) / 2.0::float8 AS x_rank,
                       rank() OVER (ORDER BY y) + (count(*) OVER (PARTITION BY y) - 1) / 2.0::float8 AS y_rank
                FROM pairs
            ), figures AS (
                SELECT count(*) AS count,
                       CASE WHEN min(x) < max(x) AND min(y) < max(y) THEN corr(y, x) END AS pearson,
                       CASE WHEN min(x) < max(x) AND min(y) < max(y) THEN corr(y_rank, x_rank) END AS spearman
                FROM ranked
            ), numbered AS (
                SELECT job_id, x, y, row_number() OVER (ORDER BY job_id) AS number FROM pairs
            )
            SELECT f.count, f.pearson, f.spearman, n.job_id, n.x, n.y
            FROM figures AS f LEFT JOIN numbered AS n
              ON f.count <= {MaxPoints} OR n.number * {MaxPoints} / f.count > (n.number - 1) * {MaxPoints} / f.count
            ORDER BY n.job_id
            """,
            cancellationToken,
            ("parameter", parameter),
            ("score", score));
        var figures = rows[0];
        var names = await GetNamesAsync(context, where, cancellationToken);
        return new Correlation
        {
            Parameter = parameter,
            Score = score,
            Count = figures.Count,
            Pearson = figures.Pearson,
            Spearman = figures.Spearman,
            Points = [.. rows.Where(r => r.JobId is not null).Select(r => new CorrelationPoint(r.JobId!.Value, r.X!.Value, r.Y!.Value))],
            Parameters = Of(ParameterOrScore.Parameter),
            CategoricalParameters = Of(ParameterOrScore.Category),
            Scores = Of(ParameterOrScore.Score),
            Groups = Of(ParameterOrScore.Category).Contains(parameter)
                ? await GetGroupsAsync(context, where, parameter, score, cancellationToken)
                : [],
        };

        IReadOnlyList<string> Of(string kind) => [.. names.Where(n => n.Kind == kind).Select(n => n.Name).Order(StringComparer.Ordinal)];
    }

    private static Task<List<ParameterOrScore>> GetNamesAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken) =>
        where.QueryAsync<ParameterOrScore>(
            context,
            $"""
            SELECT DISTINCT p.name, CASE jsonb_typeof(p.value) WHEN 'number' THEN '{ParameterOrScore.Parameter}' ELSE '{ParameterOrScore.Category}' END AS kind
            FROM performance_metrics AS m JOIN jobs AS j ON j.id = m.job_id CROSS JOIN LATERAL jsonb_each(
                CASE WHEN jsonb_typeof(j.parameters) = 'object' THEN j.parameters END) AS p(name, value)
            WHERE {where.Sql} AND jsonb_typeof(p.value) IN ('number', 'string', 'boolean')
            UNION ALL
            SELECT DISTINCT s.name, '{ParameterOrScore.Score}' FROM performance_metrics AS m {SummarySql.ScoresJoin}
            WHERE {where.Sql} AND jsonb_typeof(s.value) = 'number'
            """,
            cancellationToken);

    private static Task<List<CorrelationGroup>> GetGroupsAsync(
        PerfDashDbContext context, MetricCondition where, string parameter, string score, CancellationToken cancellationToken) =>
        where.QueryAsync<CorrelationGroup>(
            context,
            $"""
            SELECT value, count(*) AS count, avg(y)::float8 AS avg FROM (
                SELECT j.parameters ->> @parameter AS value, {JsonNumberSql.Numeric("m.quality_scores_json -> @score")} AS y
                FROM performance_metrics AS m JOIN jobs AS j ON j.id = m.job_id
                WHERE {where.Sql} AND jsonb_typeof(j.parameters -> @parameter) IN ('string', 'boolean')
            ) AS categories WHERE y IS NOT NULL GROUP BY value ORDER BY count(*) DESC, value COLLATE "C" LIMIT {MaxGroups}
            """,
            cancellationToken,
            ("parameter", parameter),
            ("score", score));

    private sealed record FiguresAndPoint(long Count, double? Pearson, double? Spearman, long? JobId, double? X, double? Y);

    private sealed record ParameterOrScore(string Name, string Kind)
    {
        public const string Parameter = "parameter";
        public const string Category = "category";
        public const string Score = "score";
    }
}

/// <summary>A parameter against a score.</summary>
public sealed record Correlation
{
    /// <summary>Name of the job parameter.</summary>
    public required string Parameter { get; init; }

    /// <summary>Name of the score.</summary>
    public required string Score { get; init; }

    /// <summary>Jobs that have both as numbers.</summary>
    public required long Count { get; init; }

    /// <summary>Pearson's r over all of them, −1 to 1; null for fewer than two, or where one of both never changes.</summary>
    public required double? Pearson { get; init; }

    /// <summary>Spearman's rho over all of them, equal values sharing the mean of their ranks; null like <see cref="Pearson"/>.</summary>
    public required double? Spearman { get; init; }

    /// <summary>The jobs, by id; evenly thinned out to <see cref="CorrelationQueries.MaxPoints"/> where there are more.</summary>
    public required IReadOnlyList<CorrelationPoint> Points { get; init; }

    /// <summary>The parameters that some job of the range has as a number.</summary>
    public required IReadOnlyList<string> Parameters { get; init; }

    /// <summary>Those that some job has as text or as true or false.</summary>
    public required IReadOnlyList<string> CategoricalParameters { get; init; }

    /// <summary>The scores that some job of the range has.</summary>
    public required IReadOnlyList<string> Scores { get; init; }

    /// <summary>Where the parameter is text, or true or false: the score by its value, most frequent first.</summary>
    public required IReadOnlyList<CorrelationGroup> Groups { get; init; }
}

/// <summary>One job.</summary>
/// <param name="JobId">The job.</param>
/// <param name="X">Its parameter.</param>
/// <param name="Y">Its score.</param>
public sealed record CorrelationPoint(long JobId, double X, double Y);

/// <summary>The jobs that share a value of a parameter.</summary>
/// <param name="Value">The value, as text.</param>
/// <param name="Count">Jobs that have it and the score.</param>
/// <param name="Avg">Plain mean of their scores.</param>
public sealed record CorrelationGroup(string Value, long Count, double Avg);
