using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using PerfDash.Core.Collection;

namespace PerfDash.Core.Ingest.Scores;

/// <summary>The jobs that reports of scores name, with the scores they have, locked until the transaction ends.</summary>
internal sealed class ScoredJobs
{
    private readonly Dictionary<long, Scored> _known = [];
    private readonly Dictionary<string, long> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<(long? JobId, string? ExternalId), Scored> _waiting = [];

    /// <summary>Whether what was added belongs to metrics that are recorded, so that figures have changed.</summary>
    public bool AreShown { get; private set; }

    public static async Task<ScoredJobs> LockAsync(NpgsqlConnection connection, IReadOnlyList<ScoreReport> reports, CancellationToken cancellationToken)
    {
        var jobs = new ScoredJobs();
        var (ids, keys) = (reports.Select(r => r.JobId).OfType<long>().Distinct().ToArray(), reports.Select(r => r.ExternalId).OfType<string>().Distinct(StringComparer.Ordinal).ToArray());
        // Recording a job's metric locks the job's row too: the metric is either there, or will find these scores.
        await using (var command = new NpgsqlCommand("SELECT id, external_id, CASE WHEN status::text = 'completed' THEN (result -> 'quality_scores')::text END FROM jobs WHERE id = ANY($1) OR external_id = ANY($2) ORDER BY id FOR UPDATE", connection) { Parameters = { new() { Value = ids }, new() { Value = keys } } })
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var scored = new Scored();
                // Of a job that waits to be recorded the result came first.
                if (!reader.IsDBNull(2) && JobResultReader.Read($$"""{"quality_scores": {{reader.GetString(2)}}}""", null, null).QualityScoresJson is { } own)
                    scored.Names.UnionWith(NamesOf(own));
                jobs._known.Add(reader.GetInt64(0), scored);
                // A host's own external_id need not be unique: the oldest job counts, as for completions.
                if (!reader.IsDBNull(1))
                    jobs._ids.TryAdd(reader.GetString(1), reader.GetInt64(0));
            }
        }

        await using var existing = new NpgsqlCommand(
            """
            SELECT job_id, NULL, created_at, quality_scores_json::text FROM performance_metrics WHERE job_id = ANY($1)
            UNION ALL SELECT job_id, NULL, created_at, scores::text FROM late_scores WHERE job_id = ANY($1)
            UNION ALL SELECT job_id, external_id, NULL, scores::text FROM waiting_scores WHERE job_id = ANY($2) OR external_id = ANY($3)
            """,
            connection)
        { Parameters = { new() { Value = jobs._known.Keys.ToArray() }, new() { Value = ids }, new() { Value = keys } } };
        await using var rows = await existing.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var (jobId, key) = (rows.IsDBNull(0) ? (long?)null : rows.GetInt64(0), rows.IsDBNull(1) ? null : rows.GetString(1));
            var scored = jobs.Find(jobId, key);
            scored.CreatedAt ??= rows.IsDBNull(2) ? null : rows.GetDateTime(2);
            if (!rows.IsDBNull(3))
                scored.Names.UnionWith(NamesOf(rows.GetString(3)));
        }

        return jobs;
    }

    public ReportResult Add(ScoreReport report)
    {
        var scored = Find(report.JobId, report.ExternalId);
        var fresh = report.Scores.Where(score => !scored.Names.Contains(score.Key)).ToList();
        if (fresh.Count == 0)
            return ReportResult.Duplicate;
        if (scored.Names.Count + fresh.Count > JobLimits.MaxScores)
            return ReportResult.Rejected($"the job would have more than {JobLimits.MaxScores} scores");
        foreach (var (name, value) in fresh)
        {
            scored.Names.Add(name);
            scored.Fresh.Add(name, value);
        }

        return ReportResult.Accepted;
    }

    public async Task WriteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var known = _known.Where(job => job.Value.Fresh.Count > 0).ToList();
        var waiting = _waiting.Where(job => job.Value.Fresh.Count > 0).ToList();
        AreShown = known.Exists(job => job.Value.CreatedAt is not null);
        await using var batch = new NpgsqlBatch(connection);
        if (known.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                """
                INSERT INTO late_scores AS l (job_id, created_at, scores) SELECT job_id, created_at, scores::jsonb FROM unnest($1, $2, $3) AS r(job_id, created_at, scores)
                ON CONFLICT (job_id) DO UPDATE SET scores = excluded.scores || l.scores, created_at = COALESCE(l.created_at, excluded.created_at)
                """)
            {
                Parameters =
                {
                    new() { Value = known.ConvertAll(job => job.Key) },
                    new() { Value = known.ConvertAll(job => job.Value.CreatedAt), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                    new() { Value = known.ConvertAll(job => JsonSerializer.Serialize(job.Value.Fresh)) },
                },
            });
        }

        if (waiting.Count > 0)
        {
            foreach (var column in new[] { "job_id", "external_id" })
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(
                    $"""
                    INSERT INTO waiting_scores AS w (job_id, external_id, scores)
                    SELECT job_id, external_id, scores::jsonb FROM unnest($1, $2, $3) AS r(job_id, external_id, scores) WHERE {column} IS NOT NULL ORDER BY {column}
                    ON CONFLICT ({column}) DO UPDATE SET scores = excluded.scores || w.scores
                    """)
                {
                    Parameters =
                    {
                        new() { Value = waiting.ConvertAll(job => job.Key.JobId), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
                        new() { Value = waiting.ConvertAll(job => job.Key.ExternalId), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                        new() { Value = waiting.ConvertAll(job => JsonSerializer.Serialize(job.Value.Fresh)) },
                    },
                });
            }
        }

        if (AreShown)
            batch.BatchCommands.Add(MetricBatch.NotifyRecorded());
        if (batch.BatchCommands.Count > 0)
            await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private Scored Find(long? jobId, string? externalId)
    {
        var id = jobId ?? (externalId is not null && _ids.TryGetValue(externalId, out var found) ? found : null);
        if (id is { } known && _known.TryGetValue(known, out var job))
            return job;
        if (!_waiting.TryGetValue((jobId, externalId), out var waiting))
            _waiting.Add((jobId, externalId), waiting = new Scored());
        return waiting;
    }

    // A metric of another program may hold anything.
    private static List<string> NamesOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind == JsonValueKind.Object ? [.. document.RootElement.EnumerateObject().Select(score => score.Name)] : [];
    }

    private sealed class Scored
    {
        public DateTime? CreatedAt { get; set; }

        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, double> Fresh { get; } = new(StringComparer.Ordinal);
    }
}
