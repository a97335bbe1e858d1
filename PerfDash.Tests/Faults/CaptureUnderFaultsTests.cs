using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PerfDash.Core.Collection;
using PerfDash.Data;
using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Faults;

/// <summary>Real kills on a real server; afterwards every completed job has one metric, none is missing and none there twice.</summary>
public sealed class CaptureUnderFaultsTests(PostgresServer server) : IAsyncLifetime
{
    private readonly TestDatabase _database = new(server);
    private NpgsqlDataSource _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        _host = NpgsqlDataSource.Create(_database.ConnectionString + ";Application Name=host");
        await _database.AddWorkflowAsync();
        await _database.AddWorkerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_while_every_connection_is_cut_again_and_again()
    {
        await using var first = await StartSmallBatchesAsync();
        await using var second = await StartSmallBatchesAsync();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var cutting = CutConnectionsAsync(done.Token);

        for (var i = 0; i < 100; i++)
        {
            await HostAsync("INSERT INTO jobs (workflow_id, worker_id, status, result) SELECT 1, 1, 'completed', '{\"frame_count\": 1}' FROM generate_series(1, 20)");
            await Task.Delay(35, Cancel);
        }

        await done.CancelAsync();
        Assert.True(await cutting > 0, "no connection was ever cut");
        _database.DataSource.Clear();
        await CollectedAsync(2000);
        first.AssertAlive();
        second.AssertAlive();
    }

    [Fact]
    public async Task Several_instances_share_the_work_and_their_counts_add_up()
    {
        await HostAsync("INSERT INTO jobs (workflow_id, worker_id, status) SELECT 1, 1, 'completed' FROM generate_series(1, 2000)");

        await using var first = await StartSmallBatchesAsync();
        await using var second = await StartSmallBatchesAsync();

        await CollectedAsync(2000);
        Assert.Equal(2000, first.Recorded + second.Recorded);
        Assert.True(first.Recorded > 0 && second.Recorded > 0, $"one did it all: {first.Recorded} and {second.Recorded}");
    }

