using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace PerfDash.Data.EmbeddedPostgres;

/// <summary>The private database as files: where they are, and their one-time creation.</summary>
internal sealed class Cluster(string dataDirectory)
{
    internal const string Superuser = "perfdash";

    /// <summary>The role of the program: it owns its database and everything in it, and may do nothing else on the server.</summary>
    internal const string ApplicationRole = "perfdash_app";

    internal const string DatabaseName = "perfdash";

    private const string StagingPrefix = "postgres.new-";

    /// <summary>The data folder of the server.</summary>
    internal string Directory { get; } = Path.Combine(dataDirectory, "postgres");

    /// <summary>Held open by the process that runs the server, as long as it lives.</summary>
    internal string LockPath { get; } = Path.Combine(dataDirectory, "perfdash.lock");

    /// <summary>What the server printed when it was started last.</summary>
    internal string StartOutputPath { get; } = Path.Combine(dataDirectory, "postgres.start.log");

    /// <summary>The server's own log, one file per day of the week.</summary>
    internal string LogDirectory => Path.Combine(Directory, "log");

    private string PasswordPath { get; } = Path.Combine(dataDirectory, "postgres.password");

    /// <summary>Creation ends with one rename, so a cluster that exists is complete.</summary>
    internal bool Exists => System.IO.Directory.Exists(Directory);

    /// <summary>Major version that made the cluster; null while there is none.</summary>
    internal int? MajorVersion
    {
        get
        {
            if (!Exists)
                return null;
            var path = Path.Combine(Directory, "PG_VERSION");
            if (!File.Exists(path))
            {
                throw new EmbeddedPostgresException(
                    $"{Directory} exists but contains no PostgreSQL data. Move it away, or choose another folder with PerfDash__DataDirectory.");
            }

            return int.Parse(File.ReadAllText(path).Trim(), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>
    /// Number drawn when the cluster was made, by which a connection is known to have reached it and no other.
    /// </summary>
    internal async Task<long> ReadSystemIdentifierAsync(CancellationToken cancellationToken)
    {
        var identifier = new byte[sizeof(long)];
        await using var control = new FileStream(
            Path.Combine(Directory, "global", "pg_control"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        await control.ReadExactlyAsync(identifier, cancellationToken);
        return BitConverter.ToInt64(identifier);
    }

    /// <summary>How to connect to the server of this cluster on the given port.</summary>
    internal async Task<NpgsqlConnectionStringBuilder> ConnectionToAsync(
        int port, string database, string role, CancellationToken cancellationToken)
    {
        if (!File.Exists(PasswordPath))
        {
            throw new EmbeddedPostgresException(
                $"{PasswordPath} is missing. PerfDash needs it to sign in to its database in {Directory}. Restore it from a backup.");
        }

        return new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = role,
            Password = (await File.ReadAllTextAsync(PasswordPath, cancellationToken)).Trim(),
            Database = database,
            // With SCRAM both sides prove that they know the password, and none sends it: another program that took the
            // port learns nothing.
            RequireAuth = "ScramSHA256",
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        };
    }

    /// <summary>Removes what interrupted creations left behind.</summary>
    internal void RemoveUnfinished(IProgress<string>? progress)
    {
        foreach (var unfinished in System.IO.Directory.EnumerateDirectories(dataDirectory, StagingPrefix + "*"))
        {
            try
            {
                System.IO.Directory.Delete(unfinished, recursive: true);
            }
            catch (IOException inUse)
            {
                // An initdb outlives its killed parent for a second and keeps writing. It is in nobody's way.
                progress?.Report($"An unfinished database is kept until the next start: {inUse.Message}");
            }
        }
    }

    /// <summary>
    /// Creates the cluster. It grows in a folder beside its place and is renamed when complete, so a creation that was
    /// interrupted leaves nothing a later start could stumble over.
    /// </summary>
    internal async Task CreateAsync(
        string binDirectory, ServerAccount? account, bool durable, CancellationToken cancellationToken)
    {
        var password = await KeepPasswordAsync(cancellationToken);
        // A name of its own: an initdb whose parent was killed may still be writing to the former one.
        var staging = Path.Combine(dataDirectory, StagingPrefix + Path.GetRandomFileName());
        var stagedCluster = Path.Combine(staging, "cluster");
        OwnerOnly.CreateFolder(staging);
        OwnerOnly.CreateFolder(stagedCluster);
        await OwnerOnly.WriteFileAsync(Path.Combine(staging, "password"), password, cancellationToken);
        if (account is not null)
            await account.TakeOwnershipAsync(staging, cancellationToken);

        var result = await InitialiseAsync(binDirectory, account, staging, "C.UTF-8", durable, cancellationToken);
        if (!result.Succeeded && result.Output.Contains("invalid locale", StringComparison.Ordinal))
            result = await InitialiseAsync(binDirectory, account, staging, "C", durable, cancellationToken);
        if (!result.Succeeded)
        {
            System.IO.Directory.Delete(staging, recursive: true);
            throw new EmbeddedPostgresException(
                $"The private database could not be created in {Directory}:{Environment.NewLine}{result.Output.Trim()}");
        }

        System.IO.Directory.Move(stagedCluster, Directory);
        System.IO.Directory.Delete(staging, recursive: true);
    }

    private static Task<CommandResult> InitialiseAsync(
        string binDirectory, ServerAccount? account, string staging, string locale, bool durable, CancellationToken cancellationToken)
    {
        var folder = account is null ? staging : ServerAccount.OpenedDirectory;
        string[] command =
        [
            "sh", "-c", """exec 9<. && cd / && exec "$@" """, "sh",
            .. account?.CommandPrefix ?? [],
            Path.Combine(binDirectory, "initdb"),
            "-D", $"{folder}/cluster",
            "-U", Superuser,
            "--auth=scram-sha-256", $"--pwfile={folder}/password",
            "-E", "UTF8", $"--locale={locale}",
            .. durable ? Array.Empty<string>() : ["--no-sync"],
        ];
        return CommandRunner.RunAsync(command, workingDirectory: staging, cancellationToken);
    }

    private async Task<string> KeepPasswordAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(PasswordPath) && await File.ReadAllTextAsync(PasswordPath, cancellationToken) is { Length: > 0 } kept)
            return kept;
        var drawn = RandomNumberGenerator.GetHexString(48, lowercase: true);
        await OwnerOnly.WriteFileAsync(PasswordPath, drawn, cancellationToken);
        return drawn;
    }
}
