using Npgsql;

namespace PerfDash.Data;

/// <summary>Where the database is. Kept apart from the pool, which hides its password.</summary>
public sealed class PerfDashDatabase
{
    /// <summary>Takes a connection string as configured.</summary>
    /// <exception cref="ArgumentException">It cannot be read.</exception>
    public PerfDashDatabase(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "PerfDash" };
        // Negotiating GSS encryption costs a round trip and fails on hosts without Kerberos (npgsql #6416).
        if (!connectionString.Contains("gss", StringComparison.OrdinalIgnoreCase))
            builder.GssEncryptionMode = GssEncryptionMode.Disable;
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

    /// <summary>For the one connection that listens.</summary>
    public string ListenConnectionString { get; }
}
