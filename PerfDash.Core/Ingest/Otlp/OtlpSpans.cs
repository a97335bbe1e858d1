using Npgsql;
using NpgsqlTypes;
using PerfDash.Core.Collection;

namespace PerfDash.Core.Ingest.Otlp;

/// <summary>Spans of a request that were not taken.</summary>
/// <param name="Count">How many; 0 where all were.</param>
/// <param name="Error">Why, of the first ones; null where all were taken.</param>
public sealed record OtlpRejection(int Count, string? Error);

/// <summary>
/// Keeps spans in <c>otlp_spans</c> until <see cref="OtlpJobs"/> makes jobs of them. Only what can become a stage is kept: a span whose
/// parent is known not to be a root, and everything of a trace whose root is no job, is left out or deleted.
/// </summary>
public sealed class OtlpSpans(NpgsqlDataSource dataSource)
{
    private const int Attempts = 5;
    private const int ShownErrors = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Stores them in one transaction; durable when it returns. Spans that are known already change nothing.</summary>
    public async Task<OtlpRejection> StoreAsync(IReadOnlyList<OtlpSpan> spans, CancellationToken cancellationToken)
    {
        var request = await ReadAsync(spans, cancellationToken);
        if (request.Kept.Count > 0 || request.OtherTraces.Length > 0)
            await TransactionRetry.RunAsync(Attempts, Pause, () => WriteAsync(request, cancellationToken), cancellationToken);
        return new OtlpRejection(
            request.Rejected.Count,
            request.Rejected.Count == 0 ? null
                : StorableText.Readable(string.Join("; ", request.Rejected.Take(ShownErrors).Select(r => $"span {StorableText.Cut(r.Span.SpanId, 16)} of trace {StorableText.Cut(r.Span.TraceId, 32)}: {r.Error}"))));
    }

    private async Task<Request> ReadAsync(IReadOnlyList<OtlpSpan> spans, CancellationToken cancellationToken)
    {
        var rejected = spans.Where(span => span.Problem is not null).Select(span => (span, span.Problem!)).ToList();
        var valid = spans.Where(span => span.Problem is null).ToList();
        var jobs = new List<(OtlpSpan Span, string Json, JobReport Report)>();
        foreach (var span in valid.Where(span => span.IsJob))
        {
            var (json, report, error) = OtlpJob.From(span);
            if (error is null)
                jobs.Add((span, json!, report!));
            else
                rejected.Add((span, error));
        }

        var missing = await FindMissingAsync(jobs.ConvertAll(job => job.Report), cancellationToken);
        rejected.AddRange(jobs.Where(job => missing.ContainsKey(job.Report)).Select(job => (job.Span, missing[job.Report])));
        jobs.RemoveAll(job => missing.ContainsKey(job.Report));

        var jobSpans = jobs.Select(job => (job.Span.TraceId, job.Span.SpanId)).ToHashSet();
        var jobTraces = jobs.Select(job => job.Span.TraceId).ToHashSet(StringComparer.Ordinal);
        var otherTraces = valid.Where(span => span.ParentSpanId is null && !jobTraces.Contains(span.TraceId)).Select(span => span.TraceId).ToHashSet(StringComparer.Ordinal);
        var children = valid.Where(span => span.ParentSpanId is not null).Select(span => (span.TraceId, span.SpanId)).ToHashSet();
        var stages = valid
            .Where(span => span.ParentSpanId is not null && (jobTraces.Contains(span.TraceId)
                ? jobSpans.Contains((span.TraceId, span.ParentSpanId))
                : !otherTraces.Contains(span.TraceId) && !children.Contains((span.TraceId, span.ParentSpanId))))
            .GroupBy(span => (span.TraceId, span.ParentSpanId))
            .SelectMany(siblings => siblings.OrderBy(span => span.StartNano).Take(JobLimits.MaxStages).Select((span, i) => new KeptSpan(span, null, i + 1)));
        // In one order, so that two requests seldom wait for each other.
        KeptSpan[] kept = [.. jobs.Select(job => new KeptSpan(job.Span, job.Json, 1)).Concat(stages).OrderBy(k => k.Span.TraceId, StringComparer.Ordinal).ThenBy(k => k.Span.SpanId, StringComparer.Ordinal)];
        return new Request(kept, [.. otherTraces.Order(StringComparer.Ordinal)], rejected);
    }

