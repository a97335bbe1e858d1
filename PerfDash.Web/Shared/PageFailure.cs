namespace PerfDash.Web.Shared;

/// <summary>What a page says when the database fails, or when the reader has lost the right to do something.</summary>
internal static partial class PageFailure
{
    /// <summary>True for what the driver throws, also where Entity Framework wraps it, and for a change that the role does not include.</summary>
    public static bool Is(Exception exception) => exception is AccessDeniedException || DatabaseErrors.Find(exception) is not null;

    /// <summary>What happened, in a sentence.</summary>
    public static string Describe(Exception exception) => exception is AccessDeniedException
        ? $"{exception.Message} Your session has ended, or your role has changed."
        : DatabaseErrors.Describe(exception);

    /// <summary>Logs a failure and says in a sentence what happened, with the reference under which the log has it.</summary>
    public static string Report(Exception exception, ILogger logger)
    {
        if (exception is AccessDeniedException)
            return Describe(exception);
        var reference = Guid.NewGuid().ToString("N")[..8];
        LogFailed(logger, exception, reference);
        return $"{Describe(exception)} Reference {reference} in the log of the server.";
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A page could not be loaded or changed, reference {Reference}")]
    private static partial void LogFailed(ILogger logger, Exception e, string reference);
}
