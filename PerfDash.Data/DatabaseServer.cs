using System.Globalization;
using Npgsql;
using PerfDash.Data.EmbeddedPostgres;

namespace PerfDash.Data;

/// <summary>Makes sure that the configured database is one PerfDash can work on: it is there, and new enough.</summary>
public static class DatabaseServer
{
    /// <summary>The address without user and password, for messages.</summary>
    public static string AddressOf(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        return parts.Host!.StartsWith('/') || parts.Host.Contains(',', StringComparison.Ordinal) ? parts.Host : string.Create(CultureInfo.InvariantCulture, $"{parts.Host}:{parts.Port}");
    }

    /// <summary>Creates the database where the server has none of that name, and refuses a server that is too old.</summary>
    /// <exception cref="DatabaseUnfitException">The database cannot be used as configured; the message says what to do.</exception>
    /// <exception cref="NpgsqlException">It cannot be reached.</exception>
    public static async Task EnsureAsync(NpgsqlDataSource dataSource, string connectionString, CancellationToken cancellationToken)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        try
        {
            await using var connection = await OpenAsync(dataSource, parts, cancellationToken);
            if (connection.PostgreSqlVersion.Major < PostgresBinaries.OldestMajorVersion)
                throw new DatabaseUnfitException($"The server at {AddressOf(connectionString)} is PostgreSQL {connection.PostgreSqlVersion}; PerfDash needs {PostgresBinaries.OldestMajorVersion} or later.");
        }
        catch (Exception e) when (e is not DatabaseUnfitException && DatabaseFault.Find(e) is not null && !DatabaseFault.MayPass(e))
        {
            throw new DatabaseUnfitException(Sentence(e, parts, AddressOf(connectionString)), e);
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource dataSource, NpgsqlConnectionStringBuilder parts, CancellationToken cancellationToken)
    {
        try
        {
            return await dataSource.OpenConnectionAsync(cancellationToken);
        }
        catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await CreateAsync(parts, cancellationToken);
            return await dataSource.OpenConnectionAsync(cancellationToken);
        }
    }

    private static async Task CreateAsync(NpgsqlConnectionStringBuilder parts, CancellationToken cancellationToken)
    {
        var database = parts.Database ?? parts.Username!;
        try
        {
            var maintenance = new NpgsqlConnectionStringBuilder(parts.ConnectionString) { Database = "postgres", Pooling = false };
            await using var connection = new NpgsqlConnection(maintenance.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var create = new NpgsqlCommand($"CREATE DATABASE {new NpgsqlCommandBuilder().QuoteIdentifier(database)}", connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DuplicateDatabase)
        {
            // Another instance was first.
        }
        catch (PostgresException e) when (!DatabaseFault.MayPass(e))
        {
            throw new DatabaseUnfitException(
                $"There is no database \"{database}\" at {AddressOf(parts.ConnectionString)}, and the user \"{parts.Username}\" cannot create it ({e.MessageText}); create it with: CREATE DATABASE \"{database}\" OWNER \"{parts.Username}\".", e);
        }
    }

    private static string Sentence(Exception e, NpgsqlConnectionStringBuilder parts, string address) => DatabaseFault.Find(e) switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword } => $"The database at {address} refuses the password of the user \"{parts.Username}\"; correct it in ConnectionStrings:PerfDash.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } refused => $"The database at {address} refuses the user \"{parts.Username}\": {refused.MessageText}.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused => $"The user \"{parts.Username}\" lacks a right in the database at {address}: {refused.MessageText}.",
        _ => $"The database at {address} cannot be used with this ConnectionStrings:PerfDash: {DatabaseFault.Describe(e)}",
    };
}

/// <summary>The database cannot be used as configured, and waiting does not help; the message says what to do.</summary>
public sealed class DatabaseUnfitException : Exception
{
    /// <summary>With a message for the person who starts the program.</summary>
    public DatabaseUnfitException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and the cause.</summary>
    public DatabaseUnfitException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
