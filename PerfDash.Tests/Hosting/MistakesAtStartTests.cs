using System.Net;
using System.Net.Sockets;

namespace PerfDash.Tests.Hosting;

/// <summary>Whoever makes a mistake reads one sentence that names it, before anything was started or changed.</summary>
public sealed class MistakesAtStartTests(PostgresServer server) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("perfdash-mistakes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string[], string[], string[]> Arguments => new()
    {
        { ["--dmeo", "--urls", "http://localhost:5999"], [], ["--dmeo", "--demo"] },
        { ["--port", "5095"], [], ["--port", "--urls http://localhost:5095"] },
        { ["-p", "5095"], [], ["-p", "--urls http://localhost:5095"] },
        { ["sed"], [], ["'sed'", "seed"] },
        { ["seed", "--jbos", "5"], [], ["--jbos", "--jobs"] },
        { ["seed", "--jobs", "0"], [], ["--jobs", "from 1 to 10,000,000"] },
        { ["migrate", "now"], [], ["'now'"] },
        { ["import", "history.csv", "map.json"], [], ["'map.json'"] },
        { ["--urls", "127.0.0.1:5095"], [], ["--urls", "127.0.0.1:5095", "http://localhost:5080"] },
        { ["--urls", "http://localhost:99999"], [], ["http://localhost:99999"] },
        { ["--urls", "http://192.0.2.1:5095"], [], ["http://192.0.2.1:5095", "not an address of this machine"] },
        { ["--PerfDash:Colection:Notify=false"], [], ["PerfDash:Colection:Notify", "PerfDash:Collection:Notify"] },
        { [], ["PerfDash__Colection__Notify=false"], ["PerfDash:Colection:Notify", "PerfDash:Collection:Notify"] },
        { [], ["PerfDash__Collection__Notfy=false"], ["PerfDash:Collection:Notfy", "PerfDash:Collection:Notify"] },
        { [], ["PERFDASH_DEMO_ENABLED=true"], ["PERFDASH_DEMO_ENABLED", "PerfDash:Demo:Enabled"] },
        { [], ["ConnectionString__PerfDash=Host=x"], ["ConnectionString:PerfDash", "ConnectionStrings:PerfDash"] },
        { [], ["PerfDash__Notifications__Webhooks__0__Ulr=https://example.com"], ["PerfDash:Notifications:Webhooks:0:Ulr"] },
        { [], ["PerfDash__Collection__BatchSize=abc"], ["PerfDash:Collection:BatchSize", "\"abc\"", "from 1 to 10,000"] },
        { ["migrate"], ["PerfDash__Collection__BatchSize=0"], ["PerfDash:Collection:BatchSize", "\"0\"", "from 1 to 10,000"] },
        { [], ["PerfDash__Collection__PollInterval=1s"], ["PerfDash:Collection:PollInterval", "\"1s\"", "00:01:00"] },
        { [], ["PerfDash__Collection__PollInterval=1"], ["PerfDash:Collection:PollInterval", "00:01:00"] },
        { [], ["PerfDash__Demo__Enabled=maybe"], ["PerfDash:Demo:Enabled", "\"maybe\"", "true or false"] },
        { [], ["PerfDash__Currency=12 dollars"], ["PerfDash:Currency", "such as EUR"] },
        { [], ["PerfDash__Demo__JobsPerSecond=1000"], ["PerfDash:Demo:JobsPerSecond", "1000", "0.001 to 50"] },
        { [], ["PerfDash__Notifications__Smtp__Security=Ssl"], ["PerfDash:Notifications:Smtp:Security", "\"Ssl\"", "StartTls"] },
        { [], ["PerfDash__Retention__KeepMetricsFor=30"], ["PerfDash:Retention:KeepMetricsFor", "90.00:00:00"] },
        { [], ["PerfDash__Auth__BootstrapApiKey=short"], ["PerfDash:Auth:BootstrapApiKey", "at least 16"] },
        { [], ["Serilog__MinimumLevel__Default=Lod"], ["Serilog:MinimumLevel:Default", "\"Lod\"", "Information"] },
        { [], ["Serilog__MinimumLevel__Defualt=Debug"], ["Serilog:MinimumLevel:Defualt", "Default"] },
        { [], ["ConnectionStrings__PerfDash=Host=localhost;Databse=perfdash"], ["Databse", "Database"] },
        { [], ["ConnectionStrings__PerfDash=Host=localhost;Port=many"], ["Port", "many"] },
        { [], ["ConnectionStrings__PerfDash=nonsense"], ["ConnectionStrings:PerfDash", "Host="] },
        { [], ["ConnectionStrings__PerfDash=Database=perfdash"], ["ConnectionStrings:PerfDash", "Host"] },
        { [], ["ConnectionStrings__PerfDash=postgres://u:secret@word@h:p/x"], ["ConnectionStrings:PerfDash", "postgres://"] },
        { ["migrate"], ["ConnectionStrings__PerfDash=postgresql://u:secretword@nowhere.invalid:5433/x?sslmode=prefer"], ["nowhere.invalid:5433"] },
        { ["seed", "--jobs", "5"], ["ConnectionStrings__PerfDash=Host=127.0.0.1;Port=1;Username=u;Password=secretword"], ["127.0.0.1:1"] },
        { [], ["PerfDash__DataDirectory=/etc/hostname"], ["PerfDash:DataDirectory", "/etc/hostname", "file"] },
        { [], ["PerfDash__DataDirectory=/etc/hostname/below"], ["PerfDash:DataDirectory", "/etc/hostname/below"] },
        { ["health", "localhost"], [], ["ADDRESS", "localhost"] },
        { ["health", "http://127.0.0.1:1"], [], ["http://127.0.0.1:1"] },
    };

    [Theory]
    [MemberData(nameof(Arguments))]
    public async Task It_is_said_in_one_sentence(string[] arguments, string[] environment, string[] named)
    {
        using var run = ProgramRun.Start(
            arguments, [("PerfDash__DataDirectory", Path.Combine(_folder, "data")), .. environment.Select(e => (e[..e.IndexOf('=', StringComparison.Ordinal)], e[(e.IndexOf('=', StringComparison.Ordinal) + 1)..]))]);

        var (code, output, error) = await run.EndAsync();

        Assert.NotEqual(0, code);
        Assert.All(named, text => Assert.Contains(text, error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", error + output, StringComparison.Ordinal);
        Assert.DoesNotContain("secretword", error + output, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => !line.StartsWith("Description:", StringComparison.Ordinal) && named.Any(n => line.Contains(n, StringComparison.Ordinal)));
        Assert.False(Directory.Exists(Path.Combine(_folder, "data")), "nothing was started");
    }

    [Fact]
    public async Task A_port_in_use_is_said_before_the_database_is_touched()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var database = await server.CreateEmptyDatabaseAsync();
        using var run = ProgramRun.Start(["--urls", $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}"], ("ConnectionStrings__PerfDash", database));

        var (code, output, error) = await run.EndAsync();

        Assert.Equal(1, code);
        Assert.Contains("is in use by another program", error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(output);
        await using var source = Npgsql.NpgsqlDataSource.Create(database + ";Pooling=false");
        await using var command = source.CreateCommand("SELECT to_regclass('jobs') IS NULL");
        Assert.True((bool)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!);
    }

    [Fact]
    public async Task Settings_that_only_nobody_knows_are_warned_of_and_the_command_goes_on()
    {
        var database = await server.CreateEmptyDatabaseAsync();
        using var run = ProgramRun.Start(["migrate"], ("ConnectionStrings__PerfDash", database), ("PerfDash__Gallery__Enabled", "true"), ("PerfDash__Notify", "true"));

        var (code, output, error) = await run.EndAsync();

        Assert.Equal(0, code);
        Assert.Contains("applied", output, StringComparison.Ordinal);
        Assert.Contains("PerfDash:Gallery:Enabled is not a setting of PerfDash and is ignored", error, StringComparison.Ordinal);
        Assert.Contains("PerfDash:Notify is not a setting of PerfDash and is ignored; there is PerfDash:Collection:Notify.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_the_form_of_libpq_is_a_connection_string_and_psql_takes_its_own_arguments()
    {
        var parts = new Npgsql.NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync());
        var uri = $"postgres://{parts.Username}:{Uri.EscapeDataString(parts.Password!)}@{parts.Host}:{parts.Port}/{parts.Database}?sslmode=prefer&application_name=psql-test";
        using var run = ProgramRun.Start(["psql", "-At", "-c", "SELECT current_database()"], ("ConnectionStrings__PerfDash", uri));

        var (code, output, error) = await run.EndAsync();

        Assert.Equal("", error);
        Assert.Equal((0, parts.Database), (code, output.Trim()));
    }

    [Fact]
    public async Task Help_speaks_of_perfdash()
    {
        using var run = ProgramRun.Start(["--help"]);

        var (code, output, _) = await run.EndAsync();

        Assert.Equal(0, code);
        Assert.Contains("perfdash [command] [options]", output, StringComparison.Ordinal);
        Assert.DoesNotContain("PerfDash.Web", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_of_which_nothing_can_be_used_fails_and_a_map_in_place_of_the_history_is_recognised()
    {
        var database = await server.CreateDatabaseAsync();
        var history = Path.Combine(_folder, "history.ndjson");
        await File.WriteAllTextAsync(history, "{\"external_id\": 5}\n{\"frame_cuont\": 7}\n{\"frame_cuont\": 8}\nnothing\n", TestContext.Current.CancellationToken);
        var map = Path.Combine(_folder, "map.json");
        await File.WriteAllTextAsync(map, "{\n  \"workflow\": \"{model}\",\n  \"worker\": \"{gpu}\"\n}\n", TestContext.Current.CancellationToken);
        using var rejected = ProgramRun.Start(["import", history], ("ConnectionStrings__PerfDash", database));
        using var confused = ProgramRun.Start(["import", map], ("ConnectionStrings__PerfDash", database));
        using var swapped = ProgramRun.Start(["import", map, "--map", history], ("ConnectionStrings__PerfDash", database));

        var all = await rejected.EndAsync();
        var one = await confused.EndAsync();
        var two = await swapped.EndAsync();

        Assert.Equal(1, all.Code);
        Assert.EndsWith("imported 0, duplicates 0, rejected 4", all.Output.Trim(), StringComparison.Ordinal);
        Assert.Contains("frame_cuont is not a known field; did you mean frame_count? It was ignored in 2 lines.", all.Output, StringComparison.Ordinal);
        Assert.Equal(1, one.Code);
        Assert.Contains($"--map {map}", Assert.Single(one.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(1, two.Code);
        Assert.Contains(history, Assert.Single(two.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
