using System.Globalization;

namespace PerfDash.Data.EmbeddedPostgres;

/// <summary>What <c>postmaster.pid</c> in a cluster says about the server that runs it, or ran it last.</summary>
/// <param name="ProcessId">Its main process. May be long dead, and the number in use by another program.</param>
/// <param name="Port">Null while the server has not written it yet.</param>
/// <param name="IsReady">Whether it said that it accepts connections.</param>
internal sealed record PostmasterFile(int ProcessId, int? Port, bool IsReady)
{
    /// <summary>Whether the cluster has such a file, readable or not.</summary>
    internal static bool IsIn(string clusterDirectory) => File.Exists(PathIn(clusterDirectory));

    /// <summary>Reads the file; null when there is none, or none that can be understood.</summary>
    internal static PostmasterFile? Read(string clusterDirectory)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(PathIn(clusterDirectory));
        }
        catch (Exception notThere) when (notThere is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        return lines.Length > 0 && TryParse(lines[0], out var processId) && processId > 0
            ? new PostmasterFile(
                processId,
                lines.Length > 3 && TryParse(lines[3], out var port) ? port : null,
                lines.Length > 7 && lines[7].Trim() == "ready")
            : null;
    }

    /// <summary>
    /// Whether the process really is a PostgreSQL server on this very folder, and not a program that was given the number
    /// of a dead one, nor the server of another folder this one is a copy of.
    /// </summary>
    internal async Task<bool> IsServerOfAsync(string clusterDirectory, CancellationToken cancellationToken)
    {
        if (!Directory.Exists("/proc/self"))
        {
            var listing = await CommandRunner.RunAsync(
                ["ps", "-o", "command=", "-p", Text(ProcessId)], workingDirectory: null, cancellationToken);
            return listing.Output.Contains("postgres", StringComparison.Ordinal)
                && listing.Output.Contains(clusterDirectory, StringComparison.Ordinal);
        }

        // A server works in its data folder. -ef compares device and inode, so links and mounts do not matter; a process
        // that is gone, a zombie, or somebody else's (unreadable, and so not ours) makes the test fail.
        var check = await CommandRunner.RunAsync(
            [
                "sh", "-c",
                """
                [ "/proc/$1/cwd" -ef "$2" ] || exit 1
                program=$(readlink "/proc/$1/exe")
                case "${program##*/}" in postgres | 'postgres (deleted)') ;; *) exit 1 ;; esac
                """,
                "sh", Text(ProcessId), clusterDirectory,
            ],
            workingDirectory: null,
            cancellationToken);
        return check.Succeeded;
    }

    /// <summary>
    /// Makes a file that names a living foreign process harmless, or the server would refuse to start because of it.
    /// Only the number is replaced, by one no process can have: the rest lets the server check that no process of the
    /// dead one still uses its shared memory. A file cut off by a crash is removed.
    /// </summary>
    internal static async Task DisarmAsync(string clusterDirectory, CancellationToken cancellationToken)
    {
        var path = PathIn(clusterDirectory);
        var lines = await File.ReadAllLinesAsync(path, cancellationToken);
        if (lines.Length == 0)
        {
            File.Delete(path);
            return;
        }

        lines[0] = Text(int.MaxValue);
        // Written in place, so that the file keeps its owner.
        await File.WriteAllLinesAsync(path, lines, cancellationToken);
    }

    /// <summary>Sends a signal (<c>INT</c>: shut down now, <c>QUIT</c>: without writing anything) to the process.</summary>
    internal Task SignalAsync(string signal, CancellationToken cancellationToken) => CommandRunner.RunAsync(
        ["sh", "-c", """kill -s "$1" "$2" """, "sh", signal, Text(ProcessId)], workingDirectory: null, cancellationToken);

    private static string PathIn(string clusterDirectory) => Path.Combine(clusterDirectory, "postmaster.pid");

    private static bool TryParse(string line, out int number) =>
        int.TryParse(line, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out number);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
