using MudBlazor;

namespace PerfDash.Web.Features.Alerts;

/// <summary>What came of an edit, in words.</summary>
internal static class EditWords
{
    /// <summary>What is shown.</summary>
    /// <param name="result">What came of it.</param>
    /// <param name="done">Shown when it is done; null: nothing.</param>
    public static (string Text, Severity Severity)? ToMessage<T>(this EditResult<T> result, string what, string? done)
        where T : class => result.Status switch
        {
            EditStatus.Done => done is null ? null : (done, Severity.Success),
            EditStatus.Conflict => ($"Someone else has changed this {what}. The current version is shown; your change was not saved.", Severity.Warning),
            EditStatus.Unknown => ($"Someone else has deleted this {what}.", Severity.Warning),
            _ => (string.Join(" ", result.Errors.Values.SelectMany(m => m).Select(AlertWords.ForPeople)), Severity.Error),
        };
}
