using System.Globalization;
using System.Text.RegularExpressions;

namespace PerfDash.Data.EmbeddedPostgres;

/// <summary>PostgreSQL server programs found on this machine.</summary>
/// <param name="BinDirectory">Full path of the folder that holds <c>initdb</c> and <c>postgres</c>.</param>
/// <param name="MajorVersion">For example 15.</param>
public sealed record PostgresInstallation(string BinDirectory, int MajorVersion);

/// <summary>Finds the server programs of PostgreSQL on this machine.</summary>
public static partial class PostgresBinaries
{
    /// <summary>Oldest major version PerfDash runs on.</summary>
    public const int OldestMajorVersion = 14;

    /// <summary>
    /// Chooses the programs to use: the ones on PATH, else the newest installed.
    /// </summary>
    /// <param name="clusterMajorVersion">Version that made existing data, which no other can read; null for new data.</param>
    /// <exception cref="EmbeddedPostgresException">None fits; the message names the command that installs one.</exception>
    public static Task<PostgresInstallation> FindAsync(int? clusterMajorVersion, CancellationToken cancellationToken) =>
        FindAsync(CandidateDirectories(), clusterMajorVersion, cancellationToken);

    /// <summary>Chooses among the given folders, the first first; those without both programs are skipped.</summary>
    /// <param name="directories">Folders that may hold <c>initdb</c> and <c>postgres</c>.</param>
    /// <param name="clusterMajorVersion">Version that made existing data, which no other can read; null for new data.</param>
    /// <exception cref="EmbeddedPostgresException">None fits; the message names the command that installs one.</exception>
    public static async Task<PostgresInstallation> FindAsync(
        IEnumerable<string> directories, int? clusterMajorVersion, CancellationToken cancellationToken)
    {
        List<PostgresInstallation> found = [];
        foreach (var directory in directories)
        {
            if (await InspectAsync(directory, cancellationToken) is not { } installation)
                continue;
            if (installation.MajorVersion == clusterMajorVersion
                || (clusterMajorVersion is null && installation.MajorVersion >= OldestMajorVersion))
            {
                return installation;
            }

            found.Add(installation);
        }

        throw new EmbeddedPostgresException(DescribeMissing(found, clusterMajorVersion));
    }

    /// <summary>Folders to look in, best first. Links are followed: a link to one program says where all of them are.</summary>
    internal static IEnumerable<string> CandidateDirectories()
    {
        var onPath = CommandRunner.PathFolders()
            .Select(folder => Path.Combine(folder, "postgres"))
            .Where(File.Exists)
            .Select(program => Path.GetDirectoryName(
                File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program)!);
        // Debian and Ubuntu; Red Hat; Homebrew on both kinds of Mac; built from source.
        string[][] places =
        [
            Versions("/usr/lib/postgresql", "*"),
            Versions("/usr", "pgsql-*"),
            Versions("/opt/homebrew/opt", "postgresql@*"),
            Versions("/usr/local/opt", "postgresql@*"),
            ["/usr/local/pgsql"],
        ];
        var installed = places.SelectMany(place => place).Select(place => Path.Combine(place, "bin"));
        return onPath.Concat(installed).Distinct();
    }

    private static string[] Versions(string parent, string pattern) =>
        !Directory.Exists(parent)
            ? []
            : [.. Directory.EnumerateDirectories(parent, pattern)
                .OrderByDescending(folder => int.TryParse(
                    TrailingNumber().Match(folder).Value, CultureInfo.InvariantCulture, out var version) ? version : 0)];

    private static async Task<PostgresInstallation?> InspectAsync(string directory, CancellationToken cancellationToken)
    {
        var server = Path.Combine(directory, "postgres");
        if (!File.Exists(server) || !File.Exists(Path.Combine(directory, "initdb")))
            return null;
        var result = await CommandRunner.RunAsync([server, "--version"], workingDirectory: null, cancellationToken);
        var version = ReportedVersion().Match(result.Output);
        return result.Succeeded && version.Success
            ? new PostgresInstallation(
                Path.GetFullPath(directory), int.Parse(version.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
            : null;
    }

    private static string DescribeMissing(List<PostgresInstallation> unfit, int? clusterMajorVersion)
    {
        var needed = clusterMajorVersion is { } exact
            ? $"The built-in database was created by PostgreSQL {exact}, which was not found"
            : $"PostgreSQL {OldestMajorVersion} or later was not found";
        var instead = unfit.Count == 0
            ? ""
            : $" (found: {string.Join(", ", unfit.Select(one => $"{one.MajorVersion} in {one.BinDirectory}"))})";
        var version = clusterMajorVersion?.ToString(CultureInfo.InvariantCulture);
        var install = OperatingSystem.IsMacOS()
            ? $"brew install postgresql@{version ?? "17"}"
            : $"apt-get install {(version is null ? "postgresql" : $"postgresql-{version}")}";
        return $"{needed}{instead}. Install it with: {install} "
            + "— or set ConnectionStrings__PerfDash to an existing PostgreSQL server.";
    }

    [GeneratedRegex(@"\d+$")]
    private static partial Regex TrailingNumber();

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex ReportedVersion();
}
