using Microsoft.AspNetCore.Components;
using PerfDash.Web.Features.Alerts.Incidents;

namespace PerfDash.Web.Features.Alerts;

/// <summary>A section of the page of alerts: it loads itself again whenever incidents or rules changed.</summary>
public abstract class AlertsSection : EditableComponent
{
    [Inject]
    internal AlertFeed Alerts { get; set; } = null!;

    /// <summary>Now, for ages and what is still muted.</summary>
    protected DateTimeOffset Now => Time.GetUtcNow();

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Alerts.Changed += ReloadAsync;
    }

    protected override void Dispose(bool disposing)
    {
        Alerts.Changed -= ReloadAsync;
        base.Dispose(disposing);
    }

    /// <summary>The page's address with a part of it changed.</summary>
    protected string With(string name, string? value) => Navigation.GetUriWithQueryParameter(name, value);

    private Task ReloadAsync() => InvokeAsync(async () =>
    {
        await LoadNowAsync();
        StateHasChanged();
    });
}
