namespace PerfDash.Web.Live;

/// <summary>Invokes the handlers with which pages refresh.</summary>
internal static partial class RefreshHandlers
{
    /// <summary>Invokes them one after the other. One that fails is logged: it must keep neither the others nor itself from the next update.</summary>
    public static async Task InvokeAllAsync(this Func<Task>? handlers, ILogger logger)
    {
        foreach (var handler in handlers?.GetInvocationList().Cast<Func<Task>>() ?? [])
        {
            try
            {
                await handler();
            }
            catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException)
            {
                // The page was left while it refreshed.
                LogLeft(logger, e);
            }
            catch (Exception e)
            {
                LogFailed(logger, e);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Could not refresh a page; retrying at the next update")]
    private static partial void LogFailed(ILogger logger, Exception e);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A page was closed during a refresh")]
    private static partial void LogLeft(ILogger logger, Exception e);
}
