using System.Net.Sockets;
using System.Text;

namespace PerfDash.Tests.Answers;

public sealed class GoneClientTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("overview")]
    [InlineData("throughput")]
    [InlineData("workflow/1")]
    [InlineData("workflow/1/trend")]
    [InlineData("worker/1")]
    [InlineData("workers/comparison")]
    [InlineData("comparison?workflows=1,2")]
    [InlineData("comparison/history?workflow=1")]
    [InlineData("comparison/history/proposals?workflow=1")]
    [InlineData("quality")]
    [InlineData("quality/correlation?parameter=cfg&score=likeness")]
    [InlineData("jobs?format=csv")]
    [InlineData("job/1")]
    [InlineData("estimate?workflow=1&frames=1")]
    [InlineData("cost")]
    public async Task When_the_client_goes_the_query_ends_and_nothing_is_logged(string route)
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        using var logs = new RecordedLogs();
        // What else reads the table has done so, and does not wait for the lock.
        var started = DateTime.UtcNow;
        var instance = PerfDashApp.Start(database.ConnectionString, logs.Record, ("PerfDash:Collection:PollInterval", "00:01:00"));
        await Eventually.EqualAsync(0L, () => database.ScalarAsync<long>(
            "SELECT count(*) FROM perfdash_qrtz_job_details AS j WHERE NOT EXISTS (SELECT FROM scheduled_job_runs AS r WHERE r.job_name = j.job_name AND r.last_run_at >= @started)",
            ("started", started)));
        var address = new Uri(PerfDashApp.AddressOf(instance));

        await using var holder = await database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await using var locking = holder.CreateCommand();
        locking.CommandText = "LOCK TABLE performance_metrics IN ACCESS EXCLUSIVE MODE";
        await locking.ExecuteNonQueryAsync(Cancel);
        var before = await WaitingAsync(holder.ProcessID);
        int[] own = [];

        using (var client = new TcpClient())
        {
            await client.ConnectAsync(address.Host, address.Port, Cancel);
            await client.GetStream().WriteAsync(
                Encoding.ASCII.GetBytes($"GET /performance/{route} HTTP/1.1\r\nHost: {address.Authority}\r\nX-Api-Key: {PerfDashApp.ApiKey}\r\n\r\n"), Cancel);
            await Eventually.ThatAsync(async () => (own = [.. (await WaitingAsync(holder.ProcessID)).Except(before)]).Length > 0, "the query waits for the lock");
        }

        await Eventually.ThatAsync(async () => !(await WaitingAsync(holder.ProcessID)).Intersect(own).Any(), "the query ends");
        await transaction.RollbackAsync(Cancel);
        // Stopping waits for what is under way, its log included.
        await instance.DisposeAsync();
        Assert.Empty(logs.Lines);
    }

    /// <summary>
    /// Processes whose query waits for the table that <paramref name="holder"/> has locked, and for nothing else: the scheduler's
    /// wait for each other for a moment, which counted as one that waits before and hid the query. The collector's only write.
    /// </summary>
    private Task<int[]> WaitingAsync(int holder) => database.ScalarAsync<int[]>(
        """
        SELECT COALESCE(array_agg(pid), '{}') FROM pg_stat_activity
        WHERE datname = current_database() AND @holder = ANY(pg_blocking_pids(pid)) AND query !~* '(insert|update|delete|create)\s'
        """,
        ("holder", holder));
}
