using Npgsql;

namespace PerfDash.Data;

/// <summary>Where the database is. Kept apart from the pool, which hides its password.</summary>
public sealed class PerfDashDatabase
{
    // Compiling a dashboard's queries takes longer than running them; and groups are counted in memory, some ten thousand
    // bins at a time.
    private const string SessionSettings = "-c jit=off -c work_mem=64MB";

    // Read by the query that looks for closed hours and days.
    private const string WithoutRollups = "-c perfdash.rollups=off";

    /// <summary>Takes a connection string as configured, and whether its sessions may read roll-ups.</summary>
    /// <exception cref="ArgumentException">It cannot be read.</exception>
    public PerfDashDatabase(string connectionString, bool rollups = true)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "PerfDash" };
        // Negotiating GSS encryption costs a round trip and fails on hosts without Kerberos (npgsql #6416).
        if (!connectionString.Contains("gss", StringComparison.OrdinalIgnoreCase))
            builder.GssEncryptionMode = GssEncryptionMode.Disable;
        // What is said in the connection string comes later and so wins.
        builder.Options = $"{SessionSettings} {(rollups ? "" : WithoutRollups)} {builder.Options}".TrimEnd();
        ConnectionString = builder.ConnectionString;
        ListenConnectionString = new NpgsqlConnectionStringBuilder(builder.ConnectionString)
        {
            // LISTEN does not survive a return to the pool; keepalive notices a dead link after twice its seconds.
            Pooling = false,
            KeepAlive = 5,
            ApplicationName = "PerfDash listener",
        }.ConnectionString;
    }

    /// <summary>For the pool.</summary>
    public string ConnectionString { get; }

    public string ListenConnectionString { get; }
}
