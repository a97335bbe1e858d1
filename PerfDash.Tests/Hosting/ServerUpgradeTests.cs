using System.Diagnostics;
using System.Globalization;
using Npgsql;
using PerfDash.Data.EmbeddedPostgres;

namespace PerfDash.Tests.Hosting;

/// <summary>
/// The private server runs from a copy of the installed PostgreSQL, whose files are replaced beneath it as a package
/// upgrade does: beside their place and then renamed into it.
/// </summary>
public sealed class ServerUpgradeTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("perfdash-upgrade-").FullName;
    private string _bin = "";
    private string _lib = "";
    private Process? _program;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string DataDirectory => Path.Combine(_folder, "data");

    public async ValueTask InitializeAsync()
    {
        PostgresInstallation installed;
        try
        {
            installed = await PostgresBinaries.FindAsync(null, Cancel);
        }
        catch (EmbeddedPostgresException e)
        {
            Assert.Skip($"Needs PostgreSQL programs on this machine. {e.Message}");
            throw;
        }

        // Where the server looks for its files follows from where its program lies; its account must be able to read them.
        var root = Path.GetDirectoryName(installed.BinDirectory)!;
        if (!root.StartsWith("/usr/lib/postgresql/", StringComparison.Ordinal))
            Assert.Skip("The copy is made of an installation as Debian lays it out.");
        await ShellAsync(
            $"""
            chmod 755 {_folder}
            mkdir -p {_folder}{root}
            cp -r {root}/bin {root}/lib {_folder}{root}/
            mkdir -p {_folder}/usr/share && ln -s /usr/share/postgresql {_folder}/usr/share/postgresql
            """);
        (_bin, _lib) = ($"{_folder}{root}/bin", $"{_folder}{root}/lib");
    }

    public async ValueTask DisposeAsync()
    {
        if (_program is not null)
        {
            using var kill = Process.Start("kill", ["-s", "TERM", _program.Id.ToString(CultureInfo.InvariantCulture)]);
            await _program.WaitForExitAsync(CancellationToken.None);
            _program.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Files_replaced_beneath_the_private_server_restart_it_and_capture_goes_on()
    {
        var log = new List<string>();
        await StartAsync(log);
        var address = await AddressAsync();
        await ExecuteAsync(address, "INSERT INTO workflows (name) VALUES ('w'); INSERT INTO workers (name) VALUES ('k'); INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'completed')");
        await Eventually.EqualAsync(1L, () => ScalarAsync(address, "SELECT count(*) FROM performance_metrics"));
        var first = ServerProcessId();

        // In the middle of the upgrade: a library that the running program cannot load.
        await ShellAsync($"cp {_lib}/plpgsql.so {_folder}/whole && echo other > {_lib}/plpgsql.new && mv {_lib}/plpgsql.new {_lib}/plpgsql.so");
        var broken = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(address, "INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'completed')"));
        Assert.Contains("could not load library", broken.MessageText, StringComparison.Ordinal);
        await ShellAsync($"cp {_folder}/whole {_lib}/plpgsql.new && mv {_lib}/plpgsql.new {_lib}/plpgsql.so && cp {_bin}/postgres {_bin}/postgres.new && mv {_bin}/postgres.new {_bin}/postgres");

        await Eventually.ThatAsync(() => Task.FromResult(ServerProcessId() is { } now && now != first), "the server was restarted");
        await Eventually.ThatAsync(
            async () =>
            {
                try
                {
                    await ExecuteAsync(address, "INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'completed')");
                    return true;
                }
                catch (NpgsqlException)
                {
                    // It has only just been started.
                    return false;
                }
            },
            "the host's statements work again, at the same address");
        await Eventually.EqualAsync(2L, () => ScalarAsync(address, "SELECT count(*) FROM performance_metrics"));
        lock (log)
            Assert.Contains(log, line => line.Contains("private PostgreSQL server is restarted", StringComparison.Ordinal));
        Assert.False(_program!.HasExited);
    }

    private async Task StartAsync(List<string> log)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "PerfDash.Web.dll"), "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.Environment["PATH"] = $"{_bin}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["PerfDash__DataDirectory"] = DataDirectory;
        var serving = new TaskCompletionSource();
        _program = Process.Start(start)!;
        _program.OutputDataReceived += (_, e) =>
        {
            lock (log)
                log.Add(e.Data ?? "");
            if (e.Data?.Contains("serves at", StringComparison.Ordinal) is true)
                serving.TrySetResult();
        };
        _program.BeginOutputReadLine();
        await serving.Task.WaitAsync(TimeSpan.FromMinutes(2), Cancel);
    }

    private int? ServerProcessId() =>
        File.Exists(Path.Combine(DataDirectory, "postgres", "postmaster.pid"))
        && File.ReadLines(Path.Combine(DataDirectory, "postgres", "postmaster.pid")).FirstOrDefault() is { } line
        && int.TryParse(line, out var id) ? id : null;

    private async Task<string> AddressAsync()
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(DataDirectory, "postgres", "postmaster.pid"), Cancel);
        return new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = int.Parse(lines[3], CultureInfo.InvariantCulture),
            Username = "perfdash",
            Database = "perfdash",
            Password = (await File.ReadAllTextAsync(Path.Combine(DataDirectory, "postgres.password"), Cancel)).Trim(),
            Pooling = false,
        }.ConnectionString;
    }

    private static async Task ShellAsync(string script)
    {
        using var shell = Process.Start("sh", ["-ec", script]);
        await shell.WaitForExitAsync(Cancel);
        Assert.Equal(0, shell.ExitCode);
    }

    private static async Task ExecuteAsync(string address, string sql)
    {
        await using var connection = new NpgsqlConnection(address);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static async Task<long> ScalarAsync(string address, string sql)
    {
        await using var connection = new NpgsqlConnection(address);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
