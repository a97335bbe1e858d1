using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core.Scheduling;

namespace PerfDash.Core.Collection;

/// <summary>
/// Finds completed jobs that no trigger noted: completed while triggers were disabled, restored from a backup, or
/// before PerfDash was installed. They are put into the outbox, as the trigger would have done.
/// </summary>
public sealed partial class Sweep(NpgsqlDataSource dataSource, CollectionState state, ILogger<Sweep> logger)
{
    private const int Step = 10_000;

    // On ten million jobs a step that finds nothing reads them all.
    private const int StepTimeoutSeconds = 240;

    /// <summary>Puts every missed completion into the outbox and returns how many there were.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var all = 0;
        for (var after = long.MinValue; ;)
        {
            var (found, last) = await StepAsync(after, cancellationToken);
            all += found;
            if (found > 0)
                state.Wake();
            if (found < Step)
                break;
            after = last;
        }

        if (all > 0)
            LogFound(all);
        return all;
    }

    // Plan: anti-joins of jobs with job_collections (merge, both by key) and with the two short tables. One instance at a
    // time: to a second one there is nothing to find.
    private async Task<(int Found, long Last)> StepAsync(long after, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            WITH missed AS MATERIALIZED (
                SELECT j.id FROM jobs AS j
                WHERE (SELECT pg_try_advisory_xact_lock(hashtext('perfdash_sweep')))
                  AND j.status = 'completed' AND j.id > $1
                  AND NOT EXISTS (SELECT FROM job_collections AS c WHERE c.job_id = j.id)
                  AND NOT EXISTS (SELECT FROM failed_collections AS f WHERE f.job_id = j.id)
                  AND NOT EXISTS (SELECT FROM job_completions AS o WHERE o.job_id = j.id)
                ORDER BY j.id LIMIT $2
            ), noted AS (
                INSERT INTO job_completions (job_id) SELECT id FROM missed
            )
            SELECT count(*), max(id) FROM missed
            """);
        command.CommandTimeout = StepTimeoutSeconds;
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = Step });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return ((int)reader.GetInt64(0), reader.IsDBNull(1) ? after : reader.GetInt64(1));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Found {Count} completed jobs that no trigger had noted; they are being collected")]
    private partial void LogFound(int count);
}

/// <summary>Runs <see cref="Sweep"/> on Quartz's clock.</summary>
public sealed class SweepJob(IServiceProvider services, Sweep sweep) : ScheduledJob(services)
{
    /// <inheritdoc />
    protected override Task RunAsync(CancellationToken cancellationToken) => sweep.RunAsync(cancellationToken);
}
