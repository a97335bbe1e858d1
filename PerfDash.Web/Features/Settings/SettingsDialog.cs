using Microsoft.AspNetCore.Components;
using MudBlazor;
using Npgsql;
using PerfDash.Core.Settings;

namespace PerfDash.Web.Features.Settings;

/// <summary>A dialog that changes a row of the host's tables. What goes wrong is said in the dialog, which keeps what was typed.</summary>
public abstract partial class SettingsDialog : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Why the last try failed, in words; null when it did not.</summary>
    protected string? Failure { get; private set; }

    /// <summary>True while a try is under way.</summary>
    protected bool IsSaving { get; private set; }

    [CascadingParameter]
    internal IMudDialogInstance Dialog { get; set; } = null!;

    [Inject]
    internal FarmSettings Farm { get; set; } = null!;

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

    /// <summary>Tries the change and closes the dialog when it was made.</summary>
    /// <param name="change">Makes it; false when the row is gone.</param>
    protected async Task SaveAsync(Func<Actor, CancellationToken, Task<bool>> change)
    {
        var closed = _closing.Token;
        (IsSaving, Failure) = (true, null);
        try
        {
            if (await change(await SignedIn.ActorAsync(closed), closed))
                Dialog.Close(DialogResult.Ok(true));
            else
                Failure = "This item no longer exists. Nothing was changed.";
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
        catch (Exception e) when (DatabaseFailure.Is(e))
        {
            Failure = $"{DatabaseFailure.Report(e, Logs.CreateLogger(GetType()))} Nothing was changed.";
        }
        finally
        {
            IsSaving = false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not save a setting")]
    private static partial void LogFailed(ILogger logger, Exception e);
}
