namespace PerfDash.Core.Comparison.Changes;

/// <summary>Which parameters the sides of a comparison ran with.</summary>
public sealed class ComparedParameterQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Jobs of one side that are looked at, about: an even sample where there are more.</summary>
    public const int SampledJobs = 3_000;

    /// <summary>Every parameter that some job looked at sets to a number, a text or true or false.</summary>
    public async Task<IReadOnlyList<ComparedParameter>> GetAsync(IReadOnlyList<ComparedJobs> sides, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(ComparedJobs.Enclosing(sides), filter with { WorkflowId = null });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var counts = await where.QueryAsync<ValueCount>(
            context,
            $"""
            WITH {ComparedJobs.Table}, steps AS (
                SELECT s.side, (count(*) + {SampledJobs - 1}) / {SampledJobs} AS step
                FROM scored_metrics AS m {ComparedJobs.Join} WHERE {where.Sql} GROUP BY s.side
            ), chosen AS MATERIALIZED (
                SELECT s.side, m.job_id FROM scored_metrics AS m {ComparedJobs.Join} JOIN steps USING (side)
                WHERE {where.Sql} AND (steps.step = 1 OR mod(hashint8(m.job_id)::int8 & 2147483647, steps.step) = 0)
            )
            SELECT c.side, p.name, left(p.value #>> ARRAY[]::text[], 200) AS value, count(*) AS jobs
            FROM chosen AS c JOIN jobs AS j ON j.id = c.job_id CROSS JOIN LATERAL jsonb_each(
                CASE WHEN jsonb_typeof(j.parameters) = 'object' THEN j.parameters END) AS p(name, value)
            WHERE jsonb_typeof(p.value) IN ('number', 'string', 'boolean') GROUP BY 1, 2, 3
            """,
            cancellationToken,
            [.. ComparedJobs.Values(sides)]);
        return ComparedParameter.From(sides.Count, counts.Select(c => (c.Side, c.Name, c.Value, c.Jobs)));
    }

    private sealed record ValueCount(int Side, string Name, string Value, long Jobs);
}
