using PerfDash.Web.Hosting;

namespace PerfDash.Web.Commands;

/// <summary>The configured database, or the private one this program runs for itself.</summary>
internal sealed class DatabaseAddress : IAsyncDisposable
{
    private readonly IAsyncDisposable? _server;

    private DatabaseAddress(string connectionString, IAsyncDisposable? server)
    {
        ConnectionString = connectionString;
        _server = server;
    }

    /// <summary>How to reach it.</summary>
    public string ConnectionString { get; }

    /// <summary>Reads the configuration; where it names no database, starts the private one and says so on the console.</summary>
    public static async Task<DatabaseAddress> OpenAsync(IConfiguration configuration, CancellationToken cancellationToken)
    {
        var configured = configuration.GetConnectionString("PerfDash");
        if (!string.IsNullOrWhiteSpace(configured))
            return new DatabaseAddress(configured, null);

        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        throw new NotSupportedException(PerfDashDirectories.Data(configuration));
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
