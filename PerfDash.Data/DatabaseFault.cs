using System.Net.Sockets;
using Npgsql;

namespace PerfDash.Data;

/// <summary>Sorts what goes wrong with the database: what passes by itself, and what somebody must mend.</summary>
public static class DatabaseFault
{
    /// <summary>What the driver threw, itself or within another exception (Entity Framework, Quartz and DbUp wrap it); null when it is no such fault.</summary>
    public static Exception? Find(Exception? exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is NpgsqlException or SocketException || (e is InvalidOperationException && e.Source == "Npgsql"))
                return e;
        }

        return null;
    }

    /// <summary>
    /// True when the database is away, starting, stopping or overloaded, or the connection was cut: another try may succeed.
    /// False for a wrong password, a missing right and every other answer that will be the same next time.
    /// </summary>
    public static bool MayPass(Exception exception) => Find(exception) switch
    {
        PostgresException e => e.IsTransient || e.SqlState is "57P01" or "57P02" or "57P05" or "25P03" || e.SqlState[..2] is "08" or "53" or "58" || IsBrokenLibrary(e),
        NpgsqlException e => e.IsTransient || e.InnerException is IOException or SocketException or TimeoutException or ObjectDisposedException,
        null => false,
        _ => true,
    };

    /// <summary>
    /// True when the server cannot load one of its own libraries, as after an upgrade of its package while it runs: sessions
    /// that are new load the new file into the old program.
    /// </summary>
    public static bool IsBrokenLibrary(Exception exception) =>
        Find(exception) is PostgresException e
        && (e.MessageText.Contains("could not load library", StringComparison.Ordinal)
            || e.MessageText.Contains("incompatible library", StringComparison.Ordinal)
            || (e.MessageText.Contains("could not access file", StringComparison.Ordinal) && e.MessageText.Contains("$libdir", StringComparison.Ordinal)));

    /// <summary>What happened, in the server's own words without codes and stack.</summary>
    public static string Describe(Exception exception) => Find(exception) switch
    {
        PostgresException e => e.MessageText,
        NpgsqlException { InnerException: SocketException inner } => inner.Message,
        NpgsqlException { InnerException: { } inner } e => $"{e.Message} {inner.Message}",
        { } e => e.Message,
        null => exception.Message,
    };
}