    /// <summary>Reports that name a project, character or scene that does not exist, with the reason.</summary>
    private async Task<Dictionary<JobReport, string>> FindMissingAsync(List<JobReport> reports, CancellationToken cancellationToken)
    {
        if (!reports.Exists(r => r.ProjectId is not null || r.CharacterId is not null || r.SceneId is not null))
            return [];
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var references = await EntityResolver.FindAsync(connection, reports, cancellationToken);
        return reports.Distinct().Select(report => (Report: report, Error: references.ErrorOf(report))).Where(r => r.Error is not null).ToDictionary(r => r.Report, r => r.Error!);
    }

    private async Task WriteAsync(Request request, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("DELETE FROM otlp_spans WHERE trace_id = ANY($1) AND job IS NULL") { Parameters = { new() { Value = request.OtherTraces } } });
        // Plan: the rows of the few traces, by the primary key.
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            """
            WITH counts AS MATERIALIZED (
                SELECT trace_id, parent_span_id, count(*) AS n FROM otlp_spans WHERE trace_id = ANY($1) AND job IS NULL GROUP BY trace_id, parent_span_id)
            INSERT INTO otlp_spans (trace_id, span_id, parent_span_id, name, started_at, duration_ms, job)
            SELECT s.trace_id, s.span_id, s.parent_span_id, s.name, s.started_at, s.duration_ms, s.job
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS s(trace_id, span_id, parent_span_id, name, started_at, duration_ms, job, place)
            LEFT JOIN counts AS c ON c.trace_id = s.trace_id AND c.parent_span_id = s.parent_span_id
            LEFT JOIN otlp_spans AS p ON p.trace_id = s.trace_id AND p.span_id = s.parent_span_id
            WHERE s.job IS NOT NULL OR (p.parent_span_id IS NULL AND COALESCE(c.n, 0) + s.place <= $9)
            ORDER BY s.trace_id, s.span_id
            ON CONFLICT DO NOTHING
            """)
        {
            Parameters =
            {
                Column(NpgsqlDbType.Text, k => k.Span.TraceId),
                Column(NpgsqlDbType.Text, k => k.Span.SpanId),
                Column(NpgsqlDbType.Text, k => k.Span.ParentSpanId),
                Column(NpgsqlDbType.Text, k => StorableText.Cut(StorableText.Readable(k.Span.Name), JobLimits.MaxNameLength)),
                Column(NpgsqlDbType.TimestampTz, k => OtlpSpan.Moment(k.Span.StartNano)),
                Column(NpgsqlDbType.Double, k => k.Span.DurationMs),
                Column(NpgsqlDbType.Text, k => k.Job),
                Column(NpgsqlDbType.Integer, k => k.Place),
                new() { Value = JobLimits.MaxStages },
            },
        });
        // A child whose parent has come and is itself a child is no stage.
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            """
            DELETE FROM otlp_spans AS s USING otlp_spans AS p
            WHERE s.trace_id = ANY($1) AND p.trace_id = s.trace_id AND p.span_id = s.parent_span_id AND p.parent_span_id IS NOT NULL
            """)
        {
            Parameters = { new() { Value = request.Kept.Select(k => k.Span.TraceId).Distinct(StringComparer.Ordinal).ToArray() } },
        });
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        NpgsqlParameter Column<T>(NpgsqlDbType type, Func<KeptSpan, T> value) => new() { NpgsqlDbType = NpgsqlDbType.Array | type, Value = request.Kept.Select(value).ToArray() };
    }

    /// <param name="Kept">To be stored, in the order of their keys.</param>
    /// <param name="OtherTraces">Traces whose root is no job.</param>
    /// <param name="Rejected">What cannot be stored.</param>
    private sealed record Request(IReadOnlyList<KeptSpan> Kept, string[] OtherTraces, List<(OtlpSpan Span, string Error)> Rejected);

    /// <param name="Span">A root that is a job, or what may be its child.</param>
    /// <param name="Job">Of a root: its job as JSON.</param>
    /// <param name="Place">Of a child: which of its siblings in the request, from 1.</param>
    private sealed record KeptSpan(OtlpSpan Span, string? Job, int Place);
}
