using System.Text.Json;
using Npgsql;
using PerfDash.Core.Messaging;
using PerfDash.Core.Scheduling;

namespace PerfDash.Core.Ingest.Scores;

/// <summary>
/// Scores that are reported apart from their job's result, before or after it completed. They are kept beside the metric, which is
/// never updated: figures read both as <c>scored_metrics</c>. The first value of a name counts.
/// </summary>
public sealed class LateScores(NpgsqlDataSource dataSource, LiveUpdates live)
{
    private const int Step = 1000;
    private const int Attempts = 8;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(175);

    /// <summary>Stores the reports in one transaction; durable when it returns.</summary>
    /// <returns>One result for each report, in order; a duplicate is a report that holds nothing new.</returns>
    // A transaction of the host's may hold one of the jobs: those of the others must not wait for it behind us.
    public Task<IReadOnlyList<ReportResult>> StoreAsync(IReadOnlyList<ScoreReport> reports, CancellationToken cancellationToken) =>
        TransactionRetry.RunAsync(Attempts, Pause, () => StoreTogetherAsync(_ => Task.FromResult(reports), cancellationToken), cancellationToken);

    /// <summary>
    /// Gives waiting scores to jobs that have come meanwhile, dates those of metrics that another program
    /// wrote, and deletes what has waited for too long.
    /// </summary>
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        while ((await StoreTogetherAsync(connection => TakeWaitingAsync(connection, cancellationToken), cancellationToken)).Count == Step)
        {
        }

        // Plan: the few scores without a metric, by their index; the metric by its job.
        await using var command = dataSource.CreateCommand(
            """
            UPDATE late_scores AS l SET created_at = m.created_at FROM performance_metrics AS m WHERE l.created_at IS NULL AND m.job_id = l.job_id;
            DELETE FROM waiting_scores WHERE reported_at < now() - INTERVAL '7 days'
            """);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Scores that wait and whose jobs are known by now; they no longer wait when the transaction ends.</summary>
    private static async Task<IReadOnlyList<ScoreReport>> TakeWaitingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            DELETE FROM waiting_scores WHERE id IN (
                SELECT w.id FROM waiting_scores AS w
                WHERE EXISTS (SELECT FROM jobs AS j WHERE j.id = w.job_id) OR EXISTS (SELECT FROM jobs AS j WHERE j.external_id = w.external_id)
                ORDER BY w.id LIMIT $1 FOR UPDATE SKIP LOCKED)
            RETURNING job_id, external_id, scores::text
            """,
            connection)
        { Parameters = { new() { Value = Step } } };
        var reports = new List<ScoreReport>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            reports.Add(new ScoreReport(reader.IsDBNull(0) ? null : reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetString(1), Parse(reader.GetString(2))));
        return reports;
    }

    /// <summary>Stores the reports that are found within the transaction.</summary>
    private async Task<IReadOnlyList<ReportResult>> StoreTogetherAsync(Func<NpgsqlConnection, Task<IReadOnlyList<ScoreReport>>> findAsync, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var limit = new NpgsqlCommand("SET LOCAL lock_timeout = '500ms'", connection))
            await limit.ExecuteNonQueryAsync(cancellationToken);
        var reports = await findAsync(connection);
        if (reports.Count == 0)
            return [];
        var jobs = await ScoredJobs.LockAsync(connection, reports, cancellationToken);
        var results = reports.Select(jobs.Add).ToArray();
        await jobs.WriteAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (jobs.AreShown)
            live.Publish(0);
        return results;
    }

    private static Dictionary<string, double> Parse(string json) => JsonSerializer.Deserialize<Dictionary<string, double>>(json)!;
}

/// <summary>Runs <see cref="LateScores.ReconcileAsync"/>.</summary>
public sealed class LateScoresJob(IServiceProvider services, LateScores scores) : ScheduledJob(services)
{
    /// <summary>Between two runs. What it finds is rare: scores that arrived in the same moment as their job.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override Task RunAsync(CancellationToken cancellationToken) => scores.ReconcileAsync(cancellationToken);
}
