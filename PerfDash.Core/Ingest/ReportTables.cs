using Npgsql;

namespace PerfDash.Core.Ingest;

/// <summary>
/// How a host made the tables that reports are written to: whether its external ids are unique, and of which types its
/// columns are. Where an id is not unique, writers of reports go one after the other, so that it still stays one row.
/// </summary>
internal sealed class ReportTables
{
    private readonly HashSet<string> _unique;

    private ReportTables(HashSet<string> unique, string statusType, string resultType) =>
        (_unique, StatusType, ResultType) = (unique, statusType, resultType);

    /// <summary>The type of <c>jobs.status</c>, as SQL: text, or a host's enum.</summary>
    public string StatusType { get; }

    /// <summary>The type of <c>jobs.result</c>, as SQL: jsonb or json.</summary>
    public string ResultType { get; }

    /// <summary>Looks, and begins to write reports within a transaction.</summary>
    public static async Task<ReportTables> EnterAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string[] tables = ["jobs", "workflows", "workers"];
        await using var command = new NpgsqlCommand(
            """
            SELECT ARRAY(SELECT c.relname::text FROM pg_class AS c
                         WHERE c.oid IN (SELECT to_regclass(name) FROM unnest($1) AS name)
                           AND EXISTS (SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
                                       WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1 AND a.attname = 'external_id')),
                   (SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'jobs'::regclass AND attname = 'status'),
                   (SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'jobs'::regclass AND attname = 'result')
            """,
            connection)
        {
            Parameters = { new() { Value = tables } },
        };
        ReportTables found;
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            found = new ReportTables([.. reader.GetFieldValue<string[]>(0)], reader.GetString(1), reader.GetString(2));
        }

        if (found._unique.Count < tables.Length)
        {
            await using var alone = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtext('perfdash_report_jobs'))", connection);
            await alone.ExecuteNonQueryAsync(cancellationToken);
        }

        return found;
    }

    /// <summary>The end of an INSERT that leaves out a row whose external id another writer has just stored.</summary>
    public string OnConflict(string table) => _unique.Contains(table) ? "ON CONFLICT (external_id) DO NOTHING" : "";
}
