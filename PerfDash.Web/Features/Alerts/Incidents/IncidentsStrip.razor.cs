using PerfDash.Core.Alerts.Incidents;

namespace PerfDash.Web.Features.Alerts.Incidents;

/// <summary>What is open now, in one line.</summary>
public sealed partial class IncidentsStrip(AlertQueries alerts, AlertFeed feed, ILogger<IncidentsStrip> logger) : IDisposable
{
    private const int Shown = 3;
    private IReadOnlyList<AlertItem>? _current;

    private AlertFeed Feed => feed;

    public void Dispose() => feed.Changed -= RefreshAsync;

    protected override async Task OnInitializedAsync()
    {
        feed.Changed += RefreshAsync;
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
            _current = await alerts.GetCurrentAsync(Shown, CancellationToken.None);
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            // The page itself says that the database is away; what is shown stays.
            LogFailed(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not load the open alerts")]
    private partial void LogFailed(Exception e);
}
