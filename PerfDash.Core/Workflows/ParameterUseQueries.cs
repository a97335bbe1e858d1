namespace PerfDash.Core.Workflows;

/// <summary>Which parameters a workflow ran with, and how fast each value was.</summary>
public sealed class ParameterUseQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Jobs looked at, at most: the latest.</summary>
    public const int MaxJobs = 10_000;

    /// <summary>Parameters listed, at most: those of the most jobs.</summary>
    public const int MaxParameters = 40;

    /// <summary>Values listed of one parameter, at most: the most frequent.</summary>
    public const int MaxValues = 6;

    /// <summary>Characters shown of a value; longer ones are cut.</summary>
    public const int MaxValueLength = 120;

    /// <summary>The parameters of the workflow's latest <see cref="MaxJobs"/> jobs in the range, those of the most jobs first.</summary>
    /// <param name="filter">Which of its jobs; a workflow named here is ignored.</param>
    public async Task<ParameterUse> GetAsync(long workflowId, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter with { WorkflowId = workflowId });
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // A row without a name counts the jobs, so that one look at the table answers both.
        var rows = await where.QueryAsync<Row>(
            context,
            $"""
            WITH picked AS MATERIALIZED (
                SELECT j.parameters, {MetricSql.Time} AS time
                FROM (SELECT m.* FROM scored_metrics AS m WHERE {where.Sql} ORDER BY m.created_at DESC, m.job_id DESC LIMIT {MaxJobs}) AS m
                JOIN jobs AS j ON j.id = m.job_id
            ), used AS (
                SELECT p.name, left(coalesce(p.value #>> ARRAY[]::text[], 'null'), {MaxValueLength + 1}) AS value, time
                FROM picked CROSS JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(parameters) = 'object' THEN parameters END) AS p(name, value)
            ), counted AS (
                SELECT name, value, count(*) AS job_count, avg(time) AS avg_time_per_frame_ms,
                       row_number() OVER (PARTITION BY name ORDER BY count(*) DESC, value COLLATE "C") AS place,
                       count(*) OVER (PARTITION BY name) AS value_count,
                       (sum(count(*)) OVER (PARTITION BY name))::int8 AS parameter_job_count
                FROM used GROUP BY name, value
            )
            SELECT NULL AS name, NULL AS value, count(*) AS job_count, NULL::float8 AS avg_time_per_frame_ms, 0::int8 AS value_count, 0::int8 AS parameter_job_count
            FROM picked
            UNION ALL
            SELECT name, value, job_count, avg_time_per_frame_ms, value_count, parameter_job_count FROM counted WHERE place <= {MaxValues}
            """,
            cancellationToken);
        var parameters = rows.Where(r => r.Name is not null)
            .GroupBy(r => r.Name!, StringComparer.Ordinal)
            .OrderByDescending(g => g.First().ParameterJobCount).ThenBy(g => g.Key, StringComparer.Ordinal)
            .ToList();
        return new ParameterUse(
            rows.Single(r => r.Name is null).JobCount,
            parameters.Count,
            [
                .. parameters.Take(MaxParameters).Select(g => new UsedParameter(
                    g.Key, g.First().ParameterJobCount, g.First().ValueCount,
                    [.. g.OrderByDescending(r => r.JobCount).ThenBy(r => r.Value, StringComparer.Ordinal).Select(r => new UsedValue(r.Value!, r.JobCount, r.AvgTimePerFrameMs))])),
            ]);
    }

    private sealed record Row(string? Name, string? Value, long JobCount, double? AvgTimePerFrameMs, long ValueCount, long ParameterJobCount);
}

/// <summary>The parameters of some jobs.</summary>
/// <param name="JobCount">Jobs looked at; <see cref="ParameterUseQueries.MaxJobs"/> when there may have been more.</param>
/// <param name="ParameterCount">Parameters found.</param>
/// <param name="Parameters">Those of the most jobs, <see cref="ParameterUseQueries.MaxParameters"/> at most.</param>
public sealed record ParameterUse(long JobCount, int ParameterCount, IReadOnlyList<UsedParameter> Parameters);

/// <summary>One parameter.</summary>
/// <param name="JobCount">Jobs that set it.</param>
/// <param name="ValueCount">Different values among them; long values that begin alike count as one.</param>
/// <param name="Values">The most frequent, <see cref="ParameterUseQueries.MaxValues"/> at most.</param>
public sealed record UsedParameter(string Name, long JobCount, long ValueCount, IReadOnlyList<UsedValue> Values);

/// <summary>One value of a parameter.</summary>
/// <param name="Value">As text; JSON where it is an object or an array. One character longer than <see cref="ParameterUseQueries.MaxValueLength"/> where it was cut.</param>
/// <param name="JobCount">Jobs that ran with it.</param>
/// <param name="AvgTimePerFrameMs">Their mean milliseconds per frame; null where none has one.</param>
public sealed record UsedValue(string Value, long JobCount, double? AvgTimePerFrameMs);
