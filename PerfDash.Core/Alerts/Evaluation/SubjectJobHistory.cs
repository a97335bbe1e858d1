using Npgsql;
using NpgsqlTypes;
using PerfDash.Core.Alerts.Incidents;

namespace PerfDash.Core.Alerts.Evaluation;

/// <summary>Whose jobs are read: rules on the same metric and subject share them.</summary>
/// <param name="ByWorker">The subject is a worker, else a workflow.</param>
/// <param name="SubjectId">The worker or workflow.</param>
/// <param name="Metric">What they must have measured.</param>
/// <param name="IsGlobal">Without the jobs of workers that have rules of their own.</param>
internal readonly record struct RowSource(bool ByWorker, long SubjectId, AlertMetric Metric, bool IsGlobal);

/// <summary>What is wanted of a source.</summary>
/// <param name="Source">Whose jobs.</param>
/// <param name="Context">And so many before.</param>
/// <param name="ExcludedWorkers">Workers whose jobs do not count.</param>
internal sealed record RowRequest(RowSource Source, JobPosition From, int Context, long[] ExcludedWorkers);

/// <summary>A job of a source.</summary>
internal readonly record struct SubjectJob(JobPosition Position, long WorkflowId, long WorkerId, double Value);

/// <summary>Reads the rows of jobs that rules are evaluated on, all of a batch in one query for each kind of subject.</summary>
internal static class SubjectJobHistory
{
    /// <summary>Jobs known before from the earliest new one on, at most; beyond that the latest are evaluated.</summary>
    public const int MaxRows = 5000;

    // How many jobs without the value are skipped at most while looking for those before.
    private const int MaxExcluded = 10_000;

    // Plan: for each key two scans of (subject, created_at, job_id), one from its place on and one back from it; what is dated in
    // the future is not reached by either. The jobs of the
    // batch itself, which are mostly all there is from its place on, are known and stay where they are.
    private const string SqlText =
        """
        SELECT k.i, r.created_at, r.job_id, r.workflow_id, r.worker_id, r.value, r.since
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS k(i, subject_id, metric, score, at, job_id, context, passed_over)
        CROSS JOIN LATERAL (
            (SELECT m.created_at, m.job_id, m.workflow_id, m.worker_id, v.value, true AS since
             FROM scored_metrics AS m CROSS JOIN LATERAL (SELECT {value} AS value) AS v
             WHERE m.{subject} = k.subject_id AND (m.created_at, m.job_id) >= (k.at, k.job_id)
               AND m.created_at {notAhead} AND m.job_id <> ALL ($9) AND v.value IS NOT NULL AND m.worker_id <> ALL (k.passed_over::bigint[])
             ORDER BY m.created_at DESC, m.job_id DESC LIMIT {rows})
            UNION ALL
            (SELECT m.created_at, m.job_id, m.workflow_id, m.worker_id, v.value, false
             FROM (SELECT * FROM scored_metrics AS m
                   WHERE m.{subject} = k.subject_id AND (m.created_at, m.job_id) < (k.at, k.job_id) AND k.context > 0
                   ORDER BY m.created_at DESC, m.job_id DESC LIMIT {excluded}) AS m
             CROSS JOIN LATERAL (SELECT {value} AS value) AS v
             WHERE v.value IS NOT NULL AND m.worker_id <> ALL (k.passed_over::bigint[])
             ORDER BY m.created_at DESC, m.job_id DESC LIMIT k.context)
        ) AS r
        """;

    private static readonly string OfWorkflows = For("workflow_id");
    private static readonly string OfWorkers = For("worker_id");

    /// <summary>Reads them within the caller's transaction, without the jobs in <paramref name="known"/>; each row in order.</summary>
    public static async Task<Dictionary<RowSource, List<SubjectJob>>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<RowRequest> requests, long[] known, CancellationToken cancellationToken)
    {
        var rows = requests.ToDictionary(r => r.Source, _ => new List<SubjectJob>());
        await using var batch = new NpgsqlBatch(connection);
        var parts = new List<List<RowRequest>>();
        foreach (var byWorker in (bool[])[false, true])
        {
            List<RowRequest> part = [.. requests.Where(r => r.Source.ByWorker == byWorker)];
            if (part.Count == 0)
                continue;
            parts.Add(part);
            batch.BatchCommands.Add(Command(byWorker ? OfWorkers : OfWorkflows, part, known));
        }

        if (parts.Count == 0)
            return rows;
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        foreach (var part in parts)
        {
            var before = new List<SubjectJob>[part.Count];
            while (await reader.ReadAsync(cancellationToken))
            {
                var i = reader.GetInt32(0);
                var job = new SubjectJob(new JobPosition(reader.GetDateTime(1), reader.GetInt64(2)), reader.GetInt64(3), reader.GetInt64(4), reader.GetDouble(5));
                if (reader.GetBoolean(6))
                    rows[part[i].Source].Add(job);
                else
                    (before[i] ??= []).Add(job);
            }

            for (var i = 0; i < part.Count; i++)
            {
                var row = rows[part[i].Source];
                // Where the row was cut, what stands before the cut is not next to it.
                if (row.Count < MaxRows && before[i] is { } context)
                    row.AddRange(context);
                row.Sort((a, b) => a.Position.CompareTo(b.Position));
            }

            await reader.NextResultAsync(cancellationToken);
        }

        return rows;
    }

    private static NpgsqlBatchCommand Command(string sql, List<RowRequest> part, long[] known) => new(sql)
    {
        Parameters =
        {
            new() { Value = Enumerable.Range(0, part.Count).ToArray() },
            IncidentWriter.Column(NpgsqlDbType.Bigint, part, r => r.Source.SubjectId),
            IncidentWriter.Column(NpgsqlDbType.Text, part, r => r.Source.Metric.Name),
            IncidentWriter.Column(NpgsqlDbType.Text, part, r => r.Source.Metric.Score),
            IncidentWriter.Column(NpgsqlDbType.TimestampTz, part, r => r.From.At),
            IncidentWriter.Column(NpgsqlDbType.Bigint, part, r => r.From.JobId),
            IncidentWriter.Column(NpgsqlDbType.Integer, part, r => r.Context),
            IncidentWriter.Column(NpgsqlDbType.Text, part, r => $"{{{string.Join(',', r.ExcludedWorkers)}}}"),
            new() { Value = known },
        },
    };

    private static string For(string subject) => SqlText
        .Replace("{value}", Value, StringComparison.Ordinal)
        .Replace("{subject}", subject, StringComparison.Ordinal)
        .Replace("{notAhead}", ClockSkew.NotAhead, StringComparison.Ordinal)
        .Replace("{rows}", $"{MaxRows}", StringComparison.Ordinal)
        .Replace("{excluded}", $"{MaxExcluded}", StringComparison.Ordinal);

    private static string Value =>
        $"""
        CASE k.metric {string.Concat(AlertMetric.Figures.Select(f => $"WHEN '{f}' THEN {new AlertMetric(f, null).Sql("")} "))}
             ELSE {JsonNumberSql.Float8("m.quality_scores_json -> k.score")} END
        """;
}
