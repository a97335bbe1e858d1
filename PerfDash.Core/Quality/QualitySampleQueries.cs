using System.Data;
using System.Text.Json;
using PerfDash.Core.Rollups;

namespace PerfDash.Core.Quality;

/// <summary>An even sample of scored jobs with everything they were asked and everything they came to.</summary>
public sealed class QualitySampleQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    public const int MostJobs = 500;

    /// <summary>Jobs of the range that have scores: all of them, or an even sample that is the same each time.</summary>
    public async Task<QualitySample> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        // Of many jobs the scored ones of a sample are counted: reading the scores of all would take longest.
        var all = await JobCounts.GetAsync(context, where, cancellationToken);
        var isLarge = all > CorrelationQueries.MostJobs;
        where = isLarge ? await EvenSample.OfAsync(context, where, CorrelationQueries.SampledJobs, all, cancellationToken) : where;
        var count = (await where.QueryAsync<long>(
            context, $"""SELECT count(*) AS "Value" FROM scored_metrics AS m WHERE {where.Sql} AND m.quality_scores_json IS NOT NULL""", cancellationToken)).Single();
        // The hash stands in for chance.
        var rows = await where.QueryAsync<Row>(
            context,
            $"""
            SELECT c.job_id, c.workflow_id, w.name AS workflow_name, c.scores, j.parameters::text AS parameters
            FROM (
                SELECT m.job_id, m.workflow_id, m.quality_scores_json::text AS scores, hashint8(m.job_id)::int8 & 2147483647 AS place
                FROM scored_metrics AS m WHERE {where.Sql} AND m.quality_scores_json IS NOT NULL
                ORDER BY place, m.job_id LIMIT {MostJobs}
            ) AS c JOIN jobs AS j ON j.id = c.job_id JOIN {HostRows.Workflows} AS w ON w.id = c.workflow_id ORDER BY c.job_id
            """,
            cancellationToken);
        return new QualitySample(count, isLarge ? all : null, [.. rows.Select(r => new SampledJob(r.JobId, r.WorkflowId, r.WorkflowName, Read(r.Parameters), Read(r.Scores)))]);
    }

    /// <summary>Numbers, texts and truths of an object by name; the rest is left out.</summary>
    private static Dictionary<string, SampledValue> Read(string? json)
    {
        Dictionary<string, SampledValue> values = new(StringComparer.Ordinal);
        if (json is null)
            return values;
        using var document = JsonDocument.Parse(json, StoredJson.AnyDepth);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return values;
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetDouble(out var number) && double.IsFinite(number))
                values[property.Name] = new SampledValue(number, property.Value.GetRawText());
            else if (property.Value.ValueKind is JsonValueKind.String or JsonValueKind.True or JsonValueKind.False)
                values[property.Name] = new SampledValue(null, property.Value.ToString());
        }

        return values;
    }

    private sealed record Row(long JobId, long WorkflowId, string WorkflowName, string? Scores, string? Parameters);
}

/// <summary>A sample of scored jobs.</summary>
/// <param name="Count">Jobs that have scores, of the range or of the jobs that were looked at.</param>
/// <param name="OfJobs">All jobs of the range, where an even sample of <see cref="CorrelationQueries.SampledJobs"/> of them was looked at; else null.</param>
/// <param name="Jobs">The sample, by job id.</param>
public sealed record QualitySample(long Count, long? OfJobs, IReadOnlyList<SampledJob> Jobs);

/// <summary>One job of it.</summary>
/// <param name="WorkflowName">The workflow's name.</param>
/// <param name="Parameters">What it was asked, by name.</param>
/// <param name="Scores">What it came to, by name.</param>
public sealed record SampledJob(
    long JobId, long WorkflowId, string WorkflowName, IReadOnlyDictionary<string, SampledValue> Parameters, IReadOnlyDictionary<string, SampledValue> Scores);

/// <summary>A value of a job.</summary>
/// <param name="Number">The number; null where it is a text, or true or false.</param>
/// <param name="Text">The value as text.</param>
public readonly record struct SampledValue(double? Number, string Text);
