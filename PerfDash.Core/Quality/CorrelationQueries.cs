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

    /// <summary>Where there are more than <see cref="Binning.ExactJobs"/> jobs, names of parameters and scores are those of an even sample of so many.</summary>
    private const int NamedJobs = 10_000;

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
        var isLarge = await Binning.IsLargeAsync(context, where, cancellationToken);
        var asked = where.With("parameter", parameter).With("score", score);
        var (coefficients, points) = isLarge
            ? await OfManyAsync(context, asked, score, cancellationToken)
            : await OfFewAsync(context, asked, score, cancellationToken);
        var names = isLarge
            ? await GetNamesAsync(context, await SampleAsync(context, where, NamedJobs, cancellationToken), cancellationToken)
            : await GetNamesAsync(context, where, cancellationToken);
        return new Correlation
        {
            Parameter = parameter,
            Score = score,
            Count = coefficients.Count,
            Pearson = coefficients.Pearson,
            Spearman = coefficients.Spearman,
            Points = points,
            Parameters = Of(ParameterOrScore.Parameter),
            CategoricalParameters = Of(ParameterOrScore.Category),
            Scores = Of(ParameterOrScore.Score),
            Groups = Of(ParameterOrScore.Category).Contains(parameter)
                ? await GetGroupsAsync(context, where, parameter, score, cancellationToken)
                : [],
        };

        IReadOnlyList<string> Of(string kind) => [.. names.Where(n => n.Kind == kind).Select(n => n.Name).Order(StringComparer.Ordinal)];
    }

    /// <summary>Every pair is read; points are every so many of them in the order of job ids, whatever their values and times.</summary>
    private static async Task<(Coefficients Coefficients, IReadOnlyList<CorrelationPoint> Points)> OfFewAsync(
        PerfDashDbContext context, MetricCondition where, string score, CancellationToken cancellationToken)
    {
        var pairs = await where.QueryAsync<Pair>(
            context,
            $"""
            SELECT job_id, x::float8 AS x, x::text AS digits, (x - min(x) OVER ())::float8 AS above_least, dense_rank() OVER (ORDER BY x) AS place, y
            FROM ({Pairs(where, score)}) AS pairs ORDER BY job_id
            """,
            cancellationToken);
        var points = pairs.Count <= MaxPoints
            ? pairs
            : [.. pairs.Where((_, i) => (i + 1L) * MaxPoints / pairs.Count > (long)i * MaxPoints / pairs.Count)];
        return (
            Coefficients.Of([.. pairs.Select(p => p.AboveLeast)], [.. pairs.Select(p => p.Y)], [.. pairs.Select(_ => 1L)], [.. pairs.Select(p => (double)p.Place)]),
            points.ConvertAll(p => p.Point));
    }

    /// <summary>Equal pairs are counted where they are; points are an even sample by a hash of job ids.</summary>
    private static async Task<(Coefficients Coefficients, IReadOnlyList<CorrelationPoint> Points)> OfManyAsync(
        PerfDashDbContext context, MetricCondition where, string score, CancellationToken cancellationToken)
    {
        // Plan: idx_performance_metrics_figures and the jobs, both read once, joined by hash. What is read of each job is a JSON object.
        // As arrays: rows of so many would cost more than all the rest.
        var pairs = (await where.QueryAsync<PairCounts>(
            context,
            $"""
            SELECT array_agg((x - least)::float8) AS above_least, array_agg(place::float8) AS places, array_agg(y) AS y, array_agg(count) AS counts
            FROM (
                SELECT x, y, count, min(x) OVER () AS least, dense_rank() OVER (ORDER BY x) AS place
                FROM (SELECT x, y, count(*) AS count FROM ({Pairs(where, score)}) AS pairs GROUP BY x, y) AS counted
            ) AS placed
            """,
            cancellationToken)).Single();
        var coefficients = Coefficients.Of(pairs.AboveLeast ?? [], pairs.Y ?? [], pairs.Counts ?? [], pairs.Places ?? []);
        // Of jobs that have both; some more are drawn than are shown, so that chance does not leave too few.
        var sample = await SampleAsync(context, where, coefficients.Count == 0 ? 0 : MaxPoints * 5 / 4, cancellationToken, coefficients.Count);
        var points = await sample.QueryAsync<Pair>(
            context,
            $"""
            SELECT job_id, x::float8 AS x, x::text AS digits, 0::float8 AS above_least, 0::int8 AS place, y
            FROM ({Pairs(sample, score)}) AS pairs ORDER BY hashint8(job_id), job_id LIMIT {MaxPoints}
            """,
            cancellationToken);
        return (coefficients, [.. points.OrderBy(point => point.JobId).Select(point => point.Point)]);
    }

    /// <summary>The condition for about so many of its jobs, chosen evenly; <paramref name="of"/> says of how many, null of all.</summary>
    private static async Task<MetricCondition> SampleAsync(
        PerfDashDbContext context, MetricCondition where, int jobs, CancellationToken cancellationToken, long? of = null)
    {
        var all = of ?? (await where.QueryAsync<long>(
            context, $"""SELECT count(*) AS "Value" FROM performance_metrics AS m WHERE {where.Sql}""", cancellationToken)).Single();
        var chosen = await where.QueryAsync<long>(
            context,
            $"""SELECT m.job_id AS "Value" FROM performance_metrics AS m WHERE {where.Sql} AND mod(hashint8(m.job_id)::int8 & 2147483647, @step) = 0""",
            cancellationToken,
            ("step", jobs == 0 ? long.MaxValue : Math.Max(1, all / jobs)));
        return where.And("m.job_id = ANY(@chosen)", ("chosen", chosen.ToArray()));
    }

    /// <summary>
    /// Jobs that have both: <c>job_id</c>, <c>x</c> (NUMERIC: two seeds beyond 2^53 may be one double) and <c>y</c>. Takes <c>@parameter</c> and <c>@score</c>.
    /// </summary>
    private static string Pairs(MetricCondition where, string score) =>
        $"""
        SELECT job_id, x, y FROM (
            SELECT m.job_id, {JsonNumberSql.Numeric("j.parameters -> @parameter")} AS x, {KnownScores.Value(score)} AS y
            FROM performance_metrics AS m JOIN jobs AS j ON j.id = m.job_id WHERE {where.Sql} {DistributionSql.ReadOnce}
        ) AS read WHERE abs(x) <= {Largest} AND abs(y) <= {Largest}
        """;

    private static Task<List<ParameterOrScore>> GetNamesAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken) =>
        where.QueryAsync<ParameterOrScore>(
            context,
            $"""
            SELECT DISTINCT p.name, CASE jsonb_typeof(p.value) WHEN 'number' THEN '{ParameterOrScore.Parameter}' ELSE '{ParameterOrScore.Category}' END AS kind
            FROM performance_metrics AS m JOIN jobs AS j ON j.id = m.job_id CROSS JOIN LATERAL jsonb_each(
                CASE WHEN jsonb_typeof(j.parameters) = 'object' THEN j.parameters END) AS p(name, value)
            WHERE {where.Sql} AND jsonb_typeof(p.value) IN ('number', 'string', 'boolean')
            UNION ALL
            SELECT DISTINCT s.name, '{ParameterOrScore.Score}' FROM performance_metrics AS m {KnownScores.JsonJoin}
            WHERE {where.Sql} AND jsonb_typeof(s.value) = 'number'
            """,
            cancellationToken);

    private static Task<List<CorrelationGroup>> GetGroupsAsync(
        PerfDashDbContext context, MetricCondition where, string parameter, string score, CancellationToken cancellationToken) =>
        where.QueryAsync<CorrelationGroup>(
            context,
            $"""
            SELECT value, count(*) AS count, avg(y::numeric)::float8 AS avg FROM (
                SELECT j.parameters ->> @parameter AS value, {KnownScores.Value(score)} AS y
                FROM performance_metrics AS m JOIN jobs AS j ON j.id = m.job_id
                WHERE {where.Sql} AND jsonb_typeof(j.parameters -> @parameter) IN ('string', 'boolean')
            ) AS categories WHERE y IS NOT NULL GROUP BY value ORDER BY count(*) DESC, value COLLATE "C" LIMIT {MaxGroups}
            """,
            cancellationToken,
            ("parameter", parameter),
            ("score", score));

    private sealed record Pair(long JobId, double X, string Digits, double AboveLeast, long Place, double Y)
    {
        public CorrelationPoint Point => new(JobId, ExactNumber.From(X, Digits), Y);
    }

    private sealed record PairCounts(double[]? AboveLeast, double[]? Places, double[]? Y, long[]? Counts);

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

    /// <summary>The parameters that some job of the range has as a number; of more than 20,000 jobs, some job of an even sample of 10,000.</summary>
    public required IReadOnlyList<string> Parameters { get; init; }

    /// <summary>Those that some job has as text or as true or false.</summary>
    public required IReadOnlyList<string> CategoricalParameters { get; init; }

    /// <summary>The scores that some job of the range, or of that sample, has.</summary>
    public required IReadOnlyList<string> Scores { get; init; }

    /// <summary>Where the parameter is text, or true or false: the score by its value, most frequent first.</summary>
    public required IReadOnlyList<CorrelationGroup> Groups { get; init; }
}

/// <summary>One job.</summary>
/// <param name="JobId">The job.</param>
/// <param name="X">Its parameter.</param>
/// <param name="Y">Its score.</param>
public sealed record CorrelationPoint(long JobId, ExactNumber X, double Y);

/// <summary>The jobs that share a value of a parameter.</summary>
/// <param name="Value">The value, as text.</param>
/// <param name="Count">Jobs that have it and the score.</param>
/// <param name="Avg">Plain mean of their scores.</param>
public sealed record CorrelationGroup(string Value, long Count, double Avg);
