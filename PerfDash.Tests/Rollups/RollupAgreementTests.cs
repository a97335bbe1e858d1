using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Rollups;

namespace PerfDash.Tests.Rollups;

/// <summary>Two instances on one database, one with roll-ups and one without, give the same answers.</summary>
public sealed class RollupAgreementTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private const int Days = 12;

    // Parameters that a route always has; filters, range and zone are drawn.
    private static readonly string[] Routes =
    [
        "overview?", "overview?rank_by=likeness&", "throughput?bucket=hour&", "throughput?bucket=day&", "throughput?bucket=week&",
        "workflow/1?", "workflow/2?", "workflow/1/trend?bucket=hour&", "workflow/1/trend?bucket=day&",
        "worker/1?", "worker/1/drift?bucket=day&", "worker/2/drift?bucket=hour&", "workers/coverage?", "workers/comparison?", "workers/comparison?workers=2,5&", "quality?", "cost?", "cost?score=likeness&min=0.5&",
        "comparison?workflows=1,2,3&", "quality/correlation?parameter=cfg&score=likeness&", "jobs?sort=-time_per_frame_ms&limit=50&", "jobs?sort=time_per_frame_ms&limit=50&", "jobs?sort=-total_gpu_time_ms&limit=20&", "jobs?sort=vram_peak_mb&", "jobs?sort=likeness&limit=30&",
    ];

    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe"];

    // How many hours and days there are depends on the time of day at which the test runs.
    private const string EndedNotClosed =
        """
        SELECT count(*) FROM (SELECT date_trunc('day', min(created_at), 'UTC') AS first FROM performance_metrics) AS m
        CROSS JOIN (VALUES ('h'::"char", INTERVAL '1 hour'), ('d', INTERVAL '1 day')) AS g(grain, length)
        CROSS JOIN generate_series(m.first, now() - INTERVAL '5 minutes' - g.length, g.length) AS ended(start)
        WHERE NOT EXISTS (SELECT FROM rollup_spans AS s WHERE s.grain = g.grain AND s.start = ended.start)
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RollupCloser Closer => app.Services.GetRequiredService<RollupCloser>();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Answers_are_the_same_before_during_and_after_changes_of_closed_time(int seed)
    {
        await app.Database.ClearAsync();
        await app.Database.AddRandomFarmAsync(seed, Days);
        await using var without = PerfDashApp.Start(app.Database.ConnectionString, ("PerfDash:Rollups:Enabled", "false"));
        using var raw = new HttpClient { BaseAddress = new Uri(PerfDashApp.AddressOf(without)) };
        raw.DefaultRequestHeaders.Add("X-Api-Key", PerfDashApp.ApiKey);
        var random = new Random(seed);

        await AgreeAsync(raw, random, "not closed");
        await CloseAllAsync();
        await AgreeAsync(raw, random, "closed");
        await ChangeAsync(seed + 500);
        await AgreeAsync(raw, random, "changed");
        await CloseAllAsync();
        await AgreeAsync(raw, random, "closed again");
    }

    [Fact]
    public async Task Scores_that_came_later_count_as_those_of_the_result_do()
    {
        await app.Database.ClearAsync();
        await app.Database.AddRandomFarmAsync(11, Days);
        await using var without = PerfDashApp.Start(app.Database.ConnectionString, ("PerfDash:Rollups:Enabled", "false"));
        using var raw = new HttpClient { BaseAddress = new Uri(PerfDashApp.AddressOf(without)) };
        raw.DefaultRequestHeaders.Add("X-Api-Key", PerfDashApp.ApiKey);
        var random = new Random(11);
        string[] addresses = [.. Routes.Select(route => $"{route}{Draw(random, route)}")];
        var before = new List<JsonElement>();
        foreach (var address in addresses)
            before.Add(await GetAsync(raw, address));

        await CloseAllAsync();
        // Of a third of the jobs every score, of a third the likeness alone, of some those that have no column.
        await app.Database.ExecuteAsync(
            """
            CREATE TEMP TABLE moved ON COMMIT DROP AS
            SELECT job_id, created_at, CASE job_id % 3 WHEN 0 THEN quality_scores_json WHEN 1 THEN jsonb_build_object('likeness', quality_scores_json -> 'likeness')
                ELSE jsonb_build_object('clip', quality_scores_json -> 'clip') END AS scores
            FROM performance_metrics
            WHERE CASE job_id % 3 WHEN 0 THEN quality_scores_json IS NOT NULL WHEN 1 THEN quality_scores_json ? 'likeness' ELSE quality_scores_json ? 'clip' END;
            INSERT INTO late_scores (job_id, created_at, scores) SELECT job_id, created_at, scores FROM moved;
            UPDATE performance_metrics AS m SET quality_scores_json = nullif(m.quality_scores_json - ARRAY(SELECT jsonb_object_keys(v.scores)), '{}')
            FROM moved AS v WHERE v.job_id = m.job_id AND v.created_at = m.created_at
            """);

        await AssertSameAsync(raw, "from metrics");
        await AssertSameAsync(app.Client, "with the rest of the closed time");
        await CloseAllAsync();
        await AssertSameAsync(app.Client, "closed again");

        async Task AssertSameAsync(HttpClient client, string when)
        {
            foreach (var (address, expected) in addresses.Zip(before))
            {
                var difference = JsonAgreement.Difference(expected, await GetAsync(client, address));
                Assert.True(difference is null, $"{when}, {address}: {difference}");
            }
        }
    }

    [Fact]
    public async Task Closed_time_is_read_from_rollups()
    {
        await app.Database.ClearAsync();
        await app.Database.AddRandomFarmAsync(9, Days);
        await CloseAllAsync();
        var before = (await GetAsync(app.Client, "overview?from=now-10d")).GetProperty("job_count").GetInt64();

        // What nothing but a broken disk would do.
        await app.Database.ExecuteAsync("UPDATE rollup_sums SET jobs = jobs + 1");

        Assert.True((await GetAsync(app.Client, "overview?from=now-10d")).GetProperty("job_count").GetInt64() > before + 20);
        await Closer.RebuildAsync(null, null, Cancel);
        Assert.Equal(before, (await GetAsync(app.Client, "overview?from=now-10d&to=now")).GetProperty("job_count").GetInt64(), 5d);
    }

    [Fact]
    public async Task A_job_committed_after_its_hour_was_closed_counts_at_once()
    {
        await app.Database.ClearAsync();
        await app.Database.AddRandomFarmAsync(10, Days);
        await using var connection = await app.Database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using var late = connection.CreateCommand();
        late.CommandText =
            """
            INSERT INTO jobs (id, workflow_id, worker_id, status, completed_at) VALUES (9000001, 1, 1, 'completed', now() - INTERVAL '3 days');
            INSERT INTO performance_metrics (job_id, workflow_id, worker_id, time_per_frame_ms, created_at) VALUES (9000001, 1, 1, 1e9, now() - INTERVAL '3 days');
            """;
        await late.ExecuteNonQueryAsync(Cancel);
        await CloseAllAsync();
        Assert.True((await GetAsync(app.Client, "overview?from=now-10d")).GetProperty("max_time_per_frame_ms").GetDouble() < 1e9);

        await transaction.CommitAsync(Cancel);

        Assert.Equal(1e9, (await GetAsync(app.Client, "overview?from=now-10d")).GetProperty("max_time_per_frame_ms").GetDouble());
        await CloseAllAsync();
        Assert.Equal(1e9, (await GetAsync(app.Client, "overview?from=now-10d")).GetProperty("max_time_per_frame_ms").GetDouble());
    }

    /// <summary>Closes what is due. The program does so too, every minute, and only one at a time works.</summary>
    private Task CloseAllAsync() => Eventually.ThatAsync(
        async () =>
        {
            await Closer.CloseAsync(Cancel);
            var status = await app.Services.GetRequiredService<RollupQueries>().GetStatusAsync(Cancel);
            return status is { DirtyHours: 0, Hours: > 0 } && await app.Database.ScalarAsync<long>(EndedNotClosed) == 0;
        },
        "all hours and days are closed");

    /// <summary>Late, deleted, cascaded, re-dated and rescored jobs.</summary>
    private async Task ChangeAsync(int seed)
    {
        await app.Database.AddRandomJobsAsync(seed, 500, Days, firstId: 1_000_000);
        await app.Database.ExecuteAsync("DELETE FROM performance_metrics WHERE job_id % 997 = 1");
        await app.Database.ExecuteAsync("DELETE FROM jobs WHERE id % 1009 = 2");
        await app.Database.ExecuteAsync("UPDATE performance_metrics SET created_at = created_at - INTERVAL '5 hours' WHERE job_id % 1013 = 3");
        await app.Database.ExecuteAsync("""UPDATE performance_metrics SET quality_scores_json = '{"likeness": 0.99}' WHERE job_id % 1021 = 4""");
        await app.Database.ExecuteAsync("DELETE FROM projects WHERE id = 2");
        await app.Database.ExecuteAsync("UPDATE workers SET gpu_hour_price = 7 WHERE id = 4");
    }

    private async Task AgreeAsync(HttpClient raw, Random random, string when)
    {
        foreach (var route in Routes)
        {
            var address = $"{route}{Draw(random, route)}";
            var (with, without) = (await GetAsync(app.Client, address), await GetAsync(raw, address));
            Assert.True(JsonAgreement.Difference(without, with) is null, $"{when}, {address}: {JsonAgreement.Difference(without, with)}");
        }
    }

    private static string Draw(Random random, string route)
    {
        // To the second, in the past, so that both instances are asked about the same.
        var to = DateTime.UtcNow.AddMinutes(-random.Next(2, 3000));
        var from = to.AddMinutes(-random.Next(60 * 24 * 8, 60 * 24 * (Days - 1)));
        List<string> parts = [$"from={Text(from)}", $"to={Text(to)}"];
        if (random.Next(3) == 0)
            parts.Add("resolution_tier=720p");
        if (random.Next(4) == 0)
            parts.Add("run_class=cold");
        if (random.Next(5) == 0)
            parts.Add("project_id=1");
        if (random.Next(4) == 0 && route.StartsWith("overview", StringComparison.Ordinal))
            parts.Add($"worker_id={random.Next(1, 6)}");
        if (route.Contains("bucket", StringComparison.Ordinal))
            parts.Add($"time_zone={Zones[random.Next(Zones.Length)]}");
        return string.Join('&', parts);

        static string Text(DateTime moment) => moment.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
    }

    private static async Task<JsonElement> GetAsync(HttpClient client, string address)
    {
        using var answer = await client.GetAsync($"/performance/{address}", Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.IsSuccessStatusCode, $"{address}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
