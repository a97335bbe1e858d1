namespace PerfDash.Web.Hosting.Startup;

/// <summary>The program cannot start; the message says in a sentence what somebody can do about it.</summary>
internal sealed class StartupException : Exception
{
    public StartupException(string message)
        : base(message)
    {
    }

    public StartupException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
