using Microsoft.Extensions.Logging;
using Npgsql;

namespace PerfDash.Core.Ingest.Otlp;

/// <summary>Makes jobs of the root spans in <c>otlp_spans</c> whose children have come. Instances share the work.</summary>
public sealed partial class OtlpJobs(NpgsqlDataSource dataSource, JobIngest ingest, ILogger<OtlpJobs> logger)
{
    /// <summary>
    /// How long nothing more of a trace must have come before its job is written. OpenTelemetry's SDKs export every 5 seconds: this
    /// long after the root, the children that other processes had are here too.
    /// </summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(6);

    /// <summary>How long a root waits at most, whatever else comes of its trace.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private const int BatchSize = 100;

    /// <summary>Writes the jobs whose time has come.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        while (await CompleteBatchAsync(cancellationToken) == BatchSize)
        {
        }
    }

    /// <summary>
    /// Deletes what no root came for: traces of which nothing came for an hour, and every span after a day. A job that was
    /// written took its own spans with it.
    /// </summary>
    public async Task DeleteOldAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            DELETE FROM otlp_spans AS s
            WHERE received_at < now() - INTERVAL '1 day'
               OR (received_at < now() - INTERVAL '1 hour' AND NOT EXISTS (
                   SELECT FROM otlp_spans AS o WHERE o.trace_id = s.trace_id AND o.received_at >= now() - INTERVAL '1 hour'))
            """);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<int> CompleteBatchAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var roots = await ClaimAsync(connection, cancellationToken);
        if (roots.Count == 0)
            return 0;
        var stages = await ReadStagesAsync(connection, roots, cancellationToken);
        var reports = roots.ConvertAll(root => OtlpJob.Read(root.Job, [.. stages[(root.TraceId, root.SpanId)]]));
        // Committed by itself: should this end before its own commit, the jobs are known when the roots are read again.
        foreach (var (root, result) in roots.Zip(await ingest.StoreAsync(reports, cancellationToken)).Where(r => r.Second.Outcome == ReportOutcome.Rejected))
            LogRejected(root.TraceId, result.Error!);
        await using var delete = new NpgsqlCommand(
            "DELETE FROM otlp_spans AS s USING unnest($1, $2) AS r(trace_id, span_id) WHERE s.trace_id = r.trace_id AND r.span_id IN (s.span_id, s.parent_span_id)",
            connection)
        { Parameters = { Traces(roots), Spans(roots) } };
        await delete.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return roots.Count;
    }

    private static async Task<List<Root>> ClaimAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Plan: the few roots that wait, by their index; the rows of each trace, by the primary key.
        await using var command = new NpgsqlCommand(
            """
            SELECT r.trace_id, r.span_id, r.job FROM otlp_spans AS r
            WHERE r.job IS NOT NULL
              AND (r.received_at <= now() - $2 OR NOT EXISTS (SELECT FROM otlp_spans AS s WHERE s.trace_id = r.trace_id AND s.received_at > now() - $1))
            ORDER BY r.received_at LIMIT $3 FOR UPDATE SKIP LOCKED
            """,
            connection)
        { Parameters = { new() { Value = Quiet }, new() { Value = LongestWait }, new() { Value = BatchSize } } };
        var roots = new List<Root>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            roots.Add(new Root(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return roots;
    }

    private static async Task<ILookup<(string TraceId, string SpanId), OtlpStage>> ReadStagesAsync(NpgsqlConnection connection, List<Root> roots, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT s.trace_id, s.parent_span_id, s.name, s.duration_ms
            FROM unnest($1, $2) AS r(trace_id, span_id) JOIN otlp_spans AS s ON s.trace_id = r.trace_id AND s.parent_span_id = r.span_id
            ORDER BY s.started_at, s.span_id
            """,
            connection)
        { Parameters = { Traces(roots), Spans(roots) } };
        var stages = new List<((string, string) Root, OtlpStage Stage)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            stages.Add(((reader.GetString(0), reader.GetString(1)), new OtlpStage(reader.GetString(2), reader.GetDouble(3))));
        return stages.ToLookup(s => s.Root, s => s.Stage);
    }

    private static NpgsqlParameter Traces(List<Root> roots) => new() { Value = roots.ConvertAll(r => r.TraceId) };

    private static NpgsqlParameter Spans(List<Root> roots) => new() { Value = roots.ConvertAll(r => r.SpanId) };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The job of trace {TraceId} was not stored: {Error}")]
    private partial void LogRejected(string traceId, string error);

    private sealed record Root(string TraceId, string SpanId, string Job);
}
