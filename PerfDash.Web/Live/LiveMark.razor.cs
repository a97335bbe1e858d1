using MudBlazor;
using PerfDash.Core.Collection;

namespace PerfDash.Web.Live;

/// <summary>
/// Says whether what is on the page is live, held still by the reader, or behind because new jobs are not recorded. (When
/// the browser itself has lost the server, connection.js says so in its place.)
/// </summary>
public sealed partial class LiveMark(LiveFeed feed, CollectionState collection) : IDisposable
{
    private Timer? _watch;
    private MarkState _shown;

    private enum MarkState
    {
        Live,
        Paused,
        Failing,
        Disconnected,
    }

    private LiveFeed Feed => feed;

    private MarkState State => feed.Paused ? MarkState.Paused : collection.Problem is not { } problem ? MarkState.Live : problem.IsUnreachable ? MarkState.Disconnected : MarkState.Failing;

    private string Word => State switch
    {
        MarkState.Live => "Live",
        MarkState.Paused => feed.Missed == 0 ? "Paused" : $"Paused · {UnitFormat.Count(feed.Missed)} new",
        MarkState.Failing => "Not recording",
        _ => "Disconnected",
    };

    private string Tip => State switch
    {
        MarkState.Live => "Live: updates as jobs complete. Click to pause.",
        MarkState.Paused => feed.Missed == 0 ? "Paused. Click to resume." : $"{Word}: {UnitFormat.Counted(feed.Missed, "job")} recorded since. Click to resume.",
        _ => $"{Word}: new jobs have not been recorded since {UnitFormat.Time(collection.Problem?.Since)}. {collection.Problem?.Error}",
    };

    private string Icon => State switch
    {
        MarkState.Live => Icons.Material.Filled.FiberManualRecord,
        MarkState.Paused => Icons.Material.Filled.PauseCircle,
        MarkState.Failing => Icons.Material.Filled.Error,
        _ => Icons.Material.Filled.CloudOff,
    };

    public void Dispose()
    {
        feed.Changed -= OnChanged;
        collection.Changed -= OnChanged;
        _watch?.Dispose();
    }

    protected override void OnInitialized()
    {
        feed.Changed += OnChanged;
        collection.Changed += OnChanged;
        // Being connected ends by silence, which raises no event.
        _watch = new Timer(_ => OnChanged(), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
    }

    private void OnChanged() => _ = InvokeAsync(() =>
    {
        if (State == _shown && State == MarkState.Live)
            return;
        _shown = State;
        StateHasChanged();
    });

    private Task ToggleAsync() => feed.SetPausedAsync(!feed.Paused);
}
