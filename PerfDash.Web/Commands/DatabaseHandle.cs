using PerfDash.Data.EmbeddedPostgres;
using PerfDash.Web.Hosting;
using PerfDash.Web.Hosting.Startup;

namespace PerfDash.Web.Commands;

/// <summary>The configured database, or the private one this program runs for itself.</summary>
internal sealed class DatabaseHandle : IAsyncDisposable
{
    private DatabaseHandle(string connectionString, EmbeddedPostgresServer? server)
    {
        ConnectionString = connectionString;
        Server = server;
    }

    /// <summary>How to reach it.</summary>
    public string ConnectionString { get; }

    /// <summary>The private server; null for a configured database.</summary>
    public EmbeddedPostgresServer? Server { get; }

    /// <summary>Where the tools of the private server are; null for a configured database.</summary>
    public string? BinDirectory => Server?.BinDirectory;

    /// <summary>Reads the configuration; where it names no database, starts the private one and says so on <paramref name="console"/>.</summary>
    /// <exception cref="EmbeddedPostgresException">No PostgreSQL is installed, or it does not start; the message says what to do.</exception>
    public static async Task<DatabaseHandle> OpenAsync(IConfiguration configuration, TextWriter console, CancellationToken cancellationToken)
    {
        if (ConnectionSetting.Read(configuration) is { } configured)
            return new DatabaseHandle(configured, null);

        var server = await EmbeddedPostgresServer.StartAsync(
            new EmbeddedPostgresOptions { DataDirectory = PerfDashDirectories.Data(configuration) },
            new ConsoleProgress(console),
            cancellationToken);
        return new DatabaseHandle(server.ConnectionString, server);
    }

    public ValueTask DisposeAsync() => Server?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>In order and at once, which <see cref="Progress{T}"/> does not promise.</summary>
    private sealed class ConsoleProgress(TextWriter console) : IProgress<string>
    {
        public void Report(string value) => console.WriteLine(value);
    }
}
