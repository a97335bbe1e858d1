using Npgsql;
using PerfDash.Core.Collection;
using PerfDash.Data;
using PerfDash.Data.EmbeddedPostgres;

namespace PerfDash.Web.Hosting;

/// <summary>The private server this process runs, or none where the database is configured.</summary>
internal sealed record PrivateServer(EmbeddedPostgresServer? Server);

/// <summary>
/// Notices that PostgreSQL was upgraded beneath its running server, which breaks PL/pgSQL, and with it capture and the
/// host's own statements, for sessions that are new. A private server is restarted; of any other it is said what to do.
/// </summary>
internal sealed partial class ServerUpgradeWatch(
    PrivateServer privateServer, PerfDashDatabase database, DatabaseCondition condition, TimeProvider time, ILogger<ServerUpgradeWatch> logger) : BackgroundService
{
    private static readonly TimeSpan FilesInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>What is said of a server that PerfDash does not run.</summary>
    internal const string RestartNeeded =
        "The PostgreSQL server needs a restart: its files were replaced by an upgrade while it runs, and new sessions cannot load its libraries. "
        + "Restart it, for example with: systemctl restart postgresql. Until then jobs may not be captured, and statements of the system that writes them may fail.";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var probed = time.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(FilesInterval, time, stoppingToken);
                if (privateServer.Server is { FilesChanged: true } server)
                    await RestartWhenSettledAsync(server, stoppingToken);
                if (time.GetElapsedTime(probed) < ProbeInterval)
                    continue;
                probed = time.GetTimestamp();
                await ProbeAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Opens a session as a host would and loads PL/pgSQL in it.</summary>
    internal async Task ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var load = new NpgsqlCommand("DO $$ BEGIN END $$", connection);
            await load.ExecuteNonQueryAsync(cancellationToken);
            condition.Problem = null;
        }
        catch (Exception e) when (DatabaseFault.IsBrokenLibrary(e))
        {
            var reason = DatabaseFault.Describe(e);
            if (privateServer.Server is { OwnsServer: true } server)
            {
                await RestartAsync(server, reason, cancellationToken);
                return;
            }

            if (condition.Problem is null)
                LogRestartNeeded(RestartNeeded, reason);
            condition.Problem = RestartNeeded;
        }
        catch (Exception e) when (DatabaseFault.Find(e) is not null)
        {
            // That the database is away is said by who needs it.
        }
    }

    /// <summary>An upgrade replaces file after file: the server is restarted once they stay as they are.</summary>
    private async Task RestartWhenSettledAsync(EmbeddedPostgresServer server, CancellationToken cancellationToken)
    {
        ServerFiles? before;
        do
        {
            before = server.CurrentFiles;
            await Task.Delay(FilesInterval, time, cancellationToken);
        }
        while (server.CurrentFiles is not { AreThere: true } now || now != before);
        await RestartAsync(server, "its files were replaced by an upgrade", cancellationToken);
    }

    private async Task RestartAsync(EmbeddedPostgresServer server, string reason, CancellationToken cancellationToken)
    {
        LogRestarting(reason);
        for (var pause = FilesInterval; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await server.RestartAsync(null, cancellationToken);
                LogRestarted();
                return;
            }
            catch (EmbeddedPostgresException e)
            {
                LogNotRestarted(e.Message, pause.TotalSeconds);
                await Task.Delay(pause, time, cancellationToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The private PostgreSQL server is restarted ({Reason}); completions wait in it meanwhile and are collected afterwards")]
    private partial void LogRestarting(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The private PostgreSQL server is running again")]
    private partial void LogRestarted();

    [LoggerMessage(Level = LogLevel.Error, Message = "The private PostgreSQL server could not be restarted ({Error}); trying again in {Seconds} s")]
    private partial void LogNotRestarted(string error, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem} ({Reason})")]
    private partial void LogRestartNeeded(string problem, string reason);
}
