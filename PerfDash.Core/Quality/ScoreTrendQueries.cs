using System.Data;
using PerfDash.Core.Rollups;

namespace PerfDash.Core.Quality;

/// <summary>How scores move over time, in buckets of the UTC calendar.</summary>
public sealed class ScoreTrendQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>More buckets than this are refused: nobody can read them.</summary>
    public const int MaxPoints = 20_000;

    /// <summary>Every score found in the range over all its jobs, those that most jobs have first.</summary>
    public async Task<IReadOnlyList<ScoreTrend>> GetAsync(TimeRange range, MetricFilter filter, Bucket bucket, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var source = await Partials.FindAsync(context, where, Dimensions.None, cancellationToken, CutsWithinDays(range, bucket), RollupTable.Sums);
        // The JSON is read of rows with other scores only.
        var rows = await source.QueryAsync<NamedBucket>(
            context,
            $"""
            SELECT v.name, bucket_start, v.count, v.sum / v.count AS avg FROM (
                SELECT date_trunc(@bucket, created_at, 'UTC') AS bucket_start,
                       {string.Join(", ", KnownScores.Names.Select(name => $"sum({name}_count)::int8 AS n_{name}, sum({name}_sum) AS sum_{name}"))}
                FROM {source.Sums([.. KnownScores.Names.SelectMany(name => new[] { $"{name}_count", $"{name}_sum" })])} AS p GROUP BY 1
            ) AS known CROSS JOIN LATERAL (VALUES {string.Join(", ", KnownScores.Names.Select(name => $"('{name}', n_{name}, sum_{name})"))}) AS v(name, count, sum)
            WHERE v.count > 0
            UNION ALL
            SELECT name, bucket_start, count(*), {MeanSql.Sql("value")} FROM (
                SELECT s.name, date_trunc(@bucket, m.created_at, 'UTC') AS bucket_start, {JsonNumberSql.Float8("s.value")} AS value
                FROM other_scored_metrics AS m {KnownScores.JsonJoin} WHERE {where.Sql} AND {KnownScores.OnlyInJson} {DistributionSql.OptimizationFence}
            ) AS others WHERE value IS NOT NULL GROUP BY 1, 2
            """,
            cancellationToken,
            ("bucket", bucket.Word()));
        return
        [
            .. rows.GroupBy(r => r.Name, StringComparer.Ordinal)
                .Select(score => new ScoreTrend(score.Key, score.Sum(r => r.Count), Filled(range, bucket, score.GroupBy(r => r.BucketStart).Select(Together))))
                .OrderByDescending(s => s.Count).ThenBy(s => s.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>One score of some workflows, in the order given; those without a job that has it are left out.</summary>
    public async Task<IReadOnlyList<WorkflowScoreTrend>> GetByWorkflowAsync(
        string score, IReadOnlyList<long> workflowIds, TimeRange range, MetricFilter filter, Bucket bucket, CancellationToken cancellationToken)
    {
        var where = new MetricCondition(range, filter with { WorkflowId = null }).AmongWorkflows([.. workflowIds]);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var isKnown = KnownScores.Names.Contains(score, StringComparer.Ordinal);
        var source = await Partials.FindAsync(context, isKnown ? where : where.WithoutRollups(), Dimensions.Workflow, cancellationToken, CutsWithinDays(range, bucket), RollupTable.Sums);
        // A score has a column or is in the JSON of a job; a bucket may have jobs of both kinds.
        var column = $"""
            SELECT workflow_id, date_trunc(@bucket, created_at, 'UTC') AS bucket_start, sum({score}_count)::int8 AS count, sum({score}_sum) / sum({score}_count)::float8 AS avg
            FROM {(isKnown ? source.Sums($"{score}_count", $"{score}_sum") : "")} AS p WHERE {score}_count > 0 GROUP BY 1, 2
            UNION ALL
            """;
        var rows = (await source.QueryAsync<WorkflowBucket>(
            context,
            $"""
            {(isKnown ? column : "")}
            SELECT workflow_id, bucket_start, count(*), {MeanSql.Sql("value")} AS avg FROM (
                SELECT m.workflow_id, date_trunc(@bucket, m.created_at, 'UTC') AS bucket_start, {JsonNumberSql.Float8("m.quality_scores_json -> @score")} AS value
                FROM other_scored_metrics AS m WHERE {where.Sql} AND {KnownScores.Indexed} {(isKnown ? $"AND m.{score} IS NULL" : "")} {DistributionSql.OptimizationFence}
            ) AS scores WHERE value IS NOT NULL GROUP BY 1, 2
            """,
            cancellationToken,
            ("bucket", bucket.Word()),
            ("score", score))).GroupBy(r => (r.WorkflowId, r.BucketStart)).Select(Together).ToLookup(r => r.WorkflowId);
        return
        [
            .. workflowIds.Where(rows.Contains)
                .Select(id => new WorkflowScoreTrend(id, rows[id].Sum(r => r.Count), Filled(range, bucket, rows[id].Select(r => new ScoreBucket(r.BucketStart, r.Count, r.Avg))))),
        ];
    }

    /// <summary>A score that both a column and the JSON hold has two rows in a bucket: their mean, each by its share.</summary>
    private static ScoreBucket Together(IGrouping<DateTime, NamedBucket> rows)
    {
        var count = rows.Sum(r => r.Count);
        return new ScoreBucket(rows.Key, count, rows.Sum(r => r.Avg * ((double)r.Count / count)));
    }

    private static WorkflowBucket Together(IGrouping<(long WorkflowId, DateTime BucketStart), WorkflowBucket> rows)
    {
        var count = rows.Sum(r => r.Count);
        return new WorkflowBucket(rows.Key.WorkflowId, rows.Key.BucketStart, count, rows.Sum(r => r.Avg * ((double)r.Count / count)));
    }

    /// <summary>No day of a roll-up lies across the buckets of longer ones.</summary>
    private static List<DateTime> CutsWithinDays(TimeRange range, Bucket bucket) => bucket is Bucket.Minute or Bucket.Hour ? [.. UtcBuckets.StartsIn(range, bucket)] : [];

    private static IReadOnlyList<ScoreBucket> Filled(TimeRange range, Bucket bucket, IEnumerable<ScoreBucket> found)
    {
        var known = found.ToDictionary(s => s.BucketStart);
        return [.. UtcBuckets.StartsIn(range, bucket).Select(start => known.GetValueOrDefault(start) ?? new ScoreBucket(start, 0, null))];
    }

    private sealed record NamedBucket(string Name, DateTime BucketStart, long Count, double Avg);

    private sealed record WorkflowBucket(long WorkflowId, DateTime BucketStart, long Count, double Avg);
}

/// <summary>One score over time.</summary>
/// <param name="Count">Jobs that have it.</param>
/// <param name="Points">Every bucket that touches the range, oldest first.</param>
public sealed record ScoreTrend(string Name, long Count, IReadOnlyList<ScoreBucket> Points);

/// <summary>One score of a workflow over time.</summary>
/// <param name="Count">Its jobs that have the score.</param>
/// <param name="Points">Every bucket that touches the range, oldest first.</param>
public sealed record WorkflowScoreTrend(long WorkflowId, long Count, IReadOnlyList<ScoreBucket> Points);

/// <summary>A score in one bucket.</summary>
/// <param name="BucketStart">Where the bucket starts, UTC.</param>
/// <param name="Count">Its jobs that have the score.</param>
/// <param name="Avg">Their plain mean; null where there are none.</param>
public sealed record ScoreBucket(DateTime BucketStart, long Count, double? Avg);
