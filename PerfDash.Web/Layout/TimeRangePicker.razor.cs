using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using PerfDash.Web.Live;

namespace PerfDash.Web.Layout;

/// <summary>The time range of the header.</summary>
public sealed partial class TimeRangePicker(NavigationManager navigation, PageAddress address, IDialogService dialogs, ISnackbar snackbar, IJSRuntime js, LiveFeed feed, TimeProvider time)
{
    private MudMenu? _menu;

    /// <summary>What the address says now.</summary>
    [Parameter, EditorRequired]
    public required PageQuery Query { get; set; }

    /// <summary>Called with a preset that is to hold where an address names no range.</summary>
    [Parameter]
    public EventCallback<string> DefaultChanged { get; set; }

    private string Label => Query.Label(time.GetUtcNow());

    // What a phone has room for.
    private string ShortLabel => Query.Preset?.ShortLabel ?? "Custom";

    private string Period => Query.Read(time.GetUtcNow()) is ({ } range, { Count: 0 }) ? PeriodName.From(range) : "its length";

    private void Go(string? from, string? to) =>
        address.Set(new Dictionary<string, object?> { ["from"] = from, ["to"] = to });

    private void Shift(int direction) => Go(Query.Shifted(direction, time.GetUtcNow()));

    private void ZoomOut() => Go(Query.ZoomedOut(time.GetUtcNow()));

    private void Go(PageQuery query) => Go(query.From, query.To);

    // Also what is held still by a pause.
    private Task RefreshAsync() => feed.RefreshNowAsync();

    private void ToggleComparison() =>
        address.Set("compare", Query.ComparesPrevious ? "none" : null);

    // With both ends named: the same figures for whoever opens it, whenever.
    private async Task CopyLinkAsync()
    {
        var (range, errors) = Query.Read(time.GetUtcNow());
        var link = errors.Count > 0 ? navigation.Uri : navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
        {
            ["from"] = range.From.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", null),
            ["to"] = range.To.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", null),
        });
        try
        {
            await using var module = await js.InvokeAsync<IJSObjectReference>("import", "./js/copy-text.js");
            if (await module.InvokeAsync<bool>("copyText", link))
                snackbar.Add("Link copied.", Severity.Success);
            else
                snackbar.Add($"The browser blocked copying. Link: {link}", Severity.Warning);
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone.
        }
    }

    private async Task ChooseCustomAsync()
    {
        // A menu that closes takes the focus back, so it has to be closed before the dialog opens.
        await _menu!.CloseMenuAsync();
        var (range, errors) = Query.Read(time.GetUtcNow());
        var parameters = new DialogParameters<TimeRangeDialog>
        {
            { d => d.From, errors.Count > 0 ? PageQuery.DefaultFrom : Query.From is null ? range.From.UtcDateTime.ToString("yyyy-MM-dd HH:mm", null) : Query.From },
            { d => d.To, errors.Count > 0 ? "now" : Query.To ?? "now" },
        };
        var dialog = await dialogs.ShowAsync<TimeRangeDialog>("Custom range", parameters, new DialogOptions { MaxWidth = MaxWidth.ExtraSmall, FullWidth = true, CloseButton = true });
        if (await dialog.Result is { Canceled: false, Data: PageQuery chosen })
            Go(chosen.From, chosen.To is "now" ? null : chosen.To);
    }
}
