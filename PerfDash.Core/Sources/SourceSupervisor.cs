using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core.Ingest;
using PerfDash.Core.Messaging;
using PerfDash.Core.Settings;
using PerfDash.Core.Sources.ComfyUi;
using PerfDash.Data.Sources;

namespace PerfDash.Core.Sources;

/// <summary>Runs one task for each source that this instance follows: started, restarted and stopped as sources and leases change.</summary>
internal sealed partial class SourceSupervisor(
    NpgsqlDataSource dataSource,
    IDbContextFactory<PerfDashDbContext> contexts,
    SourceSettingsStore store,
    SourceWorkers workers,
    JobIngest ingest,
    SettingsUpdates updates,
    TimeProvider time,
    ILogger<SourceSupervisor> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly SourceLeases _leases = new(dataSource);
    private readonly Dictionary<long, Watch> _watches = [];
    private readonly Signal _changed = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        updates.Changed += _changed.Set;
        var renewedAt = Stopwatch.GetTimestamp();
        try
        {
            while (true)
            {
                try
                {
                    var asked = Stopwatch.GetTimestamp();
                    var leased = await _leases.RenewAsync(stoppingToken);
                    renewedAt = asked;
                    await FollowAsync(leased, stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    LogNotRenewed(DatabaseErrors.Describe(e));
                    // Another instance may have them by now.
                    if (Stopwatch.GetElapsedTime(renewedAt) > SourceLeases.Length - Interval)
                        await FollowAsync([], stoppingToken);
                }

                await _changed.WaitAsync(Interval, stoppingToken);
            }
        }
        finally
        {
            updates.Changed -= _changed.Set;
            await FollowAsync([], CancellationToken.None);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await _leases.ReleaseAsync(cancellationToken);
        }
        catch (NpgsqlException e)
        {
            // They end by themselves.
            LogNotRenewed(e.Message);
        }
    }

    private async Task FollowAsync(Dictionary<long, long> leased, CancellationToken cancellationToken)
    {
        foreach (var (id, watch) in _watches.Where(w => w.Value.Task.IsCompleted || !leased.TryGetValue(w.Key, out var revision) || revision != w.Value.Revision).ToList())
        {
            _watches.Remove(id);
            await watch.StopAsync();
        }

        foreach (var (id, revision) in leased.Where(l => !_watches.ContainsKey(l.Key)))
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            if (await context.Sources.FirstOrDefaultAsync(s => s.Id == id, cancellationToken) is not { } source)
                continue;
            var stop = new CancellationTokenSource();
            _watches.Add(id, new Watch(revision, stop, RunAsync(source, stop.Token)));
        }
    }

    private async Task RunAsync(Source source, CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            var workerId = source.WorkerId ?? await workers.FindOrCreateAsync(source, cancellationToken);
            var jobs = new SourceJobs(source.Id, workerId, dataSource, ingest, logger);
            var endpoint = store.Find(source, out var error)?.Endpoint(out error);
            if (endpoint is null)
            {
                await jobs.ReceiveStatusAsync(new ServerStatus { State = SourceState.Refused, LastError = error }, cancellationToken);
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }
            else
                await new ComfyUiWatcher(endpoint, jobs, time, logger).RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (Exception e)
        {
            // Restarted at the next renewal: what one server answers must not end the others.
            LogEnded(e, source.Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Leases of sources could not be renewed ({Error})")]
    private partial void LogNotRenewed(string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Following {Name} ended unexpectedly; restarting")]
    private partial void LogEnded(Exception e, string name);

    private sealed record Watch(long Revision, CancellationTokenSource Stop, Task Task)
    {
        public async Task StopAsync()
        {
            await Stop.CancelAsync();
            await Task;
            Stop.Dispose();
        }
    }
}
