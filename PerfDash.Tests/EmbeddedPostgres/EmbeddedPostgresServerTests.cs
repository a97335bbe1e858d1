using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Npgsql;
using PerfDash.Data.EmbeddedPostgres;

namespace PerfDash.Tests.EmbeddedPostgres;

/// <summary>Real servers, really killed. One at a time: they count the server processes of their own folder.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class EmbeddedPostgresServerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("perfdash-pg-");
    private readonly List<string> _progress = [];

    private string DataDirectory => Path.Combine(_folder.FullName, "data");

    private string ClusterDirectory => Path.Combine(DataDirectory, "postgres");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_first_start_creates_a_database_that_answers()
    {
        await using var server = await StartAsync();

        Assert.True(server.OwnsServer);
        Assert.Equal("perfdash", await QueryAsync(server.ConnectionString, "SELECT current_database()"));
        Assert.Equal("UTC", await QueryAsync(server.ConnectionString, "SHOW timezone"));
        Assert.Equal("UTF8", await QueryAsync(server.ConnectionString, "SHOW server_encoding"));
        Assert.Equal("127.0.0.1", await QueryAsync(server.ConnectionString, "SHOW listen_addresses"));
        Assert.Equal("", await QueryAsync(server.AdminConnectionString, "SHOW unix_socket_directories"));
        Assert.Equal("off", await QueryAsync(server.ConnectionString, "SHOW fsync"));
        Assert.Collection(
            _progress,
            line => Assert.StartsWith($"Creating the private database in {ClusterDirectory} (first start only)", line, StringComparison.Ordinal),
            line => Assert.StartsWith("Starting PostgreSQL ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_program_is_no_superuser_and_owns_what_an_older_one_made_as_superuser()
    {
        await using (var older = await StartAsync())
        {
            await QueryAsync(
                older.AdminConnectionString,
                """
                CREATE TYPE mood AS ENUM ('calm');
                CREATE TABLE kept (id BIGINT GENERATED ALWAYS AS IDENTITY, text TEXT, mood mood) PARTITION BY RANGE (id);
                CREATE TABLE kept_1 PARTITION OF kept FOR VALUES FROM (1) TO (10);
                CREATE SEQUENCE numbers;
                CREATE VIEW seen AS SELECT text FROM kept;
                CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';
                INSERT INTO kept (text) VALUES ('still here')
                """);
        }

        await using var server = await StartAsync();

        Assert.Equal("False", await QueryAsync(server.ConnectionString, "SELECT rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = current_user"));
        Assert.Equal("still here", await QueryAsync(server.ConnectionString, "SELECT text FROM seen"));
        await QueryAsync(server.ConnectionString, "ALTER TABLE kept ADD more TEXT; ALTER TYPE mood ADD VALUE 'tense'; DROP FUNCTION twice; DROP SEQUENCE numbers; DROP VIEW seen; DROP TABLE kept");
        var refused = await Assert.ThrowsAsync<PostgresException>(() => QueryAsync(server.ConnectionString, "COPY (SELECT 1) TO PROGRAM 'true'"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task The_password_is_needed_and_readable_by_its_owner_only()
    {
        await using var server = await StartAsync();

        var guess = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "guess" }.ConnectionString;
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => QueryAsync(guess, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(Path.Combine(DataDirectory, "postgres.password")));
    }

    [Fact]
    public async Task A_second_start_finds_the_data_of_the_first()
    {
        await using (var first = await StartAsync())
            await QueryAsync(first.ConnectionString, "CREATE TABLE kept AS SELECT 'still here' AS text");
        await AssertNoServerProcessAsync();

        await using var second = await StartAsync();

        Assert.Equal("still here", await QueryAsync(second.ConnectionString, "SELECT text FROM kept"));
    }

    [Fact]
    public async Task A_second_opener_uses_the_running_server_and_leaves_it_running()
    {
        await using var owner = await StartAsync();
        var guest = await StartAsync();

        Assert.False(guest.OwnsServer);
        Assert.Equal(owner.ConnectionString, guest.ConnectionString);
        Assert.Equal(owner.BinDirectory, guest.BinDirectory);
        await guest.DisposeAsync();

        Assert.Equal("1", await QueryAsync(owner.ConnectionString, "SELECT 1"));
    }

    [Fact]
    public async Task Openers_that_arrive_together_share_one_server()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync()));

        Assert.Single(servers, server => server.OwnsServer);
        Assert.Single(servers.Select(server => server.ConnectionString).Distinct());
        foreach (var server in servers.OrderBy(server => server.OwnsServer))
            await server.DisposeAsync();
        await AssertNoServerProcessAsync();
    }

    [Fact]
    public async Task A_killed_owner_takes_its_server_with_it_and_the_next_start_works()
    {
        using var owner = await ServerOwnerProcess.StartAsync(DataDirectory);
        await QueryAsync(owner.ConnectionString, "CREATE TABLE kept AS SELECT 'committed' AS text");

        await owner.KillAsync();

        await UntilAsync(async () => (await ServerProcessesAsync()).Length == 0);
        await using var next = await StartAsync();
        Assert.True(next.OwnsServer);
        Assert.Equal("committed", await QueryAsync(next.ConnectionString, "SELECT text FROM kept"));
    }

    [Fact]
    public async Task A_start_straight_after_the_owner_was_killed_waits_for_its_server_to_end()
    {
        using var owner = await ServerOwnerProcess.StartAsync(DataDirectory);
        await using var client = new NpgsqlConnection(owner.ConnectionString);
        await client.OpenAsync(Cancel);

        await owner.KillAsync();
        await using var next = await StartAsync();

        Assert.True(next.OwnsServer);
        Assert.Equal("1", await QueryAsync(next.ConnectionString, "SELECT 1"));
    }

    [Fact]
    public async Task A_server_orphaned_with_its_guard_is_stopped_and_the_next_start_works()
    {
        using var owner = await ServerOwnerProcess.StartAsync(DataDirectory);
        await QueryAsync(owner.ConnectionString, "CREATE TABLE kept AS SELECT 'committed' AS text");
        var orphan = PostmasterProcessId();
        await KillGuardOfAsync(orphan);
        await owner.KillAsync();
        Assert.Contains(orphan, await ServerProcessesAsync());

        await using var next = await StartAsync();

        Assert.Contains($"Stopping an orphaned server (process {orphan}) …", _progress);
        Assert.DoesNotContain(orphan, await ServerProcessesAsync());
        Assert.Equal("committed", await QueryAsync(next.ConnectionString, "SELECT text FROM kept"));
    }

    [Fact]
    public async Task Disposing_stops_the_server_even_when_its_guard_was_killed()
    {
        var server = await StartAsync();
        await KillGuardOfAsync(PostmasterProcessId());

        await server.DisposeAsync();

        await AssertNoServerProcessAsync();
    }

    [Fact]
    public async Task A_server_killed_outright_is_recovered_by_the_next_start()
    {
        await using (var server = await StartAsync(new() { ["fsync"] = "on" }))
        {
            await QueryAsync(server.ConnectionString, "CREATE TABLE kept AS SELECT 'committed' AS text");
            await RunAsync("kill", "-KILL", PostmasterProcessId());
        }

        await using var next = await StartAsync();

        Assert.Equal("committed", await QueryAsync(next.ConnectionString, "SELECT text FROM kept"));
    }

    [Fact]
    public async Task Work_left_running_by_a_killed_server_is_ended_by_the_next_start()
    {
        var server = await StartAsync();
        // Computes and never waits, so it does not notice that its server is gone.
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(
            "DO $$ BEGIN FOR i IN 1..2000000000 LOOP END LOOP; END $$", connection)
        { CommandTimeout = 0 };
        var endless = command.ExecuteNonQueryAsync(Cancel);
        var worker = connection.ProcessID.ToString(CultureInfo.InvariantCulture);
        await RunAsync("kill", "-KILL", PostmasterProcessId());
        await server.DisposeAsync();
        Assert.Contains(worker, await ServerProcessesAsync());

        await using var next = await StartAsync();

        Assert.DoesNotContain(worker, await ServerProcessesAsync());
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => endless);
        Assert.Equal("1", await QueryAsync(next.ConnectionString, "SELECT 1"));
    }

    [Fact]
    public async Task A_port_taken_in_between_is_tried_again_before_giving_up()
    {
        using var taken = new TcpListener(IPAddress.Loopback, port: 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        // Only forcing the port makes every attempt meet it.
        var failure = await Assert.ThrowsAsync<EmbeddedPostgresException>(() => StartAsync(new() { ["port"] = port }));

        Assert.Contains("Address already in use", failure.Message, StringComparison.Ordinal);
        Assert.Equal(5, _progress.Count(line => line.StartsWith("Starting", StringComparison.Ordinal)));
        await AssertNoServerProcessAsync();
    }

    [Fact]
    public async Task A_stale_file_that_names_a_living_foreign_process_does_not_prevent_the_start()
    {
        await using (var first = await StartAsync())
            await QueryAsync(first.ConnectionString, "CREATE TABLE kept AS SELECT 'still here' AS text");
        // PostgreSQL only heeds a process of its own user.
        string[] asServerUser = Environment.IsPrivilegedProcess
            ? ["setpriv", "--reuid", await OwnerOfAsync(ClusterDirectory), "--clear-groups", "--"]
            : [];
        string[] command = [.. asServerUser, "sleep", "600"];
        using var foreign = Process.Start(command[0], command.Skip(1));
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(ClusterDirectory, "postmaster.pid"),
                $"{foreign.Id}\n{ClusterDirectory}\n1700000000\n1\n\n127.0.0.1\n 0 0\nready   \n",
                Cancel);

            await using var second = await StartAsync();

            Assert.Equal("still here", await QueryAsync(second.ConnectionString, "SELECT text FROM kept"));
            Assert.False(foreign.HasExited);
        }
        finally
        {
            foreign.Kill();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("999999999\n/gone\n")]
    public async Task A_stale_file_left_by_a_crash_does_not_prevent_the_start(string content)
    {
        await (await StartAsync()).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(ClusterDirectory, "postmaster.pid"), content, Cancel);

        await using var next = await StartAsync();

        Assert.Equal("1", await QueryAsync(next.ConnectionString, "SELECT 1"));
    }

    [Fact]
    public async Task The_server_a_copied_folder_was_copied_from_is_left_alone()
    {
        await using var original = await StartAsync();
        var copy = Path.Combine(_folder.FullName, "copy");
        // The copy holds the original's postmaster.pid, which names a living server.
        await RunAsync("cp", "-a", DataDirectory, copy);

        await using (var copied = await EmbeddedPostgresServer.StartAsync(
            new() { DataDirectory = copy, ServerSettings = NoSync() }, progress: null, Cancel))
        {
            Assert.True(copied.OwnsServer);
            Assert.NotEqual(original.ConnectionString, copied.ConnectionString);
        }

        Assert.Equal("1", await QueryAsync(original.ConnectionString, "SELECT 1"));
    }

    [Fact]
    public async Task A_foreign_server_running_meanwhile_is_untouched()
    {
        await using var foreign = await EmbeddedPostgresServer.StartAsync(
            new() { DataDirectory = Path.Combine(_folder.FullName, "foreign"), ServerSettings = NoSync() }, progress: null, Cancel);
        var startedAt = await QueryAsync(foreign.ConnectionString, "SELECT pg_postmaster_start_time()::text");

        using (var owner = await ServerOwnerProcess.StartAsync(DataDirectory))
            await owner.KillAsync();
        await (await StartAsync()).DisposeAsync();

        Assert.Equal(startedAt, await QueryAsync(foreign.ConnectionString, "SELECT pg_postmaster_start_time()::text"));
    }

    [Fact]
    public async Task A_creation_interrupted_half_way_leaves_nothing_in_the_way()
    {
        var leftover = Directory.CreateDirectory(Path.Combine(DataDirectory, "postgres.new-interrupted", "cluster", "base"));

        await using var server = await StartAsync();

        Assert.Equal("1", await QueryAsync(server.ConnectionString, "SELECT 1"));
        leftover.Refresh();
        Assert.False(leftover.Exists);
    }

    [Fact]
    public async Task An_owner_killed_while_it_creates_the_database_does_not_prevent_the_next_start()
    {
        using (var owner = ServerOwnerProcess.Launch(DataDirectory))
        {
            await UntilAsync(() => Task.FromResult(
                Directory.Exists(DataDirectory) && Directory.EnumerateDirectories(DataDirectory, "postgres.new-*")
                    .Any(unfinished => Directory.Exists(Path.Combine(unfinished, "cluster", "base")))));
            await owner.KillAsync();
        }

        await using (var next = await StartAsync())
            Assert.Equal("1", await QueryAsync(next.ConnectionString, "SELECT 1"));

        await UntilAsync(async () =>
        {
            await (await StartAsync()).DisposeAsync();
            return !Directory.EnumerateDirectories(DataDirectory, "postgres.new-*").Any();
        });
    }

    [Fact]
    public async Task As_root_the_server_runs_as_another_user_in_a_folder_closed_to_that_user()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("Not running as root.");
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.FullName));

        await using var server = await StartAsync();

        var user = await RunAsync("ps", "-o", "uid=", "-p", PostmasterProcessId());
        Assert.NotEqual("0", user);
        Assert.Equal(await OwnerOfAsync(ClusterDirectory), user);
        Assert.Equal("0", await OwnerOfAsync(DataDirectory));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.FullName));
    }

    [Fact]
    public async Task A_normal_user_needs_no_change_of_user()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("Every other test of this class shows it when not running as root.");
        string[] asNobody = ["setpriv", "--reuid", "nobody", "--regid", "65534", "--clear-groups", "--", "env", "HOME=/nonexistent"];
        var program = typeof(ServerOwnerProcess).Assembly.Location;
        if (await RunAsync([.. asNobody, "sh", "-c", "test -r \"$1\" && echo readable; exit 0", "sh", program]) != "readable")
            Assert.Skip($"The user nobody cannot read {program}.");
        Directory.CreateDirectory(DataDirectory);
        await RunAsync("chmod", "0711", _folder.FullName);
        await RunAsync("chown", "nobody", DataDirectory);

        using var owner = await ServerOwnerProcess.StartAsync(DataDirectory, asNobody);

        Assert.Equal(ClusterDirectory, await QueryAsync(new NpgsqlConnectionStringBuilder(owner.ConnectionString) { Username = "perfdash" }.ConnectionString, "SHOW data_directory"));
        Assert.Equal(await OwnerOfAsync(DataDirectory), await OwnerOfAsync(ClusterDirectory));
        await owner.KillAsync();
        await UntilAsync(async () => (await ServerProcessesAsync()).Length == 0);
    }

    [Fact]
    public async Task A_terminals_interrupt_does_not_reach_the_server()
    {
        await using var server = await StartAsync();

        // Ctrl+C goes to a process group of the terminal's session.
        var ours = await RunAsync("ps", "-o", "sid=", "-p", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        var servers = await RunAsync("ps", "-o", "sid=", "-p", PostmasterProcessId());

        Assert.NotEqual(ours, servers);
    }

    [Fact]
    public async Task A_server_that_does_not_start_says_why()
    {
        var failure = await Assert.ThrowsAsync<EmbeddedPostgresException>(
            () => StartAsync(new() { ["shared_buffers"] = "much" }));

        Assert.Contains("invalid value for parameter \"shared_buffers\": \"much\"", failure.Message, StringComparison.Ordinal);
        await using var next = await StartAsync();
        Assert.True(next.OwnsServer);
    }

    [Fact]
    public async Task A_cancelled_start_leaves_no_server_and_no_lock()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var whenStarting = new SynchronousProgress(line =>
        {
            if (line.StartsWith("Starting", StringComparison.Ordinal))
                cancellation.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => EmbeddedPostgresServer.StartAsync(
            new() { DataDirectory = DataDirectory, ServerSettings = NoSync() }, whenStarting, cancellation.Token));

        await AssertNoServerProcessAsync();
        await using var next = await StartAsync();
        Assert.True(next.OwnsServer);
    }

    private Task<EmbeddedPostgresServer> StartAsync(Dictionary<string, string>? settings = null)
    {
        var all = NoSync();
        foreach (var (name, value) in settings ?? [])
            all[name] = value;
        return EmbeddedPostgresServer.StartAsync(
            new() { DataDirectory = DataDirectory, ServerSettings = all },
            new SynchronousProgress(line =>
            {
                lock (_progress)
                    _progress.Add(line);
            }),
            Cancel);
    }

    private static Dictionary<string, string> NoSync() => new() { ["fsync"] = "off" };

    private static async Task<string> QueryAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(Cancel), CultureInfo.InvariantCulture) ?? "";
    }

    private string PostmasterProcessId() => File.ReadLines(Path.Combine(ClusterDirectory, "postmaster.pid")).First();

    /// <summary>Kills the shells between the owner and the server, so that nothing is left to stop the server.</summary>
    private static async Task KillGuardOfAsync(string postmasterProcessId)
    {
        var session = await RunAsync("ps", "-o", "sid=", "-p", postmasterProcessId);
        var members = await RunAsync("ps", "-o", "pid=,comm=", "-s", session);
        var shells = members.Split('\n').Select(line => line.Trim().Split(' ')).Where(line => line[1] == "sh").ToArray();
        Assert.Equal(2, shells.Length);
        await RunAsync(["kill", "-KILL", .. shells.Select(line => line[0])]);
    }

    /// <summary>Process ids of everything that works in the cluster's folder, zombies aside.</summary>
    private async Task<string[]> ServerProcessesAsync() =>
        (await RunAsync(
            "sh",
            "-c",
            """for p in /proc/[0-9]*; do [ "$p/cwd" -ef "$1" ] && echo "${p#/proc/}"; done; exit 0""",
            "sh",
            ClusterDirectory)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static Task<string> OwnerOfAsync(string path) => RunAsync("stat", "-c", "%u", path);

    private static async Task<string> RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        // Without a limit of its own: a condition that never comes ends with the run's time limit.
        while (!await condition())
            await Task.Delay(20, Cancel);
    }

    private sealed class SynchronousProgress(Action<string> report) : IProgress<string>
    {
        public void Report(string value) => report(value);
    }

    // The process that writes the log ends by itself a moment after the server.
    private Task AssertNoServerProcessAsync() => UntilAsync(async () => (await ServerProcessesAsync()).Length == 0);
}
