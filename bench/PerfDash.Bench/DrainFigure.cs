using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PerfDash.Core;
using PerfDash.Core.Collection;
using PerfDash.Core.Demo;
using PerfDash.Data;

namespace PerfDash.Bench;

/// <summary>
/// How fast completions that wait, as after a night without PerfDash, become metrics. Beside it the same metrics written
/// by one statement within the database, which reads no result with care and guards nothing: a bound, not a peer.
/// </summary>
internal sealed class DrainFigure(int rounds)
{
    private const double AimJobsPerSecond = 5000;
    private const int HistoryJobs = 102_500; // Of which about 100,000 completed; the others failed.

    // The same rows and columns as the collector writes for results without a flaw.
    private const string OneStatement =
        """
        WITH claimed AS (
            DELETE FROM job_completions RETURNING job_id, queued_at
        ), taken AS (
            INSERT INTO job_collections (job_id, queued_at) SELECT job_id, queued_at FROM claimed
        )
        INSERT INTO performance_metrics (job_id, workflow_id, worker_id, project_id, character_id, scene_id, time_per_frame_ms,
            total_gpu_time_ms, total_wall_time_ms, vram_peak_mb, frame_count, quality_scores_json, pipeline_stages_json,
            resolution_tier, created_at)
        SELECT j.id, workflow_id, worker_id, project_id, character_id, scene_id, (result ->> 'time_per_frame_ms')::real,
            (result ->> 'total_gpu_time_ms')::int8, (result ->> 'total_wall_time_ms')::int8, (result ->> 'vram_peak_mb')::int4,
            (result ->> 'frame_count')::int4, result -> 'quality_scores', result -> 'pipeline_stages', result ->> 'resolution_tier', completed_at
        FROM claimed AS c JOIN jobs AS j ON j.id = c.job_id
        """;

    private static readonly string[] Ways = ["1 collector", "2 collectors", "one INSERT … SELECT (bound)"];

    private readonly TimeProvider _time = TimeProvider.System;

    public async Task<string> RunAsync(CancellationToken stop)
    {
        await using var server = await BenchServer.StartAsync(stop);
        Console.Error.WriteLine("drain: writing jobs");
        await new DemoHistory(server.DataSource, _time).WriteCompletedJobsAsync(HistoryJobs, days: 30, seed: 42, stop);
        await server.ExecuteAsync("VACUUM ANALYZE jobs", stop);
        var waiting = await server.ScalarAsync<long>("SELECT count(*) FROM job_completions", stop);
        await using var first = Services(server);
        await using var second = Services(server);
        // Not counted: compiles the code, makes the months' partitions.
        await DrainAsync(first, stop);

        string? sums = null;
        var rates = Ways.ToDictionary(way => way, _ => new List<double>());
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var way in Ways)
            {
                Console.Error.WriteLine($"drain: round {round} of {rounds}, {way}");
                await ResetAsync(server, stop);
                var start = _time.GetTimestamp();
                await (way switch
                {
                    "1 collector" => DrainAsync(first, stop),
                    "2 collectors" => Task.WhenAll(DrainAsync(first, stop), DrainAsync(second, stop)),
                    _ => server.ExecuteAsync(OneStatement, stop),
                });
                rates[way].Add(waiting / _time.GetElapsedTime(start).TotalSeconds);
                var written = await SumsAsync(server, stop);
                sums ??= written;
                if (written != sums)
                    throw new InvalidOperationException($"{way} wrote other metrics ({written}) than the first way ({sums}).");
            }
        }

        return Table(waiting, first.GetRequiredService<IOptions<CollectionOptions>>().Value.BatchSize, rates);
    }

    private static async Task DrainAsync(ServiceProvider services, CancellationToken stop)
    {
        var collector = services.GetRequiredService<MetricCollector>();
        var batchSize = services.GetRequiredService<IOptions<CollectionOptions>>().Value.BatchSize;
        // As the service that runs it does.
        while ((await Task.Run(() => collector.CollectAsync(batchSize, stop), stop)).Claimed > 0)
        {
        }
    }

    private static Task ResetAsync(BenchServer server, CancellationToken stop) => server.ExecuteAsync(
        """
        TRUNCATE performance_metrics, job_collections, job_completions CASCADE;
        INSERT INTO job_completions (job_id) SELECT id FROM jobs WHERE status = 'completed' ORDER BY id;
        CHECKPOINT
        """,
        stop);

    private static Task<string> SumsAsync(BenchServer server, CancellationToken stop) => server.ScalarAsync<string>(
        """
        SELECT format('%s metrics of %s jobs, %s GPU ms, %s frames, %s stages, %s left, %s marked as collected', count(*), count(DISTINCT job_id),
                      sum(total_gpu_time_ms), sum(frame_count), sum(jsonb_array_length(pipeline_stages_json)),
                      (SELECT count(*) FROM job_completions), (SELECT count(*) FROM job_collections))
        FROM performance_metrics
        """,
        stop);

    private static ServiceProvider Services(BenchServer server) => new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
        .AddLogging()
        .AddPerfDashData(server.ConnectionString)
        .AddPerfDashCore()
        .BuildServiceProvider();

    private string Table(long waiting, int batchSize, Dictionary<string, List<double>> rates)
    {
        var table = new StringBuilder(
            $"""
            ### How fast waiting completions become metrics

            {Figure.Whole(waiting)} completed jobs wait, median of {rounds} rounds, at most {Figure.Whole(batchSize)} jobs in a transaction.

            | way | jobs/s (least to most of the rounds) | share of the bound | aim |
            |---|---:|---:|---|

            """);
        var bound = new Sample(rates[Ways[^1]]).Median;
        foreach (var way in Ways)
        {
            var rate = new Sample(rates[way]);
            var aim = way == Ways[^1] ? "" : $"> {Figure.Whole(AimJobsPerSecond)}: {(rate.Median > AimJobsPerSecond ? "met" : "missed")}";
            table.AppendLine(CultureInfo.InvariantCulture, $"| {way} | {Figure.Whole(rate.Median)} ({Figure.Whole(rate.Min)} to {Figure.Whole(rate.Max)}) | {Figure.Ratio(rate.Median / bound)} | {aim} |");
        }

        return table.ToString();
    }
}
