using System.Diagnostics;
using PerfDash.Tests.Notifications;

namespace PerfDash.Tests.Faults;

/// <summary>Real programs, killed between the commit of a change and its sending.</summary>
public sealed class NotificationsUnderFaultsTests(PostgresServer server) : IAsyncLifetime
{
    private const int Changes = 30;

    private readonly TestDatabase _database = new(server);
    private readonly List<Process> _programs = [];
    private Receiver _receiver = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        await StoredAlerts.AddRuleAsync(_database);
        _receiver = await Receiver.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in _programs)
            await KillAsync(program);
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_program_killed_before_its_messages_were_taken_leaves_them_to_another_and_none_is_lost_or_told_twice()
    {
        // The first program claims and sends, but the receiver takes nothing of it.
        var open = false;
        var taken = new HashSet<string>();
        _receiver.Answer = async (request, context) =>
        {
            if (!Volatile.Read(ref open))
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            lock (taken)
                taken.Add(request.Key);
        };
        var first = await StartProgramAsync();
        var alerts = new StoredAlerts(_database, _database.Get<IServiceProvider>());
        for (var i = 1; i <= Changes; i++)
            await alerts.OpenAsync(subject: i);
        await Eventually.ThatAsync(() => Task.FromResult(!_receiver.Requests.IsEmpty), "the first program sends");

        await KillAsync(first);
        Assert.True(await _database.ScalarAsync<long>("SELECT count(*) FROM notification_deliveries WHERE state = 'pending' AND attempts = 1") > 0);
        Volatile.Write(ref open, true);
        await StartProgramAsync();
        await StartProgramAsync();

        await Eventually.EqualAsync((long)Changes, () => _database.ScalarAsync<long>("SELECT count(*) FROM notification_deliveries WHERE state = 'delivered' AND channel_id = (SELECT id FROM notification_channels WHERE kind = 'webhook')"));
        Assert.Equal(Changes, taken.Count);
        Assert.Equal(
            await _database.ScalarAsync<string>("SELECT string_agg(idempotency_key::text, ',' ORDER BY idempotency_key::text COLLATE \"C\") FROM notification_deliveries WHERE channel_id = (SELECT id FROM notification_channels WHERE kind = 'webhook')"),
            string.Join(',', taken.Order(StringComparer.Ordinal)));
    }

    private async Task<Process> StartProgramAsync()
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["PerfDash.Web.dll", "--urls", "http://127.0.0.1:0"])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
        };
        start.Environment["ConnectionStrings__PerfDash"] = _database.ConnectionString;
        start.Environment["PerfDash__Notifications__AllowPrivateNetworks"] = "true";
        start.Environment["PerfDash__Notifications__SendTimeout"] = "00:00:03";
        start.Environment["PerfDash__Notifications__Webhooks__0__Url"] = _receiver.Url;
        start.Environment["PerfDash__Notifications__Webhooks__0__Secret"] = "s";
        var serving = new TaskCompletionSource();
        var program = Process.Start(start)!;
        _programs.Add(program);
        program.OutputDataReceived += (_, e) =>
        {
            if (e.Data?.Contains("serves at", StringComparison.Ordinal) is true)
                serving.TrySetResult();
        };
        program.BeginOutputReadLine();
        await serving.Task.WaitAsync(Eventually.Limit, Cancel);
        return program;
    }

    /// <summary>SIGKILL: no code of it runs any more.</summary>
    private static async Task KillAsync(Process program)
    {
        program.Kill();
        await program.WaitForExitAsync(CancellationToken.None);
    }
}
