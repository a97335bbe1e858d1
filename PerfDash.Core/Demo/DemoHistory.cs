using Npgsql;

namespace PerfDash.Core.Demo;

/// <summary>Writes the demo farm's past into the database.</summary>
/// <param name="dataSource">A migrated database; <see cref="SeedAsync"/> uses up to <see cref="SeedConnections"/> connections of it.</param>
/// <param name="time">Says when "now" is, the end of the past.</param>
public sealed class DemoHistory(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>Jobs in one transaction of a seed.</summary>
    public const int SeedChunkJobs = 20_000;

    /// <summary>Most jobs one seed writes.</summary>
    public const int MaxSeedJobs = 10_000_000;

    /// <summary>Longest past one seed covers, in days.</summary>
    public const int MaxSeedDays = 3_650;

    // Alert rules evaluate this much of the history, so that the demo starts with incidents but not with months of them.
    private static readonly TimeSpan EvaluatedHistory = TimeSpan.FromDays(2);

    // Any fixed number will do; one session at a time looks whether the database is empty.
    private const long HistoryLock = 0x504446_64656D6F;

    /// <summary>How many transactions of a seed run at once: foreign keys and indexes keep a core busy each.</summary>
    public static int SeedConnections => Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>
    /// Fills an empty database with the catalog, its alert rules and its jobs up to now, through the road real jobs take:
    /// rows of <c>jobs</c>, which the trigger notes and the collector records. All or nothing.
    /// </summary>
    /// <param name="jobs">How many jobs, at least 1.</param>
    /// <param name="days">Over how many days, at least 1.</param>
    /// <param name="seed">The same seed at the same moment gives the same jobs.</param>
    /// <param name="cancellationToken">Cancels; nothing has been written then.</param>
    /// <returns>Jobs written; 0 when the database already had jobs.</returns>
    /// <exception cref="NpgsqlException">The database failed; nothing has been written then.</exception>
    public async Task<int> WriteCompletedJobsAsync(int jobs, int days, int seed, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(jobs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(days, 1);
        var now = time.GetUtcNow().UtcDateTime;
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var enter = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection))
        {
            enter.Parameters.AddWithValue(HistoryLock);
            await enter.ExecuteNonQueryAsync(cancellationToken);
        }
        await using (var query = new NpgsqlCommand("SELECT EXISTS (SELECT FROM jobs)", connection))
        {
            if ((bool)(await query.ExecuteScalarAsync(cancellationToken))!)
                return 0;
        }

        var workerCount = DemoCatalog.WorkersFor(jobs, TimeSpan.FromDays(days));
        var catalog = await DemoCatalogRows.EnsureAsync(connection, now, workerCount, cancellationToken);
        var farm = new DemoFarm(seed, catalog.HistoryEndsAt);
        await DemoAlertRules.WriteAsync(connection, catalog, farm.GroundTruth, cancellationToken);
        // The same jobs come from each call, so the history need not be held in memory to be written in two parts.
        var history = farm.Jobs(now.AddDays(-days), now, jobs);
        bool IsOld(DemoJob job) => job.CreatedAt < now - EvaluatedHistory;
        var oldCount = history.TakeWhile(IsOld).Count();
        using var copy = new DemoBulkCopy(connection, catalog);
        await SetCaptureAsync(connection, "history", cancellationToken);
        await copy.WriteJobsAsync(history.Take(oldCount), jobId: null, ExternalId, cancellationToken);
        await SetCaptureAsync(connection, "on", cancellationToken);
        await copy.WriteJobsAsync(history.Skip(oldCount), jobId: null, place => ExternalId(oldCount + place), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return jobs;

        static string ExternalId(int place) => $"demo-{place + 1:000000}";
    }

    /// <summary>
    /// Adds synthetic history in bulk: jobs, their metrics and the notes that they were recorded, written side by side
    /// without the trigger. Works on any migrated database; the catalog is found again by its external ids.
    /// </summary>
    /// <param name="jobs">How many jobs, 1 to <see cref="MaxSeedJobs"/>.</param>
    /// <param name="days">Over how many days up to now, 1 to <see cref="MaxSeedDays"/>.</param>
    /// <param name="seed">The same seed at the same moment gives the same jobs.</param>
    /// <param name="progress">Called after each transaction, one call at a time; null when nobody listens.</param>
    /// <param name="cancellationToken">Cancels; transactions already committed stay, each complete in itself.</param>
    /// <returns>What was written in the end.</returns>
    /// <exception cref="NpgsqlException">The database failed; transactions already committed stay.</exception>
    /// <exception cref="DatabaseUnfitException"><c>jobs.id</c> has no sequence to take keys from.</exception>
    public async Task<SeedProgress> SeedAsync(
        int jobs, int days, int seed, IProgress<SeedProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(jobs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(jobs, MaxSeedJobs);
        ArgumentOutOfRangeException.ThrowIfLessThan(days, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(days, MaxSeedDays);
        var startedAt = time.GetTimestamp();
        var now = time.GetUtcNow().UtcDateTime;
        var from = now.AddDays(-days);

        DemoCatalogRows catalog;
        await using (var connection = await dataSource.OpenConnectionAsync(cancellationToken))
        {
            await EnsureMonthsAsync(connection, from, now, cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            catalog = await DemoCatalogRows.EnsureAsync(connection, now, DemoCatalog.WorkersFor(jobs, now - from), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        var written = new SeedProgress(0, jobs, 0, TimeSpan.Zero);
        var reporting = new Lock();
        await Parallel.ForEachAsync(
            new DemoFarm(seed, catalog.HistoryEndsAt).Jobs(from, now, jobs).Chunk(SeedChunkJobs),
            new ParallelOptions { MaxDegreeOfParallelism = SeedConnections, CancellationToken = cancellationToken },
            async (chunk, chunkCancelled) =>
            {
                var metrics = await WriteChunkAsync(catalog, chunk, chunkCancelled);
                lock (reporting)
                {
                    written = new SeedProgress(
                        written.JobsWritten + chunk.Length, jobs, written.MetricsWritten + metrics, time.GetElapsedTime(startedAt));
                    progress?.Report(written);
                }
            });

        await using (var analyze = dataSource.CreateCommand("ANALYZE jobs, performance_metrics, job_collections"))
        {
            analyze.CommandTimeout = 0;
            await analyze.ExecuteNonQueryAsync(cancellationToken);
        }
        return written with { Elapsed = time.GetElapsedTime(startedAt) };
    }

    private async Task<int> WriteChunkAsync(DemoCatalogRows catalog, DemoJob[] chunk, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await SetCaptureAsync(connection, "off", cancellationToken);
        var (jobIds, recordedAt) = await ReserveIdsAsync(connection, chunk.Length, cancellationToken);
        using var copy = new DemoBulkCopy(connection, catalog);
        await copy.WriteJobsAsync(chunk, place => jobIds[place], externalId: null, cancellationToken);
        var metrics = await copy.WriteMetricsAsync(chunk, jobIds, cancellationToken);
        await copy.WriteCollectionsAsync(chunk, jobIds, recordedAt, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return metrics;
    }

    /// <summary>How the trigger takes what this transaction completes from here on.</summary>
    private static async Task SetCaptureAsync(NpgsqlConnection connection, string capture, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT set_config('perfdash.capture', $1, true)", connection);
        command.Parameters.AddWithValue(capture);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<(long[] Ids, DateTime RecordedAt)> ReserveIdsAsync(
        NpgsqlConnection connection, int count, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT ARRAY(SELECT nextval(of_jobs.name::regclass) FROM generate_series(1, $1)), now()
            FROM pg_get_serial_sequence('jobs', 'id') AS of_jobs (name) WHERE of_jobs.name IS NOT NULL
            """, connection);
        command.Parameters.AddWithValue(count);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (await reader.GetFieldValueAsync<long[]>(0, cancellationToken), await reader.GetFieldValueAsync<DateTime>(1, cancellationToken))
            : throw new DatabaseUnfitException("jobs.id has no identity or serial sequence, so ids cannot be reserved for seeding.");
    }

    // A month another session holds up is left to the default partition, which a later call empties into it.
    private static async Task EnsureMonthsAsync(
        NpgsqlConnection connection, DateTime from, DateTime to, CancellationToken cancellationToken)
    {
        for (var month = new DateTime(from.Year, from.Month, 1, 0, 0, 0, DateTimeKind.Utc); month <= to; month = month.AddMonths(1))
        {
            await using var command = new NpgsqlCommand("SELECT perfdash_ensure_metrics_month($1)", connection);
            command.Parameters.AddWithValue(month);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
