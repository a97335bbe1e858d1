using PerfDash.Tests.Hosting;
using PerfDash.Tests.Sources;
using PerfDash.Tests.Sources.ComfyUi.Fake;

namespace PerfDash.Tests.Faults;

/// <summary>Servers are followed while connections drop and PerfDash is killed.</summary>
public sealed class SourcesUnderFaultsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const int Servers = 4;
    private const int Prompts = 60;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_prompt_is_one_metric_although_connections_drop_and_PerfDash_is_killed()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, Servers).Select(_ => FakeComfyUi.StartAsync()));
        (string, string)[] settings = [("ConnectionStrings__PerfDash", database.ConnectionString), .. servers.Select((server, i) => ($"PerfDash__Sources__{i}__Url", server.Url))];
        try
        {
            var first = ProgramRun.Start(["--urls", "http://127.0.0.1:0"], settings);
            await Eventually.EqualAsync(Servers, () => Task.FromResult(servers.Count(server => server.OpenSockets > 0)));
            var work = servers.Select((server, i) => WorkAsync(server, new Random(i))).ToArray();
            await Eventually.ThatAsync(async () => await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics") > Servers * Prompts / 4, "a part is recorded");
            // SIGKILL: nothing is given back.
            first.Dispose();

            using var second = ProgramRun.Start(["--urls", "http://127.0.0.1:0"], settings);
            await Task.WhenAll(work);

            await Eventually.EqualAsync((long)Servers * Prompts, () => database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
            Assert.Equal("completed " + (Servers * Prompts), await database.ScalarAsync<string>("SELECT string_agg(status || ' ' || count, ',') FROM (SELECT status, count(*) AS count FROM jobs GROUP BY status) AS s"));
            await Eventually.EqualAsync(0L, () => database.ScalarAsync<long>("SELECT count(*) FROM source_prompts"));
            // Of each one the time of its nodes is that of the prompt, as far as all of it was heard.
            Assert.True(await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE pipeline_stages_json IS NOT NULL") > Servers * Prompts / 10);
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
        }
    }

    private static async Task WorkAsync(FakeComfyUi server, Random random)
    {
        for (var i = 0; i < Prompts; i++)
        {
            await server.RunAsync(server.Queue(SourceFarm.Picture()), [("4", 20), ("3", 120), ("9", 20)], outputs: SourceFarm.Saved("a.png"));
            if (random.Next(12) == 0)
                server.DropSockets();
            await Task.Delay(random.Next(60), Cancel);
        }
    }
}
