namespace PerfDash.Core.Quality;

/// <summary>The jobs behind a part of a scatter chart of a parameter against a score.</summary>
public sealed class RelationJobQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Jobs listed at most, the latest.</summary>
    public const int MostListed = 100;

    /// <summary>The jobs of the range whose parameter and score lie within <paramref name="area"/>, edges included.</summary>
    public async Task<RelationJobs> GetAsync(
        string parameter, string score, RelationArea area, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await where.QueryAsync<Row>(
            context,
            $"""
            SELECT r.job_id, r.created_at, w.name AS workflow_name, k.name AS worker_name, r.x::float8 AS x, r.x::text AS digits, r.y, count(*) OVER () AS total
            FROM (
                SELECT m.job_id, m.created_at, m.workflow_id, m.worker_id,
                       {JsonNumberSql.Numeric("j.parameters -> @parameter")} AS x, {JsonNumberSql.Float8("m.quality_scores_json -> @score")} AS y
                FROM scored_metrics AS m JOIN jobs AS j ON j.id = m.job_id WHERE {where.Sql} {DistributionSql.OptimizationFence}
            ) AS r JOIN {HostRows.Workflows} AS w ON w.id = r.workflow_id JOIN {HostRows.Workers} AS k ON k.id = r.worker_id
            WHERE r.x::float8 BETWEEN @x_from AND @x_to AND r.y BETWEEN @y_from AND @y_to
            ORDER BY r.created_at DESC, r.job_id DESC LIMIT {MostListed}
            """,
            cancellationToken,
            ("parameter", parameter),
            ("score", score),
            ("x_from", area.XFrom),
            ("x_to", area.XTo),
            ("y_from", area.YFrom),
            ("y_to", area.YTo));
        return new RelationJobs(
            rows.Count == 0 ? 0 : rows[0].Total,
            [.. rows.Select(r => new RelationJob(r.JobId, r.CreatedAt, r.WorkflowName, r.WorkerName, ExactNumber.From(r.X, r.Digits), r.Y))]);
    }

    private sealed record Row(long JobId, DateTime CreatedAt, string WorkflowName, string WorkerName, double X, string Digits, double Y, long Total);
}

/// <summary>A rectangle of a scatter chart: parameter along, score upwards.</summary>
public sealed record RelationArea(double XFrom, double XTo, double YFrom, double YTo);

/// <summary>Jobs in a rectangle.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Jobs">The latest of them, latest first.</param>
public sealed record RelationJobs(long Count, IReadOnlyList<RelationJob> Jobs);

/// <summary>One of them.</summary>
/// <param name="CreatedAt">When it completed, UTC.</param>
/// <param name="X">Its parameter.</param>
/// <param name="Y">Its score.</param>
public sealed record RelationJob(long JobId, DateTime CreatedAt, string WorkflowName, string WorkerName, ExactNumber X, double Y);
