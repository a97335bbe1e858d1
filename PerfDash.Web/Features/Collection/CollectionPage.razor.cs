using MudBlazor;
using PerfDash.Core.Collection;
using PerfDash.Data.Entities;
using PerfDash.Web.Live;

namespace PerfDash.Web.Features.Collection;

/// <summary>State of capture, failures with retry, warnings.</summary>
public sealed partial class CollectionPage(CollectionQueries collection, SignedIn signedIn, DatabaseCondition database, LiveFeed feed, ISnackbar snackbar, TimeProvider time, ILogger<CollectionPage> logger) : IDisposable
{
    // Failing, and time itself, change this page without anything being recorded.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    // Even a large batch is recorded sooner.
    private const double LongWaitMs = 30_000;

    private readonly CancellationTokenSource _leaving = new();
    private CollectionStatus? _status;
    private IReadOnlyList<FailedCollection>? _failures;
    private IReadOnlyList<JobWarnings>? _warnings;
    private string? _error;
    private DateTimeOffset? _loadedAt;

    private Severity? WaitMark => _status switch
    {
        { FailingSince: not null } => Severity.Error,
        { Pending: > 0, LagMs: > LongWaitMs } => Severity.Warning,
        _ => null,
    };

    private string PendingNote => _status switch
    {
        { FailingSince: not null } => "waiting; none can be recorded at present",
        { Pending: > 0, LagMs: > LongWaitMs } => "waiting longer than usual",
        _ => "queued, not yet recorded",
    };

    private string LastNote => _status?.LastRecordedAt is { } at ? $"last at {at:yyyy-MM-dd HH:mm:ss} UTC" : "none yet";

    private string RollupValue => _status?.Rollups switch
    {
        null => UnitFormat.Missing,
        { Enabled: false } => "Off",
        { ClosedUntil: { } until } => $"to {until:HH:mm} UTC",
        _ => "none yet",
    };

    private string RollupNote => _status?.Rollups switch
    {
        null => "",
        { Enabled: false } => "figures are read from the metrics",
        { DirtyHours: 0 } r => $"all {UnitFormat.Counted(r.Hours, "hour")}; {UnitFormat.Vram(r.SizeBytes / 1_000_000d)}",
        { } r => $"{UnitFormat.Count(r.DirtyHours)} of {UnitFormat.Counted(r.Hours, "hour")} still to close; {UnitFormat.Vram(r.SizeBytes / 1_000_000d)}",
    };

    public void Dispose()
    {
        feed.Refresh -= RefreshAsync;
        _leaving.Cancel();
        _leaving.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        feed.Refresh += RefreshAsync;
        _ = WatchAsync(_leaving.Token);
        await LoadAsync();
    }

    private async Task WatchAsync(CancellationToken left)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(left))
            {
                if (!feed.Paused)
                    await RefreshAsync();
            }
        }
        catch (Exception) when (left.IsCancellationRequested)
        {
            // The page was left.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }

    private Task RefreshAsync() => InvokeAsync(async () =>
    {
        await LoadAsync();
        StateHasChanged();
    });

    private async Task LoadAsync()
    {
        var left = _leaving.Token;
        try
        {
            _status = await collection.GetStatusAsync(left);
            _failures = await collection.GetFailuresAsync(left);
            _warnings = await collection.GetWarningsAsync(left);
            (_error, _loadedAt) = (null, time.GetUtcNow());
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested)
        {
            // The page was left.
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            if (left.IsCancellationRequested)
                return;
            _error = PageFailure.Report(e, logger);
        }
    }

    private Task RetryAsync(long jobId) => ActAsync(async actor =>
    {
        var known = await collection.RetryAsync(jobId, actor, _leaving.Token);
        snackbar.Add(known ? $"Job {jobId} is being collected again." : $"Job {jobId} is no longer in the list of failed collections.", known ? Severity.Info : Severity.Warning);
    });

    private Task RetryAllAsync() => ActAsync(async actor =>
    {
        var count = await collection.RetryAllAsync(actor, _leaving.Token);
        snackbar.Add(count == 1 ? "One job is being collected again." : $"{UnitFormat.Count(count)} jobs are being collected again.", Severity.Info);
    });

    private async Task ActAsync(Func<Actor, Task> act)
    {
        try
        {
            await act(await signedIn.ActorAsync());
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            snackbar.Add($"{PageFailure.Report(e, logger)} Nothing was changed.", Severity.Error);
            return;
        }

        await LoadAsync();
    }
}
