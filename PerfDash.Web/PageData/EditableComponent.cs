using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace PerfDash.Web.PageData;

/// <summary>A page, or a section of one, on which people change something: it acts for who is signed in, and loads itself again afterwards.</summary>
public abstract class EditableComponent : DashboardComponent
{
    /// <summary>Dialogs that are forms.</summary>
    protected static readonly DialogOptions Form = new() { MaxWidth = MaxWidth.Medium, FullWidth = true, CloseButton = true, BackdropClick = false };

    /// <summary>Dialogs that are forms of a few fields.</summary>
    protected static readonly DialogOptions SmallForm = new() { MaxWidth = MaxWidth.Small, FullWidth = true, CloseButton = true };

    /// <summary>Dialogs with a question.</summary>
    protected static readonly DialogOptions Question = new() { MaxWidth = MaxWidth.ExtraSmall, FullWidth = true, CloseButton = true };

    /// <inheritdoc />
    protected override bool IsLive => false;

    [Inject]
    internal SignedIn SignedIn { get; set; } = null!;

    [Inject]
    internal IDialogService Dialogs { get; set; } = null!;

    [Inject]
    internal ISnackbar Snackbar { get; set; } = null!;

    /// <summary>Does what was asked for and loads again; a failure is shown, and changes nothing.</summary>
    /// <param name="act">Given who acts, says what came of it; null: nothing to say.</param>
    protected async Task ActAsync(Func<Actor, Task<(string Text, Severity Severity)?>> act)
    {
        try
        {
            if (await act(await SignedIn.ActorAsync()) is { } message)
                Say(message.Text, message.Severity);
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            Say($"{PageFailure.Report(e, Logs.CreateLogger(GetType()))} Nothing was changed.", Severity.Error);
            return;
        }

        await LoadNowAsync();
    }

    /// <summary>Shows a dialog and loads again: one that is closed by its cross may have changed something too.</summary>
    /// <param name="done">What is said then, unless the dialog says it.</param>
    protected async Task ShowAsync<TDialog>(string title, DialogParameters<TDialog> parameters, DialogOptions options, string? done = null)
        where TDialog : IComponent
    {
        var dialog = await Dialogs.ShowAsync<TDialog>(title, parameters, options);
        if (await dialog.Result is { Canceled: false } result && (result.Data as string ?? done) is { } text)
            Say(text, Severity.Success);
        await LoadNowAsync();
        StateHasChanged();
    }

    /// <summary>Asks before something is deleted.</summary>
    protected async Task<bool> AskAsync(string title, string question, string yes) =>
        await Dialogs.ShowMessageBoxAsync(title, question, yesText: yes, cancelText: "Cancel", options: Question) is true;

    // As content: the snackbar takes a string for markup, and names are people's own.
    private void Say(string text, Severity severity) => Snackbar.Add(builder => builder.AddContent(0, text), severity);
}
