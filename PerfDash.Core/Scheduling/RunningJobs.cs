using Microsoft.Extensions.Hosting;

namespace PerfDash.Core.Scheduling;

/// <summary>Knows the runs under way in this process, so that a stop can wait a moment for those it has cut off.</summary>
internal sealed class RunningJobs : IHostedService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];

    /// <summary>Counts a run until it ends.</summary>
    public void Add(Task run)
    {
        lock (_lock)
            _running.Add(run);
        _ = run.ContinueWith(Remove, TaskScheduler.Default);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task[] running;
        lock (_lock)
            running = [.. _running];
        await Task.WhenAny(Task.WhenAll(running), Task.Delay(LongestWait, CancellationToken.None));
    }

    private void Remove(Task run)
    {
        lock (_lock)
            _running.Remove(run);
    }
}
