using System.Diagnostics;
using System.Globalization;

namespace PerfDash.Data.EmbeddedPostgres;

/// <summary>A running server, tied to the life of this process.</summary>
internal sealed class ServerProcess : IDisposable
{
    /// <summary>
    /// The server's guard. Its input is a pipe this process holds: when the pipe closes, because this process wants it or
    /// because it died in any way, the guard stops the server. It asks again every second, for a server that has only just
    /// been started may not be listening to signals yet. Signals meant for PerfDash (Ctrl+C, a closed terminal, a service
    /// manager that signals all) must not stop the guard or the server before PerfDash has finished its own work.
    /// </summary>
    private const string Guard = """
        trap '' INT TERM HUP
        exec 3<&0 9<. >"$1" 2>&1
        shift
        cd /
        "$@" 3<&- & server=$!
        ( while read -r _; do :; done <&3; while kill -s INT "$server"; do sleep 1; done ) & watch=$!
        wait "$server"; code=$?
        kill -s KILL "$watch"
        exit "$code"
        """;

    private static readonly TimeSpan OrderlyStopLimit = TimeSpan.FromSeconds(30);

    private readonly Cluster _cluster;
    private readonly Process _guard;

    private ServerProcess(Cluster cluster, Process guard) => (_cluster, _guard) = (cluster, guard);

    internal bool HasExited => _guard.HasExited;

    internal static ServerProcess Start(
        Cluster cluster, string binDirectory, ServerAccount? account, int port, IReadOnlyDictionary<string, string> settings)
    {
        // Owned by whoever ran PerfDash last, root perhaps: a new file instead of one that cannot be written.
        File.Delete(cluster.StartOutputPath);

        // A session of its own keeps the terminal's Ctrl+C away; macOS has no setsid, there job control gives the server
        // a process group of its own.
        var setsid = CommandRunner.Locate("setsid");
        string[] command =
        [
            .. setsid is null ? Array.Empty<string>() : [setsid],
            "sh", "-c", setsid is null ? "set -m\n" + Guard : Guard, "sh", cluster.StartOutputPath,
            .. account?.CommandPrefix ?? [],
            Path.Combine(binDirectory, "postgres"),
            "-D", account is null ? cluster.Directory : ServerAccount.OpenedDirectory,
            .. Arguments(port, settings),
        ];
        var guard = Process.Start(new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = cluster.Directory,
            RedirectStandardInput = true,
        }) ?? throw new EmbeddedPostgresException($"{command[0]} could not be started.");
        return new ServerProcess(cluster, guard);
    }

    /// <summary>Stops the server: orderly, and the hard way where that takes too long.</summary>
    internal async Task StopAsync()
    {
        _guard.StandardInput.Close();
        try
        {
            using var limit = new CancellationTokenSource(OrderlyStopLimit);
            await _guard.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Falls through to the harder signals.
        }

        // Also for a guard that was killed and left its server behind.
        await StopRunningAsync(_cluster, stopping: null, CancellationToken.None);
        using var last = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _guard.WaitForExitAsync(last.Token);
    }

    /// <summary>
    /// Stops a server that runs on this cluster without belonging to this process, and clears what would keep a new one
    /// from starting. Only for the holder of the lock.
    /// </summary>
    /// <param name="cluster">Whose server.</param>
    /// <param name="stopping">Called with the process id before a server is stopped.</param>
    internal static async Task StopRunningAsync(Cluster cluster, Action<int>? stopping, CancellationToken cancellationToken)
    {
        if (PostmasterFile.Read(cluster.Directory) is not { } running)
            return;
        if (!await running.IsServerOfAsync(cluster.Directory, cancellationToken))
            return;

        stopping?.Invoke(running.ProcessId);
        foreach (var (signal, limit) in new[] { ("INT", OrderlyStopLimit), ("QUIT", TimeSpan.FromSeconds(10)), ("KILL", TimeSpan.FromSeconds(5)) })
        {
            await running.SignalAsync(signal, cancellationToken);
            var waited = Stopwatch.StartNew();
            while (waited.Elapsed < limit)
            {
                if (!await running.IsServerOfAsync(cluster.Directory, cancellationToken))
                    return;
                await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
            }
        }

        throw new EmbeddedPostgresException(
            $"The PostgreSQL server on {cluster.Directory} (process {running.ProcessId}) did not stop.");
    }

    /// <summary>
    /// Ends what is left of a server whose main process was killed: a process in the middle of a long query does not notice,
    /// and while it lives no new server may use the files. Only for the holder of the lock, with no server running.
    /// </summary>
    internal static async Task EndLeftoversAsync(Cluster cluster, CancellationToken cancellationToken)
    {
        if (!Directory.Exists("/proc/self"))
            return;
        await CommandRunner.RunAsync(
            [
                "sh", "-c",
                """
                for process in /proc/[0-9]*; do
                  [ "$process/cwd" -ef "$1" ] || continue
                  program=$(readlink "$process/exe")
                  case "${program##*/}" in postgres | 'postgres (deleted)') kill -s QUIT "${process#/proc/}" ;; esac
                done
                """,
                "sh", cluster.Directory,
            ],
            workingDirectory: null,
            cancellationToken);
    }

    /// <summary>The last lines of what the server said since it was started.</summary>
    internal async Task<string> LastOutputAsync(CancellationToken cancellationToken)
    {
        var output = ReadOutput();
        // The process that writes the log outlives the server by a moment: without it the reason may be missing.
        for (var wait = 0; wait < 40 && !output.Contains("FATAL", StringComparison.Ordinal); wait++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
            output = ReadOutput();
        }

        return output;
    }

    private string ReadOutput()
    {
        var startOutput = new FileInfo(_cluster.StartOutputPath);
        if (!startOutput.Exists)
            return "";
        var logFolder = new DirectoryInfo(_cluster.LogDirectory);
        var log = logFolder.Exists ? logFolder.EnumerateFiles().MaxBy(file => file.LastWriteTimeUtc) : null;
        // The server changes over to its log early in its start; an older log is about former starts.
        var logged = log is not null && log.LastWriteTimeUtc >= startOutput.CreationTimeUtc
            ? File.ReadLines(log.FullName).TakeLast(15)
            : [];
        return string.Join(Environment.NewLine, File.ReadLines(startOutput.FullName).TakeLast(15).Concat(logged));
    }

    public void Dispose() => _guard.Dispose();

    private static IEnumerable<string> Arguments(int port, IReadOnlyDictionary<string, string> settings)
    {
        Dictionary<string, string> all = new()
        {
            ["port"] = port.ToString(CultureInfo.InvariantCulture),
            ["listen_addresses"] = "127.0.0.1",
            ["unix_socket_directories"] = "",
            ["cluster_name"] = "perfdash",
            ["max_connections"] = "100",
            // An eighth of the memory up to 1 GB, which is taken as it is used.
            ["shared_buffers"] = string.Create(CultureInfo.InvariantCulture, $"{Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8 / 1048576, 128, 1024)}MB"),
            ["max_wal_size"] = "2GB",
            // Compiling a dashboard's queries takes longer than running them.
            ["jit"] = "off",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["lc_messages"] = "C",
            ["logging_collector"] = "on",
            ["log_directory"] = "log",
            ["log_filename"] = "postgres-%a.log",
            ["log_rotation_age"] = "1d",
            ["log_rotation_size"] = "0",
            ["log_truncate_on_rotation"] = "on",
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        return all.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" });
    }
}
