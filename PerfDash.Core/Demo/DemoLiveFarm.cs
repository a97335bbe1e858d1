using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace PerfDash.Core.Demo;

/// <summary>
/// Keeps the demo farm alive: fills an empty database with history, then sends jobs pending → running → completed (a few
/// failed) by plain SQL, as a render farm would. Does nothing unless <see cref="DemoOptions.Enabled"/>, and nothing in a
/// database that holds jobs but not the demo's catalog. Of several processes on one database one runs the farm.
/// </summary>
/// <remarks>
/// Where <see cref="DemoOptions.JobsPerSecond"/> asks for more jobs than the history has, a job that would take minutes is
/// over in seconds, but its figures stay those of the whole job: the statement that ends it also moves
/// <c>started_at</c> and <c>created_at</c> back, so that its wall time and its wait are what its result says.
/// </remarks>
public sealed partial class DemoLiveFarm(
    NpgsqlDataSource dataSource, TimeProvider time, IOptions<DemoOptions> options, ILogger<DemoLiveFarm> logger) : BackgroundService
{
    private const long FarmLock = 0x504446_6C697665;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private double JobsPerSecond => options.Value.JobsPerSecond ?? options.Value.HistoryJobsPerSecond;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.Enabled)
            return;
        var historyRate = options.Value.HistoryJobsPerSecond;
        var schedule = new DemoLiveSchedule(JobsPerSecond, Math.Max(1, JobsPerSecond / historyRate), time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await RunAsync(schedule, stoppingToken))
                    return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (DatabaseFault.Find(exception) is not null || exception is TimeoutException or IOException)
            {
                LogDatabaseAway(exception, RetryDelay.TotalSeconds);
            }
            await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Runs over one connection until it breaks. False when there is nothing for this farm to do here.</summary>
    private async Task<bool> RunAsync(DemoLiveSchedule schedule, CancellationToken cancellationToken)
    {
        var settings = options.Value;
        var written = await new DemoHistory(dataSource, time)
            .WriteCompletedJobsAsync(settings.HistoryJobs, settings.HistoryDays, settings.Seed, cancellationToken);
        if (written > 0)
            LogHistoryWritten(written, settings.HistoryDays);

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (!await DemoCatalogRows.ExistAsync(connection, cancellationToken))
        {
            LogForeignDatabase();
            return false;
        }
        if (!await TryLockAsync(connection, cancellationToken))
            return true;

        var now = time.GetUtcNow().UtcDateTime;
        var catalog = await DemoCatalogRows.EnsureAsync(connection, now, DemoCatalog.UsualWorkerCount, cancellationToken);
        var table = new DemoLiveJobs(connection, catalog);
        if (schedule.IsNew)
        {
            var left = await table.CancelLeftoversAsync(now, cancellationToken);
            if (left > 0)
                LogLeftoversCancelled(left);
            schedule.Begin(new DemoFarm(settings.Seed, catalog.HistoryEndsAt).Live(now));
        }
        LogLive(JobsPerSecond * 60);
        while (true)
        {
            var (step, at) = await schedule.NextAsync(cancellationToken);
            await table.WriteAsync(step, at, cancellationToken);
            schedule.Done(step);
        }
    }

    // Held by the session, so it goes when the connection does.
    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection);
        command.Parameters.AddWithValue(FarmLock);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Demo farm: created {Jobs} jobs over the last {Days} days")]
    private partial void LogHistoryWritten(int jobs, int days);

    [LoggerMessage(Level = LogLevel.Information, Message = "Demo farm: completing about {JobsPerMinute:0.##} jobs per minute")]
    private partial void LogLive(double jobsPerMinute);

    [LoggerMessage(Level = LogLevel.Information, Message = "Demo farm: cancelled {Jobs} unfinished jobs of an earlier process")]
    private partial void LogLeftoversCancelled(int jobs);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The demo farm is disabled because this database contains other jobs. Use an empty database for the demo")]
    private partial void LogForeignDatabase();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Demo farm: the database is unavailable; retrying in {Seconds} s")]
    private partial void LogDatabaseAway(Exception exception, double seconds);
}
