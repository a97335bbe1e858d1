using System.Text.RegularExpressions;
using Npgsql;

namespace PerfDash.Data.Migrations;

/// <summary>
/// The tables of the system that runs the jobs, where they exist already: whether PerfDash can work with them as they are,
/// which columns it adds, and which rights its role lacks. Nothing is added to a table that has it.
/// </summary>
internal static partial class HostTables
{
    private static readonly string[] Integers = ["int8", "int4", "int2"];
    private static readonly string[] Texts = ["text", "varchar", "bpchar"];
    private static readonly string[] Moments = ["timestamptz"];
    private static readonly string[] Jsonb = ["jsonb"];
    private static readonly string[] Json = ["jsonb", "json"];
    private static readonly string[] Statuses = ["pending", "running", "completed", "failed", "cancelled"];
    private static readonly string[] Numbers = ["numeric", "int8", "int4", "int2"];

    private static readonly HostColumn Id = new("id", Integers);
    private static readonly HostColumn Name = new("name", Texts);
    private static readonly HostColumn ExternalId = new("external_id", Texts, "TEXT UNIQUE");
    private static readonly HostColumn CreatedAt = new("created_at", Moments, "TIMESTAMPTZ DEFAULT now()");

    /// <summary>What PerfDash reads; a column without a definition cannot be added, because nobody but the host knows its values.</summary>
    private static readonly Dictionary<string, HostColumn[]> Tables = new()
    {
        ["workflows"] = [Id, Name, ExternalId, CreatedAt],
        ["workers"] =
        [
            Id, Name, ExternalId, new("gpu_model", Texts, "TEXT"), new("gpu_vram_mb", Integers, "INTEGER"), new("gpu_hour_price", Numbers, "NUMERIC"), CreatedAt,
        ],
        ["projects"] = [Id, Name, CreatedAt],
        ["characters"] = [Id, Name, CreatedAt],
        ["scenes"] = [Id, Name, CreatedAt],
        ["jobs"] =
        [
            Id, ExternalId, new("workflow_id", Integers), new("worker_id", Integers, "BIGINT"), new("project_id", Integers, "BIGINT"),
            new("character_id", Integers, "BIGINT"), new("scene_id", Integers, "BIGINT"), new("status", Texts), new("parameters", Jsonb, "JSONB"),
            new("result", Json, "JSONB"), new("error", Texts, "TEXT"), CreatedAt, new("started_at", Moments, "TIMESTAMPTZ"),
            new("completed_at", Moments, "TIMESTAMPTZ"),
        ],
    };

