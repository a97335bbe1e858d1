using Microsoft.AspNetCore.Components;
using PerfDash.Core.Alerts.Incidents;

namespace PerfDash.Web.Features.Alerts.Incidents;

/// <summary>What happened to one incident, and what was sent of it.</summary>
public sealed partial class IncidentDetail(AlertQueries alerts, AlertFeed feed, ILogger<IncidentDetail> logger) : IDisposable
{
    private AlertDetail? _detail;
    private AlertItem? _loaded;
    private string? _error;

    [Parameter, EditorRequired]
    public required AlertItem Alert { get; set; }

    /// <summary>Asks to acknowledge it, or to comment on it.</summary>
    [Parameter]
    public EventCallback OnAcknowledge { get; set; }

    /// <summary>Asks to mute it.</summary>
    [Parameter]
    public EventCallback OnMute { get; set; }

    /// <summary>Asks to make its situation the new normal.</summary>
    [Parameter]
    public EventCallback OnBaseline { get; set; }

    public void Dispose() => feed.Changed -= RefreshAsync;

    protected override void OnInitialized() => feed.Changed += RefreshAsync;

    protected override async Task OnParametersSetAsync()
    {
        // Loaded again with the list it stands in.
        if (_loaded == Alert)
            return;
        _loaded = Alert;
        await LoadAsync();
    }

    private Task RefreshAsync() => InvokeAsync(async () =>
    {
        await LoadAsync();
        StateHasChanged();
    });

    private async Task LoadAsync()
    {
        try
        {
            (_detail, _error) = (await alerts.GetDetailAsync(Alert.Id, CancellationToken.None), null);
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            _error = PageFailure.Report(e, logger);
        }
    }
}
