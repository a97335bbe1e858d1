using System.Data;
using PerfDash.Core.Rollups;
using PerfDash.Core.Statistics;

namespace PerfDash.Core.Quality;

/// <summary>Which parameters move which scores.</summary>
public sealed class CorrelationQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Points of a scatter chart, at most.</summary>
    public const int MaxPoints = 2_000;

    /// <summary>Groups of a parameter that is no number, at most: the most frequent.</summary>
    public const int MaxGroups = 50;

    /// <summary>Jobs of a range, at most, that are all read; of more an even sample is.</summary>
    public const int MostJobs = 50_000;

    /// <summary>Jobs in the sample, about.</summary>
    public const int SampledJobs = 20_000;

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
        var jobs = await JobCounts.GetAsync(context, where, cancellationToken);
        var isSample = jobs > MostJobs;
        if (isSample)
            where = await EvenSample.OfAsync(context, where, SampledJobs, jobs, cancellationToken);
        var (coefficients, points) = await PairsAsync(context, where.With("parameter", parameter).With("score", score), score, cancellationToken);
        var names = await GetNamesAsync(context, where, cancellationToken);
        return new Correlation
        {
            Parameter = parameter,
            Score = score,
            Count = coefficients.Count,
            JobCount = jobs,
            IsSample = isSample,
            Pearson = coefficients.Pearson,
            PearsonInterval = CorrelationInterval.OfPearson(coefficients.Pearson, coefficients.Count),
            Spearman = coefficients.Spearman,
            SpearmanInterval = CorrelationInterval.OfSpearman(coefficients.Spearman, coefficients.Count),
            Points = points,
            Parameters = NamesOf(ParameterOrScore.Parameter),
            CategoricalParameters = NamesOf(ParameterOrScore.Category),
            Scores = NamesOf(ParameterOrScore.Score),
            Groups = NamesOf(ParameterOrScore.Category).Contains(parameter)
                ? await GetGroupsAsync(context, where, parameter, score, cancellationToken)
                : [],
        };

        IReadOnlyList<string> NamesOf(string kind) => [.. names.Where(n => n.Kind == kind).Select(n => n.Name).Order(StringComparer.Ordinal)];
    }

    /// <summary>Every pair is read; points are every so many of them in the order of job ids, whatever their values and times.</summary>
    private static async Task<(Coefficients Coefficients, IReadOnlyList<CorrelationPoint> Points)> PairsAsync(
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
            Coefficients.From([.. pairs.Select(p => p.AboveLeast)], [.. pairs.Select(p => p.Y)], [.. pairs.Select(_ => 1L)], [.. pairs.Select(p => (double)p.Place)]),
            points.ConvertAll(p => p.Point));
    }

    /// <summary>
    /// Jobs that have both: <c>job_id</c>, <c>x</c> (NUMERIC: two seeds beyond 2^53 may be one double) and <c>y</c>. Takes <c>@parameter</c> and <c>@score</c>.
    /// </summary>
    private static string Pairs(MetricCondition where, string score) =>
        $"""
        SELECT job_id, x, y FROM (
            SELECT m.job_id, {JsonNumberSql.Numeric("j.parameters -> @parameter")} AS x, {KnownScores.Value(score)} AS y
            FROM scored_metrics AS m JOIN jobs AS j ON j.id = m.job_id WHERE {where.Sql} {DistributionSql.OptimizationFence}
        ) AS read WHERE abs(x) <= {Largest} AND abs(y) <= {Largest}
        """;

    private static Task<List<ParameterOrScore>> GetNamesAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken) =>
        where.QueryAsync<ParameterOrScore>(
            context,
            $"""
            SELECT DISTINCT p.name, CASE jsonb_typeof(p.value) WHEN 'number' THEN '{ParameterOrScore.Parameter}' ELSE '{ParameterOrScore.Category}' END AS kind
            FROM scored_metrics AS m JOIN jobs AS j ON j.id = m.job_id CROSS JOIN LATERAL jsonb_each(
                CASE WHEN jsonb_typeof(j.parameters) = 'object' THEN j.parameters END) AS p(name, value)
            WHERE {where.Sql} AND jsonb_typeof(p.value) IN ('number', 'string', 'boolean')
            UNION ALL
            SELECT DISTINCT s.name, '{ParameterOrScore.Score}' FROM scored_metrics AS m {KnownScores.JsonJoin}
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
                FROM scored_metrics AS m JOIN jobs AS j ON j.id = m.job_id
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

    /// <summary>Jobs that have both as numbers, of the range or of the sample: n of the coefficients.</summary>
    public required long Count { get; init; }

    /// <summary>Jobs of the range.</summary>
    public required long JobCount { get; init; }

    /// <summary>Whether an even sample of the jobs was read, of more than <see cref="CorrelationQueries.MostJobs"/>.</summary>
    public required bool IsSample { get; init; }

    /// <summary>Pearson's r over those that have both, −1 to 1; null for fewer than two, or where one of both never changes.</summary>
    public required double? Pearson { get; init; }

    /// <summary>95 % interval of <see cref="Pearson"/>; null for fewer than four pairs.</summary>
    public required CorrelationInterval? PearsonInterval { get; init; }

    /// <summary>Spearman's rho, equal values sharing the mean of their ranks; null like <see cref="Pearson"/>.</summary>
    public required double? Spearman { get; init; }

    /// <summary>95 % interval of <see cref="Spearman"/>; null for fewer than four pairs.</summary>
    public required CorrelationInterval? SpearmanInterval { get; init; }

    /// <summary>The jobs, by id; evenly thinned out to <see cref="CorrelationQueries.MaxPoints"/> where there are more.</summary>
    public required IReadOnlyList<CorrelationPoint> Points { get; init; }

    /// <summary>The parameters that some job of the range, or of the sample, has as a number.</summary>
    public required IReadOnlyList<string> Parameters { get; init; }

    /// <summary>Those that some job has as text or as true or false.</summary>
    public required IReadOnlyList<string> CategoricalParameters { get; init; }

    /// <summary>The scores that some such job has.</summary>
    public required IReadOnlyList<string> Scores { get; init; }

    /// <summary>Where the parameter is text, or true or false: the score by its value, most frequent first.</summary>
    public required IReadOnlyList<CorrelationGroup> Groups { get; init; }
}

/// <summary>Where a coefficient of all such jobs lies, 19 times in 20.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record CorrelationInterval(double Low, double High)
{
    /// <summary>By Fisher's transformation.</summary>
    internal static CorrelationInterval? OfPearson(double? r, long count) => From(r, count, 1);

    /// <summary>Likewise, with the variance of Fieller, Hartley and Pearson (1957).</summary>
    internal static CorrelationInterval? OfSpearman(double? rho, long count) => From(rho, count, 1.06);

    private static CorrelationInterval? From(double? coefficient, long count, double variance)
    {
        if (coefficient is not { } r || count < 4)
            return null;
        var margin = 1.959964 * Math.Sqrt(variance / (count - 3));
        var z = Math.Atanh(Math.Clamp(r, -1 + 1e-15, 1 - 1e-15));
        return new CorrelationInterval(Math.Tanh(z - margin), Math.Tanh(z + margin));
    }
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
