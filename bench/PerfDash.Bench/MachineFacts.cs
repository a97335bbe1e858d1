using System.Globalization;
using System.Runtime.InteropServices;

namespace PerfDash.Bench;

/// <summary>What the figures depend on.</summary>
internal static class MachineFacts
{
    /// <summary>The facts as a Markdown list. The load is that of the moment before anything was measured.</summary>
    public static async Task<string> ReadAsync(CancellationToken stop)
    {
        var load = File.Exists("/proc/loadavg") ? string.Join(" ", (await File.ReadAllTextAsync("/proc/loadavg", stop)).Split(' ')[..3]) : "unknown";
        var now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        await using var server = await BenchServer.StartAsync(stop);
        var settings = await server.ScalarAsync<string>(
            """
            SELECT string_agg(name || ' ' || current_setting(name), ', ' ORDER BY name)
            FROM unnest(ARRAY['fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'shared_buffers']) AS name
            """,
            stop);
        return $"""
            - {now} UTC, load average at the start {load}
            - {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}
            - PostgreSQL {await server.ScalarAsync<string>("SHOW server_version", stop)} on {new DriveInfo(server.Directory).DriveFormat}: {settings}

            """;
    }
}