    [Fact]
    public async Task A_collector_cut_off_between_claim_and_commit_leaves_its_claim_to_the_next()
    {
        await HoldRecordingAsync();
        await HostAsync("INSERT INTO jobs (workflow_id, worker_id, status) SELECT 1, 1, 'completed' FROM generate_series(1, 10)");
        var collecting = _database.Get<MetricCollector>().CollectAsync(1000, Cancel);
        var backend = await HeldBackendAsync();

        await HostAsync($"SELECT pg_terminate_backend({backend})");

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => collecting);
        await LetRecordAsync();
        Assert.Equal(10, await _database.CountAsync("job_completions"));
        Assert.Equal(new CollectedBatch(10, 10, 0), await _database.DrainAsync());
        await _database.AssertRecordedOnceAsync(10);
    }

    [Fact]
    public async Task Two_collectors_that_hold_notes_of_the_same_job_record_it_once()
    {
        await HoldRecordingAsync();
        await HostAsync("INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'completed')");
        var first = _database.Get<MetricCollector>().CollectAsync(1000, Cancel);
        await HeldBackendAsync();
        await HostAsync("UPDATE jobs SET error = 'noted again', completed_at = now() + INTERVAL '1 day'");
        await using var other = TestDatabase.ServicesOver(_database.ConnectionString);

        var second = other.GetRequiredService<MetricCollector>().CollectAsync(1000, Cancel);

        // The guard turns the second away; without one it would come to wait beside the first.
        await Eventually.ThatAsync(
            async () => second.IsCompleted || await _database.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%performance_metrics%' AND wait_event = 'PgSleep'") > 1,
            "the second is turned away or waits beside the first");
        await LetRecordAsync();
        await Task.WhenAll(first, second);
        await _database.DrainAsync();
        await _database.AssertRecordedOnceAsync(1);
    }

    [Fact]
    public async Task A_program_killed_between_claim_and_commit_leaves_its_claim_to_the_next()
    {
        await HoldRecordingAsync();
        await HostAsync("INSERT INTO jobs (workflow_id, worker_id, status) SELECT 1, 1, 'completed' FROM generate_series(1, 10)");
        using var program = StartProgram();
        try
        {
            await HeldBackendAsync();
        }
        finally
        {
            // SIGKILL: no code of it runs any more.
            program.Kill();
            await program.WaitForExitAsync(Cancel);
        }

        await LetRecordAsync();

        // Its claim ends when the server finds nobody at the other end.
        await using var next = await Instance.StartAsync(_database.ConnectionString);
        await CollectedAsync(10);
        Assert.Equal(10, next.Recorded);
    }

    [Fact]
    public async Task What_completes_while_no_program_runs_is_recorded_at_its_next_start()
    {
        await (await Instance.StartAsync(_database.ConnectionString)).DisposeAsync();
        await HostAsync("INSERT INTO jobs (workflow_id, worker_id, status) SELECT 1, 1, 'running' FROM generate_series(1, 300)");
        await HostAsync("UPDATE jobs SET status = 'completed', completed_at = now()");

        await using var next = await Instance.StartAsync(_database.ConnectionString);

        await CollectedAsync(300);
    }

    [Fact]
    public async Task A_listener_that_is_cut_off_listens_again_and_the_collector_is_woken()
    {
        // The longest pause there is: it is the listener that wakes the collector.
        await using var instance = await Instance.StartAsync(
            _database.ConnectionString, services => services.Configure<CollectionOptions>(options => options.PollInterval = TimeSpan.FromMinutes(1)));
        await ListensAsync(instance);
        var states = new List<bool>();
        instance.State.Changed += () => states.Add(instance.State.Listening);

        Assert.Equal(1, await _database.ScalarAsync<long>("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'PerfDash listener'"));

        await Eventually.ThatAsync(() => Task.FromResult(states.Count >= 2), "the listener is back");
        Assert.Equal([false, true], states.Take(2));
        await HostAsync("INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'completed')");
        await CollectedAsync(1);
    }

    [Fact]
    public async Task A_link_that_goes_dead_without_a_word_is_noticed_and_capture_goes_on_meanwhile()
    {
        var address = new NpgsqlConnectionStringBuilder(_database.ConnectionString);
        if (address.Host is not ("127.0.0.1" or "localhost"))
            Assert.Skip($"The relay stands before a server on this machine; the test server is at {address.Host}.");
        await using var relay = new TcpRelay(address.Port);
        address.Host = "127.0.0.1";
        address.Port = relay.Port;
        // Only the LISTEN connection goes through the relay.
        await using var instance = await Instance.StartAsync(
            _database.ConnectionString, services => services.AddSingleton(new PerfDashDatabase(address.ConnectionString)));
        await ListensAsync(instance);

        relay.Silent = true;
        await HostAsync("INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'completed')");

        await CollectedAsync(1);
        await Eventually.ThatAsync(() => Task.FromResult(!instance.State.Listening), "the dead link is noticed");
        Assert.Null(instance.State.Problem);
        relay.Silent = false;
        await ListensAsync(instance);
    }

    [Fact]
    public async Task Without_notifications_the_poll_finds_completions()
    {
        await HostAsync("UPDATE collection_settings SET notify = false");
        await using var instance = await Instance.StartAsync(
            _database.ConnectionString, services => services.Configure<CollectionOptions>(options => options.Notify = false));
        await ListensAsync(instance);
        await CollectedAsync(0);

        for (var i = 1; i <= 3; i++)
        {
            await HostAsync("INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'completed')");
            await CollectedAsync(i);
        }
    }

    private Process StartProgram()
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["PerfDash.Web.dll", "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
        };
        start.Environment["ConnectionStrings__PerfDash"] = _database.ConnectionString;
        var program = Process.Start(start)!;
        program.OutputDataReceived += (_, _) => { };
        program.BeginOutputReadLine();
        return program;
    }

    private Task<Instance> StartSmallBatchesAsync() =>
        Instance.StartAsync(_database.ConnectionString, services => services.Configure<CollectionOptions>(options => options.BatchSize = 10));

    private static Task ListensAsync(Instance instance) => Eventually.ThatAsync(() => Task.FromResult(instance.State.Listening), "the instance listens");

    /// <summary>From now on whoever records a metric waits, in its transaction, with its claim.</summary>
    private Task HoldRecordingAsync() => HostAsync(
        """
        CREATE TABLE gate AS SELECT true AS closed;
        CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            WHILE (SELECT closed FROM gate) LOOP PERFORM pg_sleep(0.02); END LOOP;
            RETURN NEW;
        END $$;
        CREATE TRIGGER wait_at_gate BEFORE INSERT ON performance_metrics FOR EACH ROW EXECUTE FUNCTION wait_at_gate();
        """);

    private Task LetRecordAsync() => HostAsync("UPDATE gate SET closed = false");

    private async Task<int> HeldBackendAsync()
    {
        var backend = 0;
        await Eventually.ThatAsync(
            async () => (backend = await _database.ScalarAsync<int>("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")) != 0,
            "a collector waits between claim and commit");
        return backend;
    }

    private async Task<long> CutConnectionsAsync(CancellationToken cancellationToken)
    {
        long cut = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(700, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await using var command = _host.CreateCommand(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'PerfDash%'");
            cut += (long)(await command.ExecuteScalarAsync(Cancel))!;
        }

        return cut;
    }

    private async Task HostAsync(string sql)
    {
        await using var command = _host.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task CollectedAsync(long jobs)
    {
        await Eventually.EqualAsync((jobs, 0L), async () => (await _database.CountAsync("performance_metrics"), await _database.CountAsync("job_completions")));
        await _database.AssertRecordedOnceAsync(jobs);
    }
}
