using System.Data;
using DbUp.Engine;
using DbUp.Engine.Transactions;

namespace PerfDash.Data.Migrations;

/// <summary>DbUp's record of applied files, with a checksum each, so that a later change to an applied file is seen.</summary>
internal sealed class ChecksummedJournal(Func<IConnectionManager> connections, IReadOnlyDictionary<string, string> checksums) : IJournal
{
    public const string Table = "perfdash_migrations";

    public string[] GetExecutedScripts() => connections().ExecuteCommandsWithManagedConnection(commands =>
    {
        EnsureTableExistsAndIsLatestVersion(commands);
        using var command = commands();
        command.CommandText = $"SELECT name FROM {Table} ORDER BY name";
        using var reader = command.ExecuteReader();
        var names = new List<string>();
        while (reader.Read())
            names.Add(reader.GetString(0));
        return names.ToArray();
    });

    public void StoreExecutedScript(SqlScript script, Func<IDbCommand> dbCommandFactory)
    {
        using var command = dbCommandFactory();
        command.CommandText = $"INSERT INTO {Table} (name, checksum) VALUES (@name, @checksum)";
        Add(command, "name", script.Name);
        Add(command, "checksum", checksums[script.Name]);
        command.ExecuteNonQuery();
    }

    public void EnsureTableExistsAndIsLatestVersion(Func<IDbCommand> dbCommandFactory)
    {
        using var command = dbCommandFactory();
        command.CommandText =
            $"""
            CREATE TABLE IF NOT EXISTS {Table} (
                name       TEXT PRIMARY KEY,
                checksum   TEXT NOT NULL,
                applied_at TIMESTAMPTZ NOT NULL DEFAULT NOW())
            """;
        command.ExecuteNonQuery();
    }

    private static void Add(IDbCommand command, string name, string value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
