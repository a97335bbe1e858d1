using Npgsql;

namespace PerfDash.Web.Shared;

/// <summary>Tells a database that does not answer from a fault of the program.</summary>
internal static class DatabaseFailure
{
    /// <summary>What a page says then.</summary>
    public const string Text = "The database did not answer.";

    /// <summary>True for what the driver throws, also where Entity Framework wraps it because another try may succeed.</summary>
    public static bool Is(Exception exception) =>
        exception is NpgsqlException || (exception is InvalidOperationException && exception.InnerException is NpgsqlException);
}
