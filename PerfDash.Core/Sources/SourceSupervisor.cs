using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core.Ingest;
using PerfDash.Core.Messaging;
using PerfDash.Core.Settings;
using PerfDash.Core.Sources.ComfyUi;
using PerfDash.Core.Sources.Probes;
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
    private int _hasChanged;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        updates.Changed += OnChanged;
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
                    // Taken before: what changes from here on is for the next round.
                    var hasChanged = Interlocked.Exchange(ref _hasChanged, 0) == 1;
                    await FollowAsync(leased, stoppingToken);
                    // A probe may have been asked for.
                    foreach (var watch in hasChanged ? _watches.Values.ToList() : [])
                        watch.Wake.Set();
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
            updates.Changed -= OnChanged;
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

    private void OnChanged()
    {
        Interlocked.Exchange(ref _hasChanged, 1);
        _changed.Set();
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
            var wake = new Signal();
            _watches.Add(id, new Watch(revision, stop, wake, RunAsync(source, wake, stop.Token)));
        }
    }

    private async Task RunAsync(Source source, Signal wake, CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            var workerId = source.WorkerId ?? await workers.FindOrCreateAsync(source, cancellationToken);
            var probes = new ProbeRuns(source.Id, workerId, dataSource);
            var jobs = new SourceJobs(source.Id, workerId, probes, dataSource, ingest, logger);
            var endpoint = store.Find(source, out var error)?.Endpoint(out error);
            if (endpoint is null)
            {
                await jobs.ReceiveStatusAsync(new ServerStatus { State = SourceState.Refused, LastError = error }, cancellationToken);
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }
            else
                await new ComfyUiWatcher(endpoint, jobs, time, logger, probes, wake).RunAsync(cancellationToken);
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

    private sealed record Watch(long Revision, CancellationTokenSource Stop, Signal Wake, Task Task)
    {
        public async Task StopAsync()
        {
            await Stop.CancelAsync();
            await Task;
            Stop.Dispose();
        }
    }
}
