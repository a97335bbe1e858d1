using Npgsql;
using PerfDash.Data;
using PerfDash.Data.Migrations;

namespace PerfDash.Web.Hosting.Startup;

/// <summary>
/// Starts what works on the database. Where that is not there yet, restarts or cuts connections, it is tried again after
/// growing pauses, while pages and health say what is awaited; what waiting cannot mend ends the program in a sentence.
/// </summary>
internal sealed partial class DatabaseStart(
    PerfDashDatabase database,
    NpgsqlDataSource dataSource,
    DatabaseMigrator migrator,
    StartupState state,
    IServiceProvider services,
    IHostApplicationLifetime program,
    TimeProvider time,
    ILogger<DatabaseStart> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IHostedService> _started = [];
    private Queue<IHostedService>? _waiting;
    private Task _trying = Task.CompletedTask;
    private TimeSpan _pause = FirstPause;
    private bool _migrated;
    private Task? _stopped;

    private readonly string _address = DatabaseServer.AddressOf(database.ConnectionString);

    /// <summary>The first attempt at the database, before anything else runs: what is wrong for good is found here.</summary>
    /// <exception cref="DatabaseUnfitException">Waiting does not help.</exception>
    /// <exception cref="MigrationException">The schema cannot be brought up to date.</exception>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        try
        {
            await MigrateAsync(cancellationToken);
        }
        catch (Exception e) when (DatabaseFault.MayPass(e))
        {
            Await(e);
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _waiting = new(services.GetKeyedServices<IHostedService>(DatabaseServices.Key));
        // As a rule all is there, and the program is complete when it begins to serve.
        if (!_migrated || !await TryAsync(cancellationToken))
            _trying = TryUntilStartedAsync();
        else
            _trying = WatchAsync();
    }

    /// <summary>Stops what was started. A host may ask more than once, the last time after it disposed of this.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _stopped ??= StopOnceAsync(cancellationToken);

    public void Dispose() => _stopping.Dispose();

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _trying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var service in Enumerable.Reverse(_started))
            await service.StopAsync(cancellationToken);
    }

    private async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await DatabaseServer.EnsureAsync(dataSource, database.ConnectionString, cancellationToken);
        await migrator.MigrateAsync(cancellationToken);
        _migrated = true;
    }

    private async Task TryUntilStartedAsync()
    {
        try
        {
            do
                await Task.Delay(_pause, time, _stopping.Token);
            while (!await TryAsync(_stopping.Token));
            LogThere(_address);
            await WatchAsync();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The program stops.
        }
        catch (Exception e)
        {
            // Said by the command, once the program has stopped.
            state.Fail(e);
            program.StopApplication();
        }
    }

    /// <summary>Goes on where the last attempt ended; false when that ended early again.</summary>
    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!_migrated)
                await MigrateAsync(cancellationToken);
            while (_waiting!.TryPeek(out var service))
            {
                await service.StartAsync(cancellationToken);
                _started.Add(_waiting.Dequeue());
            }

            state.SetReady();
            return true;
        }
        catch (Exception e) when (DatabaseFault.MayPass(e))
        {
            Await(e);
            return false;
        }
    }

    private void Await(Exception e)
    {
        var reason = DatabaseFault.Describe(e);
        LogAway(_address, reason, _pause.TotalSeconds);
        state.Wait("PerfDash waits for its database, which does not respond yet. It continues automatically when the database is available.");
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }

    /// <summary>Ends the program when a service that should run for ever has failed, as the framework does for its own.</summary>
    private async Task WatchAsync()
    {
        await Task.Yield();
        var running = _started.OfType<BackgroundService>().Select(s => s.ExecuteTask).OfType<Task>().ToList();
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running).WaitAsync(_stopping.Token).ConfigureAwait(false);
            running.Remove(ended);
            if (ended is { IsFaulted: true, Exception: { } fault })
            {
                var cause = fault.GetBaseException();
                LogFailed(cause);
                state.Fail(cause);
                program.StopApplication();
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database at {Address} cannot be used yet ({Reason}); trying again in {Seconds} s")]
    private partial void LogAway(string address, string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "The database at {Address} is available; PerfDash has started")]
    private partial void LogThere(string address);

    [LoggerMessage(Level = LogLevel.Critical, Message = "A required background service failed; PerfDash stops")]
    private partial void LogFailed(Exception e);
}