    /// <summary>Adds the columns that existing tables lack, after making sure that PerfDash can work with all of them.</summary>
    /// <returns>The columns added, as <c>jobs.result</c>.</returns>
    /// <exception cref="MigrationException">It cannot; every reason is a line of the message.</exception>
    public static async Task<IReadOnlyList<string>> AdoptAsync(NpgsqlConnection connection, bool isNew, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(connection, cancellationToken);
        var problems = new List<string>();
        var additions = new List<(string Column, string Sql)>();
        foreach (var (table, columns) in Tables.Where(t => found.ContainsKey(t.Key)))
        {
            var there = found[table];
            foreach (var column in columns)
            {
                if (there.Columns.TryGetValue(column.Name, out var type))
                {
                    if (column.Name == "status" && type.Labels.Length > 0)
                        problems.AddRange(Statuses.Except(type.Labels).Select(label => $"{table}.{column.Name} is the enum {type.Name} without the value '{label}', which PerfDash needs: ALTER TYPE {type.Name} ADD VALUE '{label}';"));
                    else if (!column.Types.Contains(type.Name))
                        problems.Add($"{table}.{column.Name} is {type.Name}; PerfDash needs {string.Join(" or ", column.Types)}.");
                }
                else if (column.Definition is null)
                {
                    problems.Add($"{table} has no column {column.Name}, which PerfDash needs.");
                }
                else
                {
                    additions.Add(($"{table}.{column.Name}", $"ALTER TABLE {table} ADD COLUMN {column.Name} {column.Definition}"));
                    if (!there.IsOwned)
                        problems.Add($"{table} has no column {column.Name}, and only the table's owner can add it: ALTER TABLE {table} ADD COLUMN {column.Name} {column.Definition};");
                }
            }

            foreach (var right in RightsNeeded(table, isNew).Where(right => !there.Rights.Contains(right)))
                problems.Add($"The role {there.Role} may not {right} on {table}: GRANT {right} ON {table} TO {there.Role};");
        }

        if (problems.Count > 0)
            throw new MigrationException($"PerfDash cannot work with this database yet:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
        foreach (var (_, sql) in additions)
        {
            await using var add = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            await add.ExecuteNonQueryAsync(cancellationToken);
        }

        return [.. additions.Select(a => a.Column)];
    }

    /// <summary>
    /// A released migration without what only the owner of a host's table may do: its columns are added by
    /// <see cref="AdoptAsync"/>, and its indexes only help, so they are made where PerfDash's role owns the table.
    /// </summary>
    public static string WithoutOwnership(string sql) =>
        IndexOnJobs().Replace(AddedColumns().Replace(sql, ""), index =>
            $"""
            DO $own$ BEGIN
                IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'jobs'::regclass), 'USAGE') THEN
                    {index.Value}
                END IF;
            END $own$;
            """);

    private static IEnumerable<string> RightsNeeded(string table, bool isNew) =>
        table == "jobs" && isNew ? ["SELECT", "REFERENCES", "TRIGGER"] : ["SELECT", "REFERENCES"];

    private static async Task<Dictionary<string, HostTable>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // A domain counts as the type it is over.
        await using var command = new NpgsqlCommand(
            """
            SELECT c.relname, current_user, pg_has_role(c.relowner, 'USAGE'),
                   ARRAY(SELECT r FROM unnest(ARRAY['SELECT', 'REFERENCES', 'TRIGGER']) AS r WHERE has_table_privilege(c.oid, r)),
                   array_agg(a.attname::text), array_agg(b.typname::text),
                   array_agg(COALESCE((SELECT string_agg(enumlabel::text, E'\n') FROM pg_enum WHERE enumtypid = b.oid), ''))
            FROM pg_class AS c
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            JOIN pg_type AS t ON t.oid = a.atttypid
            JOIN pg_type AS b ON b.oid = COALESCE(NULLIF(t.typbasetype, 0), t.oid)
            WHERE c.oid IN (SELECT to_regclass(name) FROM unnest($1) AS name)
            GROUP BY c.oid, c.relname, c.relowner
            """, connection);
        command.Parameters.Add(new() { Value = Tables.Keys.ToArray() });
        var found = new Dictionary<string, HostTable>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var columns = reader.GetFieldValue<string[]>(4).Zip(reader.GetFieldValue<string[]>(5), reader.GetFieldValue<string[]>(6))
                .ToDictionary(c => c.First, c => new HostType(c.Second, c.Third.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
            found.Add(reader.GetString(0), new HostTable(reader.GetString(1), reader.GetBoolean(2), [.. reader.GetFieldValue<string[]>(3)], columns));
        }

        return found;
    }

    [GeneratedRegex(@"^ALTER TABLE (workflows|workers|projects|characters|scenes|jobs)\s+ADD COLUMN IF NOT EXISTS [^;]*;\r?\n?", RegexOptions.Multiline)]
    private static partial Regex AddedColumns();

    [GeneratedRegex(@"^CREATE INDEX \w+ ON jobs\([^;]*;", RegexOptions.Multiline)]
    private static partial Regex IndexOnJobs();

    private sealed record HostColumn(string Name, string[] Types, string? Definition = null);

    private sealed record HostTable(string Role, bool IsOwned, HashSet<string> Rights, Dictionary<string, HostType> Columns);

    /// <summary>A column's type; with labels where it is an enum.</summary>
    private sealed record HostType(string Name, string[] Labels);
}
