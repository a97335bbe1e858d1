using System.Globalization;
using PerfDash.Core.Sources.ComfyUi;

namespace PerfDash.Core.Sources;

/// <summary>Images that jobs of workflows made, to be seen beside their scores.</summary>
public sealed class OutputStripQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Images of a side, at most: one of a job.</summary>
    public const int MostImages = 8;

    // A score that came later may be one that few jobs have, so more metrics are read than jobs; neither is bounded by the range.
    private const int MostMetrics = 1_000;
    private const int MostJobs = 200;

    private static readonly string Images =
        $$"""$[*] ? (@.type == "output" && @.filename like_regex "({{string.Join('|', JobOutputs.ImageEndings.Select(e => @"\\" + e))}})$" flag "i")""";

    /// <summary>
    /// The images of each side, in the order of the sides; none where no source made any. With a score: of the newest jobs that have it
    /// those from the lowest to the highest in even steps. Without: the newest first.
    /// </summary>
    /// <param name="range">For sides without a range of their own.</param>
    /// <param name="filter">Which jobs count; its workflow does not.</param>
    public async Task<IReadOnlyList<IReadOnlyList<OutputImage>>> GetAsync(OutputStripRequest request, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        string[] sources = [.. (await context.Sources.Where(s => s.DeletedAt == null).Select(s => s.Id).ToListAsync(cancellationToken)).Select(id => id.ToString(CultureInfo.InvariantCulture))];
        if (sources.Length == 0 || request.Sides.Count == 0)
            return [.. request.Sides.Select(_ => Array.Empty<OutputImage>())];

        var candidates = await FindAsync(context, request, range, filter, sources, cancellationToken);
        OutputCandidate[][] chosen = [.. request.Sides.Select((_, side) => Choose([.. candidates.Where(c => c.Side == side)], request.Score is not null))];
        var indexes = await ImageIndexesAsync(context, [.. chosen.SelectMany(side => side).Select(c => c.JobId).Distinct()], cancellationToken);
        return
        [
            .. chosen.Select(OutputImage[] (side) =>
                [.. side.Select(c => indexes.TryGetValue(c.JobId, out var index) ? new OutputImage(c.JobId, index, c.Score) : null).OfType<OutputImage>()]),
        ];
    }

    // Plan: for each side a limited scan of idx_performance_metrics_figures backwards, which holds the four known scores, and late_scores
    // by key where a score is read; then jobs by key, at most MostJobs of a side. How many jobs the range has does not matter. Workflow and
    // moment are compared as a row: of a workflow that has not run for long, the index on created_at would be read through all the others.
    private static Task<List<OutputCandidate>> FindAsync(
        PerfDashDbContext context, OutputStripRequest request, TimeRange range, MetricFilter filter, string[] sources, CancellationToken cancellationToken)
    {
        TimeRange[] ranges = [.. request.Sides.Select(s => s.Range ?? range)];
        var where = new MetricCondition(new TimeRange(ranges.Min(r => r.From), ranges.Max(r => r.To)), filter with { WorkflowId = null });
        return where.QueryAsync<OutputCandidate>(
            context,
            $"""
            SELECT s.side, c.job_id, c.created_at, c.score
            FROM unnest(@sides, @workflows, @since, @until) AS s(side, workflow_id, since, until) CROSS JOIN LATERAL (
                SELECT n.job_id, n.created_at, n.score FROM (
                    SELECT m.job_id, m.created_at, {(request.Score is { } score ? KnownScores.Value(score) : "NULL::float8")} AS score, {where.FilterSql} AS counts
                    FROM scored_metrics AS m
                    WHERE (m.workflow_id, m.created_at) >= (s.workflow_id, s.since) AND (m.workflow_id, m.created_at) < (s.workflow_id, s.until)
                          AND m.created_at >= @from AND m.created_at < @to
                    ORDER BY m.workflow_id DESC, m.created_at DESC, m.job_id DESC LIMIT {MostMetrics}
                ) AS n
                WHERE n.counts{(request.Score is null ? "" : " AND n.score IS NOT NULL")} ORDER BY n.created_at DESC, n.job_id DESC LIMIT {MostJobs}
            ) AS c JOIN jobs AS j ON j.id = c.job_id
            WHERE starts_with(j.external_id, '{PromptJob.KeyPrefix}') AND split_part(j.external_id, ':', 2) = ANY(@sources) AND jsonb_path_exists(j.result::jsonb -> 'outputs', @images::jsonpath)
            """,
            cancellationToken,
            ("score", request.Score ?? ""),
            ("sides", Enumerable.Range(0, ranges.Length).ToArray()),
            ("workflows", request.Sides.Select(s => s.WorkflowId).ToArray()),
            ("since", ranges.Select(r => r.From.UtcDateTime).ToArray()),
            ("until", ranges.Select(r => r.To.UtcDateTime).ToArray()),
            ("sources", sources),
            ("images", Images));
    }

    private static OutputCandidate[] Choose(OutputCandidate[] candidates, bool byScore)
    {
        if (!byScore)
            return [.. candidates.OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.JobId).Take(MostImages)];
        OutputCandidate[] ordered = [.. candidates.OrderBy(c => c.Score).ThenBy(c => c.CreatedAt).ThenBy(c => c.JobId)];
        return ordered.Length <= MostImages ? ordered
            : [.. Enumerable.Range(0, MostImages).Select(i => ordered[(int)Math.Round(i * (ordered.Length - 1) / (MostImages - 1d))])];
    }

    /// <summary>The place of the first image among the files of each job.</summary>
    // Plan: jobs by key.
    private static async Task<Dictionary<long, int>> ImageIndexesAsync(PerfDashDbContext context, long[] jobIds, CancellationToken cancellationToken)
    {
        var rows = await context.Database.SqlQuery<OutputsRow>(
            $"""
            SELECT id AS job_id, (result::jsonb -> 'outputs')::text AS outputs FROM jobs
            WHERE id = ANY({jobIds}) AND jsonb_typeof(result::jsonb -> 'outputs') = 'array'
            """).ToListAsync(cancellationToken);
        return rows.Select(r => (r.JobId, Index: JobOutputs.ParseAll(r.Outputs).Index().Where(o => o.Item.IsImage).Select(o => (int?)o.Index).FirstOrDefault()))
            .Where(r => r.Index is not null).ToDictionary(r => r.JobId, r => r.Index!.Value);
    }

    private sealed record OutputCandidate(int Side, long JobId, DateTime CreatedAt, double? Score);

    private sealed record OutputsRow(long JobId, string Outputs);
}

/// <summary>What images to show; equal where sides and score are.</summary>
/// <param name="Score">Only jobs that have it; null for all.</param>
public sealed record OutputStripRequest(IReadOnlyList<OutputSide> Sides, string? Score)
{
    /// <inheritdoc />
    public bool Equals(OutputStripRequest? other) => other is not null && Score == other.Score && Sides.SequenceEqual(other.Sides);

    /// <inheritdoc />
    public override int GetHashCode() => Sides.Aggregate(Score?.GetHashCode(StringComparison.Ordinal) ?? 0, HashCode.Combine);
}

/// <summary>Whose images.</summary>
/// <param name="Range">When the jobs completed; null for the range of the query.</param>
public sealed record OutputSide(long WorkflowId, TimeRange? Range);

/// <summary>An image of a job.</summary>
/// <param name="Index">Of the file among those of the job, from 0.</param>
/// <param name="Score">The score that was asked for; null where none was.</param>
public sealed record OutputImage(long JobId, int Index, double? Score);
