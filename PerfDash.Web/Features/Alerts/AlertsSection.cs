using Microsoft.AspNetCore.Components;
using MudBlazor;
using PerfDash.Web.Features.Alerts.Incidents;

namespace PerfDash.Web.Features.Alerts;

/// <summary>A section of the page of alerts: it loads itself again whenever incidents or rules changed, and acts for who is signed in.</summary>
public abstract class AlertsSection : DashboardComponent
{
    protected static readonly DialogOptions Form = new() { MaxWidth = MaxWidth.Medium, FullWidth = true, CloseButton = true, BackdropClick = false };

    protected static readonly DialogOptions Question = new() { MaxWidth = MaxWidth.ExtraSmall, FullWidth = true, CloseButton = true };

    /// <inheritdoc />
    protected override bool IsLive => false;

    [Inject]
    internal AlertFeed Alerts { get; set; } = null!;

    [Inject]
    internal SignedIn SignedIn { get; set; } = null!;

    [Inject]
    internal IDialogService Dialogs { get; set; } = null!;

    [Inject]
    internal ISnackbar Snackbar { get; set; } = null!;

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

    /// <summary>Does what was asked for and loads again; a failure of the database is shown, and changes nothing.</summary>
    /// <param name="act">Given who acts, says what came of it; null: nothing to say.</param>
    protected async Task ActAsync(Func<Actor, Task<(string Text, Severity Severity)?>> act)
    {
        try
        {
            if (await act(await SignedIn.ActorAsync()) is { } message)
                Snackbar.Add(builder => builder.AddContent(0, message.Text), message.Severity);
        }
        catch (Exception e) when (DatabaseFailure.Is(e))
        {
            Snackbar.Add($"{DatabaseFailure.Report(e, Logs.CreateLogger(GetType()))} Nothing was changed.", Severity.Error);
            return;
        }

        await LoadNowAsync();
    }

    /// <summary>Shows a dialog and loads again when something came of it.</summary>
    protected async Task ShowAsync<TDialog>(string title, DialogParameters<TDialog> parameters, DialogOptions options)
        where TDialog : IComponent
    {
        var dialog = await Dialogs.ShowAsync<TDialog>(title, parameters, options);
        if (await dialog.Result is not { Canceled: false } done)
            return;
        if (done.Data is string said)
            Snackbar.Add(builder => builder.AddContent(0, said), Severity.Success);
        await LoadNowAsync();
    }

    /// <summary>Asks before something is deleted.</summary>
    protected async Task<bool> AskAsync(string title, string question, string yes) =>
        await Dialogs.ShowMessageBoxAsync(title, question, yesText: yes, cancelText: "Cancel", options: Question) is true;

    /// <summary>The page's address with a part of it changed.</summary>
    protected string With(string name, string? value) => Navigation.GetUriWithQueryParameter(name, value);

    private Task ReloadAsync() => InvokeAsync(async () =>
    {
        await LoadNowAsync();
        StateHasChanged();
    });
}
