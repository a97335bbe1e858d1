using Npgsql;

namespace PerfDash.Core.Ingest;

/// <summary>The jobs that reports speak of and the database already has, locked until the transaction ends.</summary>
internal sealed class KnownJobs
{
    private readonly Dictionary<long, KnownJob> _byId = [];
    private readonly Dictionary<string, KnownJob> _byExternalId = new(StringComparer.Ordinal);

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
            if (!reader.IsDBNull(1))
                known._byExternalId.Add(reader.GetString(1), job);
        }

        return known;
    }

    /// <summary>The job a report speaks of, or null when it is not known.</summary>
    public KnownJob? Of(JobReport report) =>
        report.JobId is { } id ? _byId.GetValueOrDefault(id) : _byExternalId.GetValueOrDefault(report.ExternalId!);
}

/// <summary>A job the database has.</summary>
internal sealed record KnownJob(long Id, string Status);
