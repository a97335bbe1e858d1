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
    private PageQuery _query = PageQuery.Of(navigation.Uri);
    private ThemeChoice _choice;
    private bool _isDark;
    private bool _systemIsDark;
    private bool _drawerOpen = true;

    private NavigationManager Navigation => navigation;

    /// <summary>The theme chosen before, from the cookie.</summary>
    [CascadingParameter]
    public ThemeChoice InitialChoice { get; set; }

    /// <inheritdoc />
    public void Dispose() => navigation.LocationChanged -= OnLocationChanged;

    /// <inheritdoc />
    protected override void OnInitialized()
    {
        _choice = InitialChoice;
        _isDark = _choice == ThemeChoice.Dark;
        navigation.LocationChanged += OnLocationChanged;
        feed.Start();
    }

    /// <inheritdoc />
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
        try
        {
            // Kept before it is seen: whoever sees it may load the page again at once.
            await using var module = await js.InvokeAsync<IJSObjectReference>("import", "./js/theme-choice.js");
            await module.InvokeVoidAsync("keep", ThemeChoices.Cookie, choice.ToString().ToLowerInvariant());
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone, and what it was to keep with it.
            return;
        }

        _choice = choice;
        ApplyTheme();
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
        _query = PageQuery.Of(e.Location);
        _boundary?.Recover();
        _ = InvokeAsync(StateHasChanged);
    }
}
