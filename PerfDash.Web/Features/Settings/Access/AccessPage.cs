using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace PerfDash.Web.Features.Settings.Access;

/// <summary>A page of accounts, keys or sessions: it acts for who is signed in and loads itself again.</summary>
public abstract class AccessPage : DashboardComponent
{
    private static readonly DialogOptions Form = new() { MaxWidth = MaxWidth.Small, FullWidth = true, CloseButton = true };

    [Inject]
    internal SignedIn SignedIn { get; set; } = null!;

    [Inject]
    internal IDialogService Dialogs { get; set; } = null!;

    [Inject]
    internal ISnackbar Snackbar { get; set; } = null!;

    protected override bool IsLive => false;

    /// <summary>A moment in UTC.</summary>
    protected static string Moment(DateTime? at, string? none = null) => at?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? none ?? UnitFormat.Missing;

    /// <summary>Shows a dialog and loads again when something came of it.</summary>
    protected async Task ShowAsync<TDialog>(string title, DialogParameters parameters, string done)
        where TDialog : ComponentBase
    {
        var dialog = await Dialogs.ShowAsync<TDialog>(title, parameters, Form);
        if (await dialog.Result is not { Canceled: false })
            return;
        Snackbar.Add(done, Severity.Success);
        await LoadNowAsync();
        StateHasChanged();
    }

    /// <summary>Does what was asked for, says what came of it and loads again; a failure is shown, and changes nothing.</summary>
    protected async Task ActAsync(Func<Actor, Task<string>> act)
    {
        try
        {
            Snackbar.Add(await act(await SignedIn.ActorAsync()), Severity.Info);
        }
        catch (Exception e) when (DatabaseFailure.Is(e))
        {
            Snackbar.Add($"{DatabaseFailure.Report(e, Logs.CreateLogger(GetType()))} Nothing was changed.", Severity.Error);
            return;
        }

        await LoadNowAsync();
    }

    /// <summary>Asks before something is taken away.</summary>
    protected async Task<bool> AskAsync(string title, string question, string yes) =>
        await Dialogs.ShowMessageBoxAsync(title, question, yesText: yes, cancelText: "Cancel") is true;
}
