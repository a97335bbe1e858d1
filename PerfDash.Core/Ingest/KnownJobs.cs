using Npgsql;

namespace PerfDash.Core.Ingest;

/// <summary>The jobs that reports speak of and the database already has, locked until the transaction ends.</summary>
internal sealed class KnownJobs
{
    private readonly Dictionary<long, KnownJob> _byId = [];
    private readonly Dictionary<string, KnownJob> _byExternalId = new(StringComparer.Ordinal);
    private readonly HashSet<(long, DateTime)> _recorded = [];

    public static async Task<KnownJobs> FindAsync(NpgsqlConnection connection, IReadOnlyList<JobReport> reports, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT id, external_id, status FROM jobs WHERE id = ANY($1) OR external_id = ANY($2) ORDER BY id FOR NO KEY UPDATE
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = reports.Where(r => r.JobId is not null).Select(r => r.JobId!.Value).ToArray() },
                new() { Value = reports.Where(r => r.JobId is null).Select(r => r.ExternalId!).ToArray() },
            },
        };
        var known = new KnownJobs();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var job = new KnownJob(reader.GetInt64(0), reader.GetString(2));
            known._byId.Add(job.Id, job);
            // A host's own external_id need not be unique: the oldest job counts.
            if (!reader.IsDBNull(1))
                known._byExternalId.TryAdd(reader.GetString(1), job);
        }

        await reader.DisposeAsync();
        await known.FindExportedAsync(connection, [.. reports.Where(r => r.ExportedJobId is not null)], cancellationToken);
        return known;
    }

    /// <summary>True where a report is the export of a job that this database recorded itself.</summary>
    public bool IsExported(JobReport report) => report.ExportedJobId is { } id && _recorded.Contains((id, report.CompletedAt!.Value.UtcDateTime));

    private async Task FindExportedAsync(NpgsqlConnection connection, JobReport[] reports, CancellationToken cancellationToken)
    {
        if (reports.Length == 0)
            return;
        await using var command = new NpgsqlCommand(
            "SELECT job_id, created_at FROM performance_metrics WHERE job_id = ANY($1) AND created_at BETWEEN $2 AND $3", connection)
        {
            Parameters =
            {
                new() { Value = Array.ConvertAll(reports, r => r.ExportedJobId!.Value) },
                new() { Value = reports.Min(r => r.CompletedAt!.Value).UtcDateTime },
                new() { Value = reports.Max(r => r.CompletedAt!.Value).UtcDateTime },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            _recorded.Add((reader.GetInt64(0), reader.GetDateTime(1)));
    }

    /// <summary>The job a report speaks of, or null when it is not known.</summary>
    public KnownJob? Find(JobReport report) =>
        report.JobId is { } id ? _byId.GetValueOrDefault(id) : _byExternalId.GetValueOrDefault(report.ExternalId!);
}

/// <summary>A job the database has.</summary>
internal sealed record KnownJob(long Id, string Status);
