using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using PerfDash.Core.Search;
using PerfDash.Web.Live;

namespace PerfDash.Web.Layout;

/// <summary>Keys that work on every page, and what they open.</summary>
public sealed partial class Shortcuts(IJSRuntime js, IDialogService dialogs, NavigationManager navigation, LiveFeed feed) : IAsyncDisposable
{
    private IJSObjectReference? _module;
    private IJSObjectReference? _listening;
    private DotNetObjectReference<Callbacks>? _callbacks;
    private IDialogReference? _open;

    [Parameter, EditorRequired]
    public required PageQuery Query { get; set; }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_listening is not null)
            {
                await _listening.InvokeVoidAsync("stop");
                await _listening.DisposeAsync();
            }

            if (_module is not null)
                await _module.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone, and its keys with it.
        }

        _callbacks?.Dispose();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        try
        {
            _callbacks = DotNetObjectReference.Create(new Callbacks(this));
            _module = await js.InvokeAsync<IJSObjectReference>("import", "./js/shortcuts.js");
            _listening = await _module.InvokeAsync<IJSObjectReference>("listen", _callbacks);
        }
        catch (JSDisconnectedException)
        {
            // Left before it was drawn.
        }
    }

    private async Task SearchAsync()
    {
        if (await ShowAsync<SearchDialog>("Search", []) is SearchTarget target)
            navigation.NavigateTo(target.Address + Query.QueryString);
    }

    private async Task HelpAsync()
    {
        var isOn = await _module!.InvokeAsync<bool>("isOn");
        var parameters = new DialogParameters<ShortcutSheet>
        {
            { s => s.SingleKeys, isOn },
            { s => s.SingleKeysChanged, EventCallback.Factory.Create<bool>(this, on => _module!.InvokeVoidAsync("set", on).AsTask()) },
        };
        await ShowAsync<ShortcutSheet>("Keyboard", parameters);
    }

    // One at a time: a second press of the key closes nothing and opens nothing.
    private async Task<object?> ShowAsync<TDialog>(string title, DialogParameters parameters)
        where TDialog : ComponentBase
    {
        if (_open is not null)
            return null;
        _open = await dialogs.ShowAsync<TDialog>(title, parameters, new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, Position = DialogPosition.TopCenter });
        var result = await _open.Result;
        _open = null;
        return result is { Canceled: false } ? result.Data : null;
    }

    private Task PressedAsync(string command) => InvokeAsync(() => command switch
    {
        "search" => SearchAsync(),
        "help" => HelpAsync(),
        "pause" => feed.SetPausedAsync(!feed.Paused),
        ['g', 'o', ' ', var key] => GoAsync(key),
        _ => Task.CompletedTask,
    });

    private Task GoAsync(char key)
    {
        if (Destination.All.FirstOrDefault(d => d.Key == key) is { } destination)
            navigation.NavigateTo(destination.Address + Query.QueryString);
        return Task.CompletedTask;
    }

    private sealed class Callbacks(Shortcuts owner)
    {
        [JSInvokable]
        public Task Pressed(string command) => owner.PressedAsync(command);
    }
}

/// <summary>Where a search leads.</summary>
/// <param name="Address">The address without a query.</param>
/// <param name="Kind">What it is: page, workflow, worker or job.</param>
public sealed record SearchTarget(string Address, string Kind, string Name, string Icon)
{
    public static SearchTarget From(Destination page) => new(page.Address, "Page", page.Title, page.Icon);

    /// <summary>Something found in the database.</summary>
    public static SearchTarget From(SearchHit hit) => hit.Kind switch
    {
        SearchKind.Workflow => new(PerfDashUrls.Workflow(hit.Id), "Workflow", hit.Name, Icons.Material.Outlined.AccountTree),
        SearchKind.Worker => new(PerfDashUrls.Worker(hit.Id), "Worker", hit.Name, Icons.Material.Outlined.Memory),
        _ => new(PerfDashUrls.Job(hit.Id), "Job", hit.Name.Length == 0 ? $"#{hit.Id}" : $"#{hit.Id} · {hit.Name}", Icons.Material.Outlined.Task),
    };
}
