using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PerfDash.Core.Messaging;
using PerfDash.Core.Settings;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.PageData;

/// <summary>What there is to show while figures are loaded, and after.</summary>
public sealed class PageLoaderTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly SettingsUpdates _settings = new();
    private readonly SharedQueryCache _cache;
    private readonly PageLoader _loader;
    private readonly List<(TaskCompletionSource Ending, CancellationToken Token)> _loads = [];

    public PageLoaderTests()
    {
        _cache = new SharedQueryCache(new LiveUpdates(_time), _settings, _time);
        _loader = new PageLoader(
            (_, _, token) =>
            {
                _loads.Add((new TaskCompletionSource(), token));
                return _loads[^1].Ending.Task;
            },
            _cache,
            _time,
            NullLogger.Instance);
    }

    public void Dispose()
    {
        _loader.Dispose();
        _cache.Dispose();
    }

    [Theory]
    // 24h, 7d, soon: asks for this range. done, fails, senseless: so ends the newest load. late: the one before it fails. left: the page is.
    [InlineData("", LoadState.Loading, false, null, "")]
    [InlineData("24h", LoadState.Loading, false, null, "")]
    [InlineData("24h done", LoadState.Shown, true, null, "")]
    [InlineData("24h done 24h", LoadState.Refreshing, true, null, "")]
    [InlineData("24h done 7d", LoadState.Refreshing, true, null, "")]
    [InlineData("24h done 7d done", LoadState.Shown, true, null, "")]
    [InlineData("24h fails", LoadState.Failed, false, null, "database")]
    [InlineData("24h fails 24h", LoadState.Refreshing, false, null, "database")]
    [InlineData("24h fails 24h done", LoadState.Shown, true, null, "")]
    [InlineData("24h done 24h fails", LoadState.Failed, true, null, "database")]
    [InlineData("24h done 7d fails", LoadState.Failed, false, "Last 24 hours", "database")]
    [InlineData("24h done 7d fails 24h", LoadState.Refreshing, true, null, "database")]
    [InlineData("24h done 7d fails 7d done", LoadState.Shown, true, null, "")]
    [InlineData("24h senseless", LoadState.Failed, false, null, "address")]
    [InlineData("24h done 24h senseless", LoadState.Failed, true, null, "address")]
    [InlineData("soon", LoadState.Failed, false, null, "address")]
    [InlineData("24h done soon", LoadState.Failed, false, "Last 24 hours", "address")]
    [InlineData("24h soon late", LoadState.Failed, false, null, "address")]
    [InlineData("soon 24h done", LoadState.Shown, true, null, "")]
    [InlineData("24h 7d", LoadState.Loading, false, null, "")]
    [InlineData("24h 7d late", LoadState.Loading, false, null, "")]
    [InlineData("24h 7d done late", LoadState.Shown, true, null, "")]
    [InlineData("24h done 24h 7d late", LoadState.Refreshing, true, null, "")]
    [InlineData("24h left done", LoadState.Loading, false, null, "")]
    [InlineData("24h done left 7d", LoadState.Shown, true, null, "")]
    public async Task What_happens_decides_what_there_is_to_show(string events, LoadState state, bool hasFigures, string? otherRange, string failure)
    {
        foreach (var happened in events.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (happened)
            {
                case "done":
                    _loads[^1].Ending.SetResult();
                    break;
                case "fails":
                    _loads[^1].Ending.SetException(new Npgsql.NpgsqlException("Failed to connect", new IOException("refused")));
                    break;
                case "senseless":
                    _loads[^1].Ending.SetException(new PageAddressException("There is no such worker."));
                    break;
                case "late":
                    _loads.First(load => load.Token.IsCancellationRequested && !load.Ending.Task.IsCompleted).Ending.SetException(new Npgsql.NpgsqlException("Failed to connect"));
                    break;
                case "left":
                    _loader.Dispose();
                    break;
                default:
                    _ = _loader.LoadAsync(new PageQuery(happened == "soon" ? happened : $"now-{happened}", null));
                    break;
            }
        }

        if (_loads.Count == 0 || _loads[^1].Ending.Task.IsCompleted)
            await _loader.WaitAsync();
        Assert.Equal((state, hasFigures, otherRange), (_loader.State, _loader.HasFigures, _loader.OtherRange));
        Assert.Equal((failure != "", failure == "address"), (_loader.Error is not null, _loader.IsUnreadable));
    }

    [Fact]
    public async Task A_newer_load_and_leaving_the_page_cancel_the_one_under_way()
    {
        _ = _loader.LoadAsync(new PageQuery("now-24h", null));
        Assert.False(_loads[0].Token.IsCancellationRequested);
        _ = _loader.LoadAsync(new PageQuery("now-7d", null));
        Assert.Equal([true, false], _loads.Select(load => load.Token.IsCancellationRequested));
        _loader.Dispose();
        Assert.True(_loads[1].Token.IsCancellationRequested);
        await _loader.LoadAsync(new PageQuery("now-7d", null));
        Assert.Equal(2, _loads.Count);
    }

    [Theory]
    [InlineData("now-24h", null, 1, true)]
    [InlineData("now-7d", null, 1, false)]
    [InlineData("now-24h", 5L, 1, false)]
    [InlineData("now-24h", null, 2, false)]
    public async Task A_query_runs_once_for_the_same_request_range_and_filter(string from, long? workerId, int request, bool isShared) =>
        Assert.Equal(isShared, ReferenceEquals(await AskAsync("now-24h", null, 1), await AskAsync(from, workerId, request)));

    private async Task<object> AskAsync(string from, long? workerId, int request)
    {
        object? result = null;
        PageLoader? loader = null;
        using (loader = new PageLoader(LoadAsync, _cache, _time, NullLogger.Instance))
            await loader.LoadAsync(new PageQuery(from, null));
        return result!;

        async Task LoadAsync(Core.TimeRange range, Core.Metrics.MetricFilter filter, CancellationToken cancellationToken) => result = await loader!.SharedAsync(
            request, static (_, _, _, _) => Task.FromResult(new object()), filter with { WorkerId = workerId }, cancellationToken);
    }
}
