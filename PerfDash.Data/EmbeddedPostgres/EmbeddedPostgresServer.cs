using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace PerfDash.Data.EmbeddedPostgres;

/// <summary>
/// The private PostgreSQL of PerfDash, on a free loopback port, started by the first process that wants it and stopped when
/// that process disposes it, exits or is killed. Any further process on the same data folder connects to that server; its
/// connections end with the server, so the process must be started again after the owner has gone.
/// Keep the instance as long as the server is needed.
/// </summary>
public sealed class EmbeddedPostgresServer : IAsyncDisposable
{
    private const int StartAttempts = 5;
    private static readonly TimeSpan AttachLimit = TimeSpan.FromSeconds(60);

    private readonly FileStream? _ownership;
    private readonly Launch? _launch;
    private ServerProcess? _process;
    private ServerFiles? _files;
    private string _libraryDirectory = "";

    private EmbeddedPostgresServer(ServerConnection connection, string binDirectory)
    {
        ConnectionString = connection.Text;
        AdminConnectionString = connection.AdminText;
        BinDirectory = binDirectory;
    }

    private EmbeddedPostgresServer(FileStream ownership, Launch launch, Launched launched)
        : this(launched.Connection, launch.Installation.BinDirectory)
    {
        _ownership = ownership;
        _launch = launch with { Port = launched.Port };
        _process = launched.Process;
        _files = launched.Files;
        _libraryDirectory = launched.Connection.LibraryDirectory;
    }

    /// <summary>Npgsql connection string, with the password, to the database <c>perfdash</c> as its owner, who is no superuser.</summary>
    public string ConnectionString { get; }

    /// <summary>Likewise as the superuser of the server, for tests and benchmarks.</summary>
    public string AdminConnectionString { get; }

    /// <summary>Whether this instance started the server and will stop it; false when another process runs it.</summary>
    public bool OwnsServer => _launch is not null;

    /// <summary>
    /// Whether other files stand where the server was started from, as after an upgrade of its package: new sessions may
    /// fail until it is restarted. False for a server of another process, which looks after it.
    /// </summary>
    public bool FilesChanged => _launch is not null && CurrentFiles != _files;

    /// <summary>The server's files as they are now; null for a server of another process.</summary>
    public ServerFiles? CurrentFiles => _launch is null ? null : ServerFiles.Read(BinDirectory, _libraryDirectory);

    /// <summary>Folder of the server programs, also of <c>pg_dump</c> and others where installed.</summary>
    public string BinDirectory { get; }

