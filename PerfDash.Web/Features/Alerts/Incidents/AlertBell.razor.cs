using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using MudBlazor;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Alerts.Incidents;

/// <summary>The bell of the header.</summary>
public sealed partial class AlertBell(AlertFeed feed, ISnackbar snackbar, NavigationManager navigation) : IDisposable
{
    /// <summary>Changes notified one by one; more of them at once are one line.</summary>
    private const int MaxSingleNotifications = 3;

    private AlertFeed Feed => feed;

    private string Shown => feed.CurrentCount > 99 ? "99+" : UnitFormat.Count(feed.CurrentCount);

    private string Tip => feed.CurrentCount is not { } count
        ? "Alerts"
        : count == 0 ? "No open alerts" : UnitFormat.Counted(count, "open alert");

    private string Address => PerfDashUrls.Alerts + PageQuery.PreservedQuery(new Uri(navigation.Uri).Query);

    public void Dispose()
    {
        feed.Changed -= ShowAsync;
        feed.Notified -= OnNotified;
        navigation.LocationChanged -= OnLocationChanged;
    }

    protected override void OnInitialized()
    {
        feed.Changed += ShowAsync;
        feed.Notified += OnNotified;
        navigation.LocationChanged += OnLocationChanged;
        feed.Start();
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e) => _ = ShowAsync();

    private Task ShowAsync() => InvokeAsync(StateHasChanged);

    private void OnNotified(IReadOnlyList<AlertNotification> notifications) => _ = InvokeAsync(() =>
    {
        if (notifications.Count <= MaxSingleNotifications)
        {
            foreach (var one in notifications)
                Notify(one.Title, SeverityOf(one), PerfDashUrls.Alert(one.IncidentId));
            return;
        }

        var words = notifications.GroupBy(n => n.Event).Select(g => $"{UnitFormat.Count(g.Count())} {g.Key.ToText()}");
        Notify($"{UnitFormat.Count(notifications.Count)} alert changes: {string.Join(", ", words)}", notifications.Max(SeverityOf), PerfDashUrls.Alerts);
    });

    // A fragment is text, whatever the names in it are.
    private void Notify(string text, Severity severity, string address) => snackbar.Add(
        builder => builder.AddContent(0, text),
        severity,
        options =>
        {
            options.Action = "Show";
            options.VisibleStateDuration = 8000;
            options.OnClick = _ =>
            {
                navigation.NavigateTo(address);
                return Task.CompletedTask;
            };
        });

    private static Severity SeverityOf(AlertNotification notification) => notification switch
    {
        { Event: IncidentEvent.Resolved } => Severity.Success,
        { Severity: AlertSeverity.Critical } => Severity.Error,
        _ => Severity.Warning,
    };
}
