using MudBlazor;
using PerfDash.Core.Collection;
using PerfDash.Web.Shared;

namespace PerfDash.Web.Live;

/// <summary>
/// Says whether what is on the page is live, held still by the reader, or behind because the database is away. (When
/// the browser itself has lost the server, the reconnect notice says so.)
/// </summary>
public sealed partial class LiveMark(LiveFeed feed, CollectionState collection) : IDisposable
{
    private Timer? _watch;

    private enum MarkState
    {
        Live,
        Paused,
        Disconnected,
    }

    private LiveFeed Feed => feed;

    private MarkState State => feed.Paused ? MarkState.Paused : collection.Connected ? MarkState.Live : MarkState.Disconnected;

    private string Word => State switch
    {
        MarkState.Live => "Live",
        MarkState.Paused => feed.Missed == 0 ? "Paused" : $"Paused · {UnitFormat.Count(feed.Missed)} new",
        _ => "Disconnected",
    };

    private string Tip => State switch
    {
        MarkState.Live => "Live: updates as jobs complete. Click to pause.",
        MarkState.Paused => feed.Missed == 0 ? "Paused. Click to resume." : $"{Word}: {UnitFormat.Counted(feed.Missed, "job")} recorded since. Click to resume.",
        _ => $"Disconnected: the database is unavailable, so data may be out of date. {collection.LastError}",
    };

    private string Icon => State switch
    {
        MarkState.Live => Icons.Material.Filled.FiberManualRecord,
        MarkState.Paused => Icons.Material.Filled.PauseCircle,
        _ => Icons.Material.Filled.CloudOff,
    };

    /// <inheritdoc />
    public void Dispose()
    {
        feed.Changed -= OnChanged;
        collection.Changed -= OnChanged;
        _watch?.Dispose();
    }

    /// <inheritdoc />
    protected override void OnInitialized()
    {
        feed.Changed += OnChanged;
        collection.Changed += OnChanged;
        // Being connected ends by silence, which raises no event.
        _watch = new Timer(_ => OnChanged(), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
    }

    private MarkState _shown;

    private void OnChanged() => _ = InvokeAsync(() =>
    {
        if (State == _shown && State == MarkState.Live)
            return;
        _shown = State;
        StateHasChanged();
    });

    private Task ToggleAsync() => feed.SetPausedAsync(!feed.Paused);
}
