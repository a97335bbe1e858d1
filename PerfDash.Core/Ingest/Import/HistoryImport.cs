using Npgsql;
using PerfDash.Core.Collection;

namespace PerfDash.Core.Ingest.Import;

/// <summary>
/// Imports a file of history like reported jobs, and collects its jobs: when it returns, the
/// metrics are there. Each batch is durable by itself; what was cut short goes on when it is run again.
/// </summary>
public sealed class HistoryImport(JobIngest ingest, MetricCollector collector, NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>So many rejected lines are listed.</summary>
    public const int ListedRejections = 50;

    private const int BatchSize = 1000;
    private const int Attempts = 5;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>Imports a file.</summary>
    /// <param name="shiftToNow">Moves all times by one span, so that the newest completion (else start) is now. Reads the file twice.</param>
    /// <param name="progress">Receives how much is read, from 0 to 1; or null.</param>
    /// <param name="cancellationToken">Ends it between batches; what is stored stays.</param>
    /// <exception cref="HistoryImportException">The file cannot be read any further; what came before is stored.</exception>
    public async Task<ImportResult> RunAsync(HistoryFile file, bool shiftToNow, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        var passes = shiftToNow ? 2 : 1;
        var shift = shiftToNow ? await ShiftAsync(file, Position(0), cancellationToken) : TimeSpan.Zero;
        var (imported, duplicates, rejected) = (0L, 0L, 0L);
        var rejectedLines = new List<RejectedLine>();
        var unknown = new UnknownFieldCounts();
        await foreach (var lines in file.ReadAsync(Position(passes - 1), cancellationToken).Select(l => Shifted(l, shift)).Chunk(BatchSize).WithCancellation(cancellationToken))
        {
            JobReport[] reports = [.. lines.Select(l => l.Report).OfType<JobReport>()];
            var results = reports.Length == 0 ? [] : await InsistAsync(() => ingest.StoreAsync(reports, history: true, cancellationToken), cancellationToken);
            var next = 0;
            foreach (var line in lines)
            {
                unknown.Add(line.UnknownFields);
                var result = line.Error is { } error ? ReportResult.Rejected(error) : results[next++];
                switch (result.Outcome)
                {
                    case ReportOutcome.Accepted:
                        imported++;
                        break;
                    case ReportOutcome.Duplicate:
                        duplicates++;
                        break;
                    default:
                        if (++rejected <= ListedRejections)
                            rejectedLines.Add(new RejectedLine(line.Line, result.Error!));
                        break;
                }
            }

            // Batch for batch, so that the outbox stays short and live jobs do not queue behind the whole history.
            await InsistAsync(() => collector.CollectAsync(BatchSize, cancellationToken), cancellationToken);
        }

        await DrainAsync(cancellationToken);
        return new ImportResult(imported, duplicates, rejected, rejectedLines) { UnknownFields = unknown.Fields, HasMoreUnknownFields = unknown.HasMore };

        Action<long> Position(int pass) => bytes => progress?.Report(file.Length == 0 ? 1 : (((double)bytes / file.Length) + pass) / passes);
    }

    private async Task<TimeSpan> ShiftAsync(HistoryFile file, Action<long> position, CancellationToken cancellationToken)
    {
        DateTimeOffset? newest = null;
        await foreach (var line in file.ReadAsync(position, cancellationToken))
        {
            var moment = line.Report?.CompletedAt ?? line.Report?.StartedAt;
            if (moment > newest || newest is null)
                newest = moment ?? newest;
        }

        return newest is { } last ? time.GetUtcNow() - last : TimeSpan.Zero;
    }

    private static HistoryLine Shifted(HistoryLine line, TimeSpan shift)
    {
        if (line.Report is not { } report || shift == TimeSpan.Zero)
            return line;
        try
        {
            return line with
            {
                Report = report with { CreatedAt = report.CreatedAt + shift, StartedAt = report.StartedAt + shift, CompletedAt = report.CompletedAt + shift },
            };
        }
        catch (ArgumentOutOfRangeException)
        {
            return line with { Report = null, Error = "its times cannot be shifted that far" };
        }
    }

    /// <summary>
    /// Waits until everything queued up to now is collected: by this process, or by a PerfDash that runs beside it and holds
    /// rows while it works on them.
    /// </summary>
    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        var last = await ScalarAsync("SELECT COALESCE(max(id), 0) FROM job_completions", cancellationToken);
        while (await ScalarAsync($"SELECT count(*) FROM (SELECT FROM job_completions WHERE id <= {last} LIMIT 1) AS waiting", cancellationToken) > 0)
        {
            var batch = await InsistAsync(() => collector.CollectAsync(BatchSize, cancellationToken), cancellationToken);
            if (batch.Claimed == 0)
                await Task.Delay(RetryDelay, time, cancellationToken);
        }
    }

    private async Task<long> ScalarAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Tries again what a deadlock or a short absence of the database ended; both steps are safe to repeat.</summary>
    private async Task<T> InsistAsync<T>(Func<Task<T>> step, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await step();
            }
            catch (NpgsqlException e) when (e.IsTransient && attempt < Attempts)
            {
                await Task.Delay(RetryDelay * attempt, time, cancellationToken);
            }
        }
    }
}
