using System.Security.Cryptography;
using System.Text;

namespace PerfDash.Data.Migrations;

/// <summary>One SQL file of <c>migrations/</c>.</summary>
/// <param name="Name">File name, <c>YYYYMMDDHHMMSS_what.sql</c>; its order is the order of applying.</param>
/// <param name="Sql">Contents.</param>
public sealed record Migration(string Name, string Sql)
{
    /// <summary>SHA-256 of the contents with line ends as LF, in hexadecimal: a checkout's line ends do not count as a change.</summary>
    public string Checksum { get; } =
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));
}

/// <summary>The database could not be brought to this program's schema; the message says what to do.</summary>
public sealed class MigrationException : Exception
{
    /// <summary>With a message for the person who starts the program.</summary>
    public MigrationException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and the cause.</summary>
    public MigrationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
