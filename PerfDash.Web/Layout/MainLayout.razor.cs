using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using MudBlazor;
using PerfDash.Web.Live;

namespace PerfDash.Web.Layout;

/// <summary>The frame of every page: header with time range, live mark and theme; navigation; content.</summary>
public sealed partial class MainLayout(NavigationManager navigation, LiveFeed feed, IJSRuntime js) : IDisposable
{
    private MudThemeProvider? _themeProvider;
    private ErrorBoundary? _boundary;
    private PageQuery _query = new(null, null);
    private string _defaultRange = PageQuery.DefaultFrom;
    private ThemeChoice _choice;
    private bool _isDark;
    private bool _systemIsDark;
    private bool _drawerOpen = true;

    private NavigationManager Navigation => navigation;

    /// <summary>The theme chosen before, from the cookie.</summary>
    [CascadingParameter]
    public ThemeChoice InitialChoice { get; set; }

    /// <summary>The range kept as the reader's own default, from the cookie.</summary>
    [CascadingParameter(Name = "DefaultRange")]
    public string? InitialRange { get; set; }

    /// <summary>Whether the system was dark when the page was opened; not asked where a theme was chosen.</summary>
    [CascadingParameter(Name = "SystemIsDark")]
    public bool InitialSystemIsDark { get; set; }

    public void Dispose() => navigation.LocationChanged -= OnLocationChanged;

    protected override void OnInitialized()
    {
        _choice = InitialChoice;
        _systemIsDark = InitialSystemIsDark;
        ApplyTheme();
        _defaultRange = PageQuery.PresetOrDefault(InitialRange);
        _query = PageQuery.Parse(navigation.Uri, _defaultRange);
        navigation.LocationChanged += OnLocationChanged;
        feed.Start();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender || _themeProvider is null)
            return;
        await OnSystemChangedAsync(await _themeProvider.GetSystemDarkModeAsync());
        await _themeProvider.WatchSystemDarkModeAsync(OnSystemChangedAsync);
    }

    private void ToggleDrawer() => _drawerOpen = !_drawerOpen;

    private async Task ChooseAsync(ThemeChoice choice)
    {
        // Kept before it is seen: whoever sees it may load the page again at once.
        if (!await KeepAsync("keepTheme", ThemeChoices.Cookie, choice.ToString().ToLowerInvariant()))
            return;
        _choice = choice;
        ApplyTheme();
    }

    private async Task RememberRangeAsync(string from)
    {
        if (!await KeepAsync("keep", PageQuery.Cookie, from))
            return;
        _defaultRange = from;
        _query = PageQuery.Parse(navigation.Uri, _defaultRange);
    }

    /// <returns>False when the browser has gone, and what it was to keep with it.</returns>
    private async Task<bool> KeepAsync(string function, string cookie, string value)
    {
        try
        {
            await using var module = await js.InvokeAsync<IJSObjectReference>("import", "./js/preferences.js");
            await module.InvokeVoidAsync(function, cookie, value);
            return true;
        }
        catch (JSDisconnectedException)
        {
            return false;
        }
    }

    private Task OnSystemChangedAsync(bool isDark)
    {
        _systemIsDark = isDark;
        ApplyTheme();
        return InvokeAsync(StateHasChanged);
    }

    private void ApplyTheme() => _isDark = _choice == ThemeChoice.Dark || (_choice == ThemeChoice.System && _systemIsDark);

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        _query = PageQuery.Parse(e.Location, _defaultRange);
        _boundary?.Recover();
        _ = InvokeAsync(StateHasChanged);
    }
}
