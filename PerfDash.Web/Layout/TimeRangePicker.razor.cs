using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace PerfDash.Web.Layout;

/// <summary>The time range of the header.</summary>
public sealed partial class TimeRangePicker(NavigationManager navigation, IDialogService dialogs, TimeProvider time)
{
    private MudMenu? _menu;

    /// <summary>What the address says now.</summary>
    [Parameter, EditorRequired]
    public required PageQuery Query { get; set; }

    private string Label => Query.Label(time.GetUtcNow());

    private void Go(string? from, string? to) =>
        navigation.NavigateTo(navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["from"] = from, ["to"] = to }));

    private void ToggleComparison() =>
        navigation.NavigateTo(navigation.GetUriWithQueryParameter("compare", Query.ComparesPrevious ? "none" : null));

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
        var dialog = await dialogs.ShowAsync<TimeRangeDialog>("Custom range", parameters, new DialogOptions { MaxWidth = MaxWidth.ExtraSmall, FullWidth = true });
        if (await dialog.Result is { Canceled: false, Data: PageQuery chosen })
            Go(chosen.From, chosen.To is "now" ? null : chosen.To);
    }
}