    /// <summary>
    /// Starts the server, creating its cluster and database where there are none, or connects to the one another process
    /// runs. Returns when it accepts connections; recovery after a crash is waited for as long as it takes.
    /// </summary>
    /// <param name="options">Where and how.</param>
    /// <param name="progress">Reports what takes time, a line each; null for silence.</param>
    /// <param name="cancellationToken">Stops waiting, and the server where it was being started.</param>
    /// <exception cref="EmbeddedPostgresException">
    /// The programs are missing or the server does not start; the message carries its last lines of output.
    /// </exception>
    public static async Task<EmbeddedPostgresServer> StartAsync(
        EmbeddedPostgresOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (OperatingSystem.IsWindows())
        {
            throw new EmbeddedPostgresException(
                "PerfDash cannot run its built-in PostgreSQL on Windows. Set ConnectionStrings__PerfDash to a PostgreSQL server.");
        }

        var dataDirectory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.DataDirectory));
        var cluster = new Cluster(dataDirectory);
        try
        {
            if (File.Exists(dataDirectory))
                throw new EmbeddedPostgresException($"PerfDash:DataDirectory is {dataDirectory}, which is a file; it must be a folder, or a path where one can be made.");
            if (!Directory.Exists(dataDirectory))
                OwnerOnly.CreateFolder(dataDirectory);

            if (TakeOwnership(cluster) is { } ownership)
                return await OwnAsync(options, cluster, ownership, progress, cancellationToken);
            progress?.Report($"Another PerfDash process is running the database in {dataDirectory}; connecting to it…");
            return await AttachAsync(options, cluster, progress, cancellationToken);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new EmbeddedPostgresException(
                $"The data folder {dataDirectory} cannot be used: {denied.Message} It may belong to another user. Choose another folder with PerfDash__DataDirectory.",
                denied);
        }
        catch (IOException unusable) when (!Directory.Exists(dataDirectory))
        {
            throw new EmbeddedPostgresException($"PerfDash:DataDirectory is {dataDirectory}, where no folder can be made: {unusable.Message}", unusable);
        }
    }

    /// <summary>
    /// Stops the server and starts it from the files as they are now, on the same port, so that connections are simply made
    /// again. Where that fails the server is down, and the next call tries again.
    /// </summary>
    /// <exception cref="EmbeddedPostgresException">It does not start; the message carries its last lines of output.</exception>
    /// <exception cref="InvalidOperationException">The server belongs to another process.</exception>
    public async Task RestartAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (_launch is null)
            throw new InvalidOperationException("The server belongs to another process.");
        if (_process is { } running)
        {
            _process = null;
            await running.StopAsync();
            running.Dispose();
        }

        var launched = await LaunchAsync(_launch, progress, cancellationToken);
        (_process, _files, _libraryDirectory) = (launched.Process, launched.Files, launched.Connection.LibraryDirectory);
    }

    /// <summary>Stops the server if this instance owns it: within a second as a rule, harder after 30 seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_process is not null)
                await _process.StopAsync();
        }
        finally
        {
            _process?.Dispose();
            if (_ownership is not null)
                await _ownership.DisposeAsync();
        }
    }

    /// <summary>Null when another process, or another instance in this one, holds the lock.</summary>
    private static FileStream? TakeOwnership(Cluster cluster)
    {
        try
        {
            return new FileStream(cluster.LockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        // The system's EWOULDBLOCK, which .NET passes on: 11 on Linux, 35 on macOS.
        catch (IOException held) when (held.HResult is 11 or 35)
        {
            return null;
        }
    }

    private static async Task<EmbeddedPostgresServer> OwnAsync(
        EmbeddedPostgresOptions options,
        Cluster cluster,
        FileStream ownership,
        IProgress<string>? progress,
        CancellationToken cancellationToken)
    {
        try
        {
            var installation = await FindInstallationAsync(options, cluster, cancellationToken);
            var account = await ServerAccount.ForAsync(cluster.Directory, cancellationToken);
            cluster.RemoveUnfinished(progress);
            if (!cluster.Exists)
            {
                progress?.Report($"Creating the private database in {cluster.Directory} (first start only)…");
                var durable = options.ServerSettings.GetValueOrDefault("fsync") != "off";
                await cluster.CreateAsync(installation.BinDirectory, account, durable, cancellationToken);
            }

            var launch = new Launch(cluster, installation, account, Port: null, options.ServerSettings);
            return new EmbeddedPostgresServer(ownership, launch, await LaunchAsync(launch, progress, cancellationToken));
        }
        catch
        {
            await ownership.DisposeAsync();
            throw;
        }
    }

    private static async Task<Launched> LaunchAsync(Launch launch, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await ClearFormerServerAsync(launch.Cluster, progress, cancellationToken);
            progress?.Report($"Starting PostgreSQL {launch.Installation.MajorVersion}…");
            var port = launch.Port ?? FreePort();
            var process = ServerProcess.Start(launch.Cluster, launch.Installation.BinDirectory, launch.Account, port, launch.Settings);
            try
            {
                if (await ConnectWhenReadyAsync(launch.Cluster, process, port, cancellationToken) is { } connection)
                    return new Launched(process, port, connection, ServerFiles.Read(launch.Installation.BinDirectory, connection.LibraryDirectory));

                var output = await process.LastOutputAsync(cancellationToken);
                if (attempt == StartAttempts || !MayPass(output))
                {
                    throw new EmbeddedPostgresException(
                        $"PostgreSQL did not start on {launch.Cluster.Directory}. Its last output:{Environment.NewLine}{output}");
                }
            }
            catch
            {
                await process.StopAsync();
                process.Dispose();
                throw;
            }

            await process.StopAsync();
            process.Dispose();
            await Task.Delay(TimeSpan.FromMilliseconds(300 * attempt), cancellationToken);
        }
    }

    private static async Task<EmbeddedPostgresServer> AttachAsync(
        EmbeddedPostgresOptions options, Cluster cluster, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AttachLimit);
        Exception? lastFailure = null;
        try
        {
            while (true)
            {
                // The owner may end while it is waited for.
                if (TakeOwnership(cluster) is { } ownership)
                    return await OwnAsync(options, cluster, ownership, progress, cancellationToken);

                try
                {
                    if (PostmasterFile.Read(cluster.Directory) is { IsReady: true, Port: { } port }
                        && await ConnectAsync(cluster, port, createDatabase: false, limit.Token) is { } connection)
                    {
                        var installation = await FindInstallationAsync(options, cluster, limit.Token);
                        return new EmbeddedPostgresServer(connection, installation.BinDirectory);
                    }
                }
                catch (NpgsqlException notYet)
                {
                    // The file may be a former server's, and its port another program's by now.
                    lastFailure = notYet;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
            }
        }
        catch (OperationCanceledException canceled) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EmbeddedPostgresException(
                $"Another PerfDash process holds {cluster.LockPath}, but its database was not ready within {AttachLimit.TotalSeconds:0} seconds.",
                lastFailure ?? canceled);
        }
    }

    private static Task<PostgresInstallation> FindInstallationAsync(
        EmbeddedPostgresOptions options, Cluster cluster, CancellationToken cancellationToken) =>
        options.BinDirectory is { } binDirectory
            ? PostgresBinaries.FindAsync([binDirectory], cluster.MajorVersion, cancellationToken)
            : PostgresBinaries.FindAsync(cluster.MajorVersion, cancellationToken);

    /// <summary>Deals with what a PerfDash that crashed left behind: a running server, or a file that names a dead one.</summary>
    private static async Task ClearFormerServerAsync(
        Cluster cluster, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        await ServerProcess.StopRunningAsync(
            cluster,
            processId => progress?.Report($"Stopping an orphaned server (process {processId}) …"),
            cancellationToken);
        if (!PostmasterFile.IsIn(cluster.Directory))
            return;
        // The file outlives a server only when that did not end in order.
        await ServerProcess.EndLeftoversAsync(cluster, cancellationToken);
        await PostmasterFile.DisarmAsync(cluster.Directory, cancellationToken);
    }

    /// <summary>The connection string once the server accepts it; null when the server ended instead.</summary>
    private static async Task<ServerConnection?> ConnectWhenReadyAsync(
        Cluster cluster, ServerProcess process, int port, CancellationToken cancellationToken)
    {
        while (!process.HasExited)
        {
            try
            {
                if (PostmasterFile.Read(cluster.Directory) is { IsReady: true } running && running.Port == port
                    && await ConnectAsync(cluster, port, createDatabase: true, cancellationToken) is { } connection)
                {
                    return connection;
                }
            }
            catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InvalidPassword)
            {
                throw new EmbeddedPostgresException(
                    $"The database in {cluster.Directory} does not accept the stored password. Restore postgres.password from a backup.",
                    refused);
            }
            catch (NpgsqlException notYet) when (notYet.IsTransient)
            {
                // Seen again on the next turn, or the process has ended and says why.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }

        return null;
    }

    /// <summary>
    /// Connects once and makes the database where it is missing; null when the server is another cluster's or has no
    /// database yet.
    /// </summary>
    private static async Task<ServerConnection?> ConnectAsync(
        Cluster cluster, int port, bool createDatabase, CancellationToken cancellationToken)
    {
        var maintenance = await cluster.ConnectionToAsync(port, "postgres", Cluster.Superuser, cancellationToken);
        maintenance.Pooling = false;
        await using var connection = new NpgsqlConnection(maintenance.ConnectionString);
        await connection.OpenAsync(cancellationToken);

        await using var query = new NpgsqlCommand(
            """
            SELECT system_identifier, EXISTS (SELECT FROM pg_database WHERE datname = $1), (SELECT setting FROM pg_config WHERE name = 'PKGLIBDIR')
            FROM pg_control_system()
            """, connection);
        query.Parameters.Add(new() { Value = Cluster.DatabaseName });
        bool databaseExists;
        string libraryDirectory;
        await using (var reader = await query.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            if (reader.GetInt64(0) != await cluster.ReadSystemIdentifierAsync(cancellationToken))
                return null;
            databaseExists = reader.GetBoolean(1);
            libraryDirectory = reader.GetString(2);
        }

        if (!databaseExists && !createDatabase)
            return null;
        if (!databaseExists)
        {
            await using var create = new NpgsqlCommand($"CREATE DATABASE {Cluster.DatabaseName}", connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }

        var application = await cluster.ConnectionToAsync(port, Cluster.DatabaseName, Cluster.ApplicationRole, cancellationToken);
        var admin = await cluster.ConnectionToAsync(port, Cluster.DatabaseName, Cluster.Superuser, cancellationToken);
        await ApplicationRole.EnsureAsync(connection, admin, application.Password!, cancellationToken);
        return new(application.ConnectionString, admin.ConnectionString, libraryDirectory);
    }

    /// <summary>
    /// Whether another attempt can succeed: the port was taken in between, or processes of a killed server are still ending.
    /// </summary>
    private static bool MayPass(string output) =>
        output.Contains("could not create any TCP/IP sockets", StringComparison.Ordinal)
        || output.Contains("lock file \"postmaster.pid\" already exists", StringComparison.Ordinal)
        || output.Contains("pre-existing shared memory block", StringComparison.Ordinal);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>How the server is started; without a port on any free one.</summary>
    private sealed record Launch(
        Cluster Cluster, PostgresInstallation Installation, ServerAccount? Account, int? Port, IReadOnlyDictionary<string, string> Settings);

    /// <summary>A server that accepts connections.</summary>
    private sealed record Launched(ServerProcess Process, int Port, ServerConnection Connection, ServerFiles Files);

    /// <summary>How to reach a server's database, as its owner and as superuser, and where it loads its libraries from.</summary>
    private sealed record ServerConnection(string Text, string AdminText, string LibraryDirectory);
}
