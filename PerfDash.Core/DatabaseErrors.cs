using Npgsql;

namespace PerfDash.Core;

/// <summary>Failures of the database in words: not reached, too slow, or answered with an error.</summary>
public static class DatabaseErrors
{
    /// <summary>What the driver threw, also where something else wraps it; null for any other exception.</summary>
    public static NpgsqlException? Find(Exception? exception) => exception switch
    {
        null => null,
        NpgsqlException e => e,
        _ => Find(exception.InnerException),
    };

    /// <summary>What happened, in a sentence; for other exceptions their message.</summary>
    public static string Describe(Exception exception) => Find(exception) switch
    {
        null => Sentence(exception.Message),
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => "The database stopped the query because it took too long.",
        PostgresException e when IsRefusal(e) => $"The database does not accept connections: {Sentence(e.MessageText)}",
        PostgresException e => $"The database answered with an error: {Sentence(e.MessageText)}",
        { InnerException: TimeoutException } => "The database did not answer in time.",
        _ => "The database cannot be reached.",
    };

    /// <summary>True where no statement was run: the database is not there, or lets nobody in.</summary>
    public static bool IsUnreachable(Exception exception) =>
        Find(exception) is { } e && (e is PostgresException p ? IsRefusal(p) : e.InnerException is not TimeoutException);

    // Shutting down, starting, full, closed to connections, gone, or the password changed.
    private static bool IsRefusal(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.InvalidCatalogName
        || e.SqlState.StartsWith("57P", StringComparison.Ordinal)
        || e.SqlState.StartsWith("08", StringComparison.Ordinal)
        || e.SqlState.StartsWith("28", StringComparison.Ordinal)
        || (e.SqlState == PostgresErrorCodes.ObjectNotInPrerequisiteState && e.MessageText.Contains("accepting connections", StringComparison.Ordinal));

    private static string Sentence(string message) => message.TrimEnd('.', ' ', '\n') + ".";
}
