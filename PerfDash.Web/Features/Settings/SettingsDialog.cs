using Microsoft.AspNetCore.Components;
using MudBlazor;
using Npgsql;

namespace PerfDash.Web.Features.Settings;

/// <summary>A dialog of the settings. What goes wrong is said in the dialog, which keeps what was typed.</summary>
public abstract partial class SettingsDialog : ComponentBase, IDisposable
{
    /// <summary>Why a change of a row that is gone fails.</summary>
    protected const string Gone = "This item no longer exists. Nothing was changed.";

    private readonly CancellationTokenSource _closing = new();

    /// <summary>Why the last try failed, in words; null when it did not.</summary>
    protected string? Failure { get; private set; }

    /// <summary>True while a try is under way.</summary>
    protected bool IsSaving { get; private set; }

    /// <summary>False where the dialog shows what came of it.</summary>
    protected virtual bool ClosesWhenSaved => true;

    [CascadingParameter]
    internal IMudDialogInstance Dialog { get; set; } = null!;

    [Inject]
    internal SignedIn SignedIn { get; set; } = null!;

    [Inject]
    internal ILoggerFactory Logs { get; set; } = null!;

    public void Dispose()
    {
        _closing.Cancel();
        _closing.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Why an edit was not made, in words; null when it was.</summary>
    protected static string? ErrorOf<T>(EditResult<T> result)
        where T : class => result.Status switch
        {
            EditStatus.Done => null,
            EditStatus.Invalid => string.Join(" ", result.Errors.Values.SelectMany(e => e)),
            _ => Gone,
        };

    /// <summary>Tries the change and closes the dialog when it was made.</summary>
    /// <param name="change">Makes it for who is signed in; says why it could not, or null.</param>
    /// <param name="closes">False where it only tries something out, which the dialog shows.</param>
    protected async Task SaveAsync(Func<Actor, CancellationToken, Task<string?>> change, bool closes = true)
    {
        var closed = _closing.Token;
        (IsSaving, Failure) = (true, null);
        try
        {
            Failure = await change(await SignedIn.ActorAsync(closed), closed);
            if (Failure is null && closes && ClosesWhenSaved)
                Dialog.Close(DialogResult.Ok(true));
        }
        catch (OperationCanceledException) when (closed.IsCancellationRequested)
        {
            // The dialog was closed.
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            LogFailed(Logs.CreateLogger(GetType()), e);
            Failure = "PerfDash has no permission to change this table. Change the value in the system that runs the jobs.";
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            Failure = $"{PageFailure.Report(e, Logs.CreateLogger(GetType()))} Nothing was changed.";
        }
        finally
        {
            IsSaving = false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not save a setting")]
    private static partial void LogFailed(ILogger logger, Exception e);
}
