using System.Reflection;
using DbUp;
using DbUp.Engine;
using DbUp.Postgresql;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PerfDash.Data.Migrations;

/// <summary>
/// Applies the SQL files of <c>migrations/</c>, embedded in this assembly, in order of their names: each in a
/// transaction of its own together with its journal row, and under an advisory lock, because of several programs that
/// start at once DbUp lets all but one fail.
/// </summary>
public sealed partial class DatabaseMigrator(
    NpgsqlDataSource dataSource, ILogger<DatabaseMigrator> logger, IReadOnlyList<Migration>? migrations = null)
{
    private readonly IReadOnlyList<Migration> _migrations = migrations ?? All;

    /// <summary>Key of the advisory lock: "PerfDash" in ASCII.</summary>
    private const long LockKey = 0x5065726644617368;

    /// <summary>The migrations this program carries, in order.</summary>
    public static IReadOnlyList<Migration> All { get; } = ReadEmbedded();

    /// <summary>Applies what is missing and returns the names applied.</summary>
    /// <exception cref="MigrationException">A file failed, or an applied file was changed afterwards.</exception>
    public async Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken)
    {
        // A waiting starter must not time out while the first one works: the lock is polled, not waited for.
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        for (var attempt = 0; !await TryLockAsync(connection, cancellationToken); attempt++)
        {
            if (attempt % 40 == 0)
                LogWaiting();
            await Task.Delay(TimeSpan.FromMilliseconds(250), cancellationToken);
        }

        try
        {
            var applied = await AppliedAsync(connection, cancellationToken);
            RefuseChangedFiles(applied);
            await CheckSchemaRightAsync(connection, cancellationToken);
            var added = await HostTables.AdoptAsync(connection, isNew: !_migrations.All(m => applied.ContainsKey(m.Name)), cancellationToken);
            if (added.Count > 0)
            {
                var names = string.Join(", ", added);
                LogAdded(names);
            }

            return Apply();
        }
        finally
        {
            // A connection that was cut has given the lock back, and must not hide what cut it.
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await using var unlock = new NpgsqlCommand("SELECT pg_advisory_unlock($1)", connection) { Parameters = { new() { Value = LockKey } } };
                await unlock.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    /// <summary>Names of the migrations that are still to be applied; empty when the database is up to date.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public async Task<IReadOnlyList<string>> PendingAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var applied = await AppliedAsync(connection, cancellationToken);
        return [.. _migrations.Where(m => !applied.ContainsKey(m.Name)).Select(m => m.Name)];
    }

    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = LockKey } } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<Dictionary<string, string>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var exists = new NpgsqlCommand($"SELECT to_regclass('{ChecksummedJournal.Table}') IS NOT NULL", connection);
        if (!(bool)(await exists.ExecuteScalarAsync(cancellationToken))!)
            return [];

        await using var command = new NpgsqlCommand($"SELECT name, checksum FROM {ChecksummedJournal.Table}", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var applied = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            applied.Add(reader.GetString(0), reader.GetString(1));
        return applied;
    }

    // Its own tables, and a partition of the metrics for each month.
    private static async Task CheckSchemaRightAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT CASE WHEN current_schema() IS NULL THEN format('The role %I has no schema to work in: its search_path names none that exists.', current_user)
                        WHEN NOT has_schema_privilege(current_schema(), 'CREATE')
                        THEN format('The role %I may not create tables in the schema %I: GRANT USAGE, CREATE ON SCHEMA %2$I TO %1$I;', current_user, current_schema()) END
            """, connection);
        if (await command.ExecuteScalarAsync(cancellationToken) is string problem)
            throw new MigrationException(problem);
    }

    private void RefuseChangedFiles(Dictionary<string, string> applied)
    {
        var changed = _migrations.Where(m => applied.TryGetValue(m.Name, out var checksum) && checksum != m.Checksum).Select(m => m.Name).ToList();
        if (changed.Count > 0)
        {
            throw new MigrationException(
                $"These migrations were changed after they were applied to this database: {string.Join(", ", changed)}. "
                + "Restore the original files and put changes into a new migration.");
        }
    }

    private List<string> Apply()
    {
        var engine = DeployChanges.To
            .PostgresqlDatabase(new PostgresqlConnectionManager(dataSource))
            .WithScripts(_migrations.Select(m => new SqlScript(m.Name, HostTables.WithoutOwnership(m.Sql))))
            .JournalTo((connections, _) => new ChecksummedJournal(connections, _migrations.ToDictionary(m => m.Name, m => m.Checksum)))
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .WithExecutionTimeout(TimeSpan.Zero)
            .LogTo(new ProgressLog(logger))
            .Build();
        var result = engine.PerformUpgrade();
        if (!result.Successful)
            throw new MigrationException($"Migration {result.ErrorScript?.Name} failed and was rolled back: {DatabaseFault.Describe(result.Error)}", result.Error);

        return [.. result.Scripts.Select(s => s.Name)];
    }

    private static List<Migration> ReadEmbedded()
    {
        var assembly = typeof(DatabaseMigrator).Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => new Migration(name, Read(assembly, name)))];
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Added columns that the existing tables did not have: {Columns}")]
    private partial void LogAdded(string columns);

    [LoggerMessage(Level = LogLevel.Information, Message = "Another process is migrating this database; waiting for it to finish")]
    private partial void LogWaiting();
}
