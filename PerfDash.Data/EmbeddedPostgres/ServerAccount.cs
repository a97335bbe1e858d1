namespace PerfDash.Data.EmbeddedPostgres;

/// <summary>
/// The account that PostgreSQL runs under when PerfDash runs as root, which PostgreSQL refuses to do.
/// </summary>
internal sealed record ServerAccount(string UserId, string GroupId)
{
    /// <summary>
    /// Directory of the new process, seen through a descriptor that <c>sh</c> opened while still root. That account often
    /// may not walk the path to the data (root's home and temporary folders have mode 0700); the descriptor needs no right
    /// to the parents, so no folder's permissions have to be loosened. <c>/proc/self/cwd</c> would not do: until
    /// version 16 PostgreSQL leaves its working directory to find its own program, and then cannot return.
    /// </summary>
    internal const string OpenedDirectory = "/proc/self/fd/9";

    /// <summary>Words to put before a command so that it runs under this account.</summary>
    internal IEnumerable<string> CommandPrefix =>
        ["setpriv", "--reuid", UserId, "--regid", GroupId, "--clear-groups", "--"];

    /// <summary>
    /// The account to change to, or null when this process is not root. An existing cluster keeps its owner.
    /// </summary>
    internal static async Task<ServerAccount?> ForAsync(string clusterDirectory, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
            return null;
        if (!OperatingSystem.IsLinux() || CommandRunner.Locate("setpriv") is null)
        {
            throw new EmbeddedPostgresException(
                "PostgreSQL does not run as root, and the setpriv command for switching users was not found. "
                + "Run PerfDash as a normal user, or install it with: apt-get install util-linux");
        }

        if (Directory.Exists(clusterDirectory))
        {
            // drwx------ 19 101 104 …
            var listing = await CommandRunner.RunAsync(["ls", "-nd", clusterDirectory], null, cancellationToken);
            var fields = listing.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (listing.Succeeded && fields.Length > 3 && fields[2] != "0")
                return new ServerAccount(fields[2], fields[3]);
        }

        return Named("postgres") ?? Named("nobody") ?? throw new EmbeddedPostgresException(
            "PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody. "
            + "Run PerfDash as a normal user, or add one with: useradd --system postgres");
    }

    /// <summary>Gives a file or a folder with all its content to this account.</summary>
    internal async Task TakeOwnershipAsync(string path, CancellationToken cancellationToken)
    {
        var result = await CommandRunner.RunAsync(
            ["chown", "-R", $"{UserId}:{GroupId}", path], workingDirectory: null, cancellationToken);
        if (!result.Succeeded)
            throw new EmbeddedPostgresException($"{path} could not be given to user {UserId}: {result.Output.Trim()}");
    }

    private static ServerAccount? Named(string user) => File.ReadLines("/etc/passwd")
        .Select(line => line.Split(':'))
        .Where(fields => fields.Length > 3 && fields[0] == user)
        .Select(fields => new ServerAccount(fields[2], fields[3]))
        .FirstOrDefault();
}
