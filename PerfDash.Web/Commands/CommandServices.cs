using Microsoft.Extensions.Logging.Console;
using PerfDash.Core.Rollups;
using PerfDash.Data;
using PerfDash.Data.Migrations;
using PerfDash.Web.Hosting.Startup;

namespace PerfDash.Web.Commands;

/// <summary>The services of a command that works and exits: the database and the core, with nothing in the background.</summary>
internal sealed class CommandServices : IAsyncDisposable
{
    private readonly DatabaseHandle _database;
    private readonly ServiceProvider _provider;

    private CommandServices(DatabaseHandle database, ServiceProvider provider)
    {
        _database = database;
        _provider = provider;
    }

    public IServiceProvider Services => _provider;

    /// <summary>Reads the settings, opens the database and, unless disabled, migrates it.</summary>
    public static async Task<CommandServices> OpenAsync(string[] settings, bool migrate, CancellationToken cancellationToken)
    {
        var configuration = CommandSettings.Read(settings);
        var database = await DatabaseHandle.OpenAsync(configuration, Console.Error, cancellationToken);
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddLogging(logs => logs.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
        // What a command prints is its result; warnings stand beside it.
        services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        services.AddPerfDashData(database.ConnectionString, RollupOptions.IsEnabled(configuration));
        services.AddPerfDashCore();
        var opened = new CommandServices(database, services.BuildServiceProvider());
        if (migrate)
            await opened.MigrateAsync(cancellationToken);
        return opened;
    }

    /// <summary>Brings the database to this program's schema and returns the names of the migrations applied.</summary>
    /// <exception cref="StartupException">The database cannot be reached; a command does not wait for it.</exception>
    public async Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await DatabaseServer.EnsureAsync(Services.GetRequiredService<Npgsql.NpgsqlDataSource>(), _database.ConnectionString, cancellationToken);
            return await Services.GetRequiredService<DatabaseMigrator>().MigrateAsync(cancellationToken);
        }
        catch (Exception e) when (DatabaseFault.MayPass(e))
        {
            throw new StartupException($"The database at {DatabaseServer.AddressOf(_database.ConnectionString)} cannot be used: {DatabaseFault.Describe(e)}.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        await _database.DisposeAsync();
    }
}
