using Npgsql;

namespace PerfDash.Data.EmbeddedPostgres;

/// <summary>
/// The role as which the program uses its private database. It is no superuser, so that a fault in a query reaches neither files nor programs of
/// the machine.
/// </summary>
internal static class ApplicationRole
{
    private const string Role = Cluster.ApplicationRole;

    // Of an older PerfDash everything belongs to the superuser, of which REASSIGN OWNED refuses to take it. Sequences of columns follow their tables.
    private const string TakeOver =
        $"""
        DO $$
        DECLARE change text;
        BEGIN
            FOR change IN
                SELECT format('ALTER %s %s OWNER TO {Role}',
                              CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
                              c.oid::regclass)
                FROM pg_class AS c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relowner = '{Cluster.Superuser}'::regrole AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
                  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i'))
                UNION ALL
                SELECT format('ALTER ROUTINE %s OWNER TO {Role}', p.oid::regprocedure)
                FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace AND p.proowner = '{Cluster.Superuser}'::regrole
                UNION ALL
                SELECT format('ALTER TYPE %s OWNER TO {Role}', t.oid::regtype)
                FROM pg_type AS t WHERE t.typnamespace = 'public'::regnamespace AND t.typowner = '{Cluster.Superuser}'::regrole AND t.typtype IN ('e', 'd', 'r')
            LOOP
                EXECUTE change;
            END LOOP;
        END $$
        """;

    /// <summary>Makes the role where it is missing, and everything in the database its own.</summary>
    /// <param name="server">A connection of the superuser to the server.</param>
    /// <param name="admin">How the superuser connects to the database.</param>
    /// <param name="password">The role's; hexadecimal digits.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task EnsureAsync(NpgsqlConnection server, NpgsqlConnectionStringBuilder admin, string password, CancellationToken cancellationToken)
    {
        // Two programs may start at the same moment; the connection's end lets the other go on.
        await ExecuteAsync(server, "SELECT pg_advisory_lock(7346501)", cancellationToken);
        if (!await IsReadyAsync(server, cancellationToken))
        {
            await ExecuteAsync(server, $"DO $$ BEGIN CREATE ROLE {Role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$", cancellationToken);
            await ExecuteAsync(server, $"ALTER ROLE {Role} LOGIN PASSWORD '{password}'", cancellationToken);
            await ExecuteAsync(server, $"ALTER DATABASE {Cluster.DatabaseName} OWNER TO {Role}", cancellationToken);
        }

        await using var database = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(admin.ConnectionString) { Pooling = false }.ConnectionString);
        await database.OpenAsync(cancellationToken);
        await ExecuteAsync(database, TakeOver, cancellationToken);
    }

    private static async Task<bool> IsReadyAsync(NpgsqlConnection server, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM pg_database AS d JOIN pg_roles AS r ON r.oid = d.datdba WHERE d.datname = $1 AND r.rolname = $2)", server);
        query.Parameters.Add(new() { Value = Cluster.DatabaseName });
        query.Parameters.Add(new() { Value = Role });
        return (bool)(await query.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
