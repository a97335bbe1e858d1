namespace PerfDash.Data.EmbeddedPostgres;

/// <summary>
/// The private PostgreSQL cannot be used. The message is written for the person at the console: it says what is wrong
/// and, where there is one, what to do about it.
/// </summary>
public sealed class EmbeddedPostgresException : Exception
{
    /// <summary>Without a message.</summary>
    public EmbeddedPostgresException()
    {
    }

    public EmbeddedPostgresException(string message)
        : base(message)
    {
    }

    /// <summary>With the message to show and what caused it.</summary>
    public EmbeddedPostgresException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
