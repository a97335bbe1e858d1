using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PerfDash.Core;
using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Core.Collection;
using PerfDash.Core.Demo;
using PerfDash.Data;

namespace PerfDash.Bench;

/// <summary>What evaluation by 500 thresholds costs the collector, in rounds that take turns with none: limits that one job in a thousand reaches, and one in a hundred.</summary>
internal sealed class AlertsFigure(int rounds)
{
    private const double AimCost = 0.2;
    private const int HistoryJobs = 51_250; // Of which about 50,000 completed.
    private const int Thresholds = 500;

    // Every scope, metric and length of a row; limits at a percentile of what the scope itself measures.
    private const string MakeThresholds =
        """
        INSERT INTO performance_alert_thresholds (metric_name, scope_type, scope_id, warning_threshold, critical_threshold, for_jobs)
        SELECT metric, scope, id, p99, p99 * 1.2 + 1, 1 + n % 5
        FROM (
            SELECT v.metric, s.scope, s.id, percentile_cont({1}) WITHIN GROUP (ORDER BY v.value) AS p99
            FROM performance_metrics AS m
            CROSS JOIN LATERAL (VALUES ('time_per_frame_ms', m.time_per_frame_ms::float8), ('total_gpu_time_ms', m.total_gpu_time_ms::float8),
                ('total_wall_time_ms', m.total_wall_time_ms::float8), ('vram_peak_mb', m.vram_peak_mb::float8)) AS v(metric, value)
            CROSS JOIN LATERAL (VALUES ('workflow', m.workflow_id), ('worker', m.worker_id)) AS s(scope, id)
            GROUP BY 1, 2, 3
        ) AS limits CROSS JOIN generate_series(0, 40) AS n
        WHERE p99 IS NOT NULL ORDER BY n, metric, scope, id LIMIT {0}
        """;

    private static readonly Variant[] Variants =
    [
        new("none", "", null), new($"{Thresholds}, reached by one job in 1,000", "bench_rare", "0.999"), new($"{Thresholds}, reached by one job in 100", "bench_often", "0.99"),
    ];

    private readonly TimeProvider _time = TimeProvider.System;

    public async Task<string> RunAsync(CancellationToken stop)
    {
        await using var server = await BenchServer.StartAsync(stop);
        Console.Error.WriteLine("alerts: writing jobs");
        await new DemoHistory(server.DataSource, _time).WriteCompletedJobsAsync(HistoryJobs, days: 30, seed: 42, stop);
        await server.ExecuteAsync("VACUUM ANALYZE jobs", stop);
        await using var services = Services(server);
        // Not counted: compiles the code, makes the months' partitions.
        await DrainAsync(services, stop);
        foreach (var variant in Variants.Where(v => v.Percentile is not null))
        {
            await server.ExecuteAsync(
                $"TRUNCATE performance_alert_thresholds CASCADE; {MakeThresholds.Replace("{0}", $"{Thresholds}", StringComparison.Ordinal).Replace("{1}", variant.Percentile, StringComparison.Ordinal)}; "
                + $"CREATE TABLE {variant.Table} AS SELECT * FROM performance_alert_thresholds", stop);
        }

        var jobs = await server.ScalarAsync<long>("SELECT count(*) FROM performance_metrics", stop);

        var rates = Variants.ToDictionary(v => v, _ => new List<double>());
        var incidents = new Dictionary<Variant, long>();
        // The first round shows the code its way and is not counted.
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var variant in Variants)
            {
                Console.Error.WriteLine($"alerts: round {round} of {rounds}, {variant.Name}");
                await ResetAsync(server, variant, stop);
                services.GetRequiredService<RuleCache>().Invalidate();
                var start = _time.GetTimestamp();
                await DrainAsync(services, stop);
                if (round > 0)
                    rates[variant].Add(jobs / _time.GetElapsedTime(start).TotalSeconds);
                incidents[variant] = await server.ScalarAsync<long>("SELECT count(*) FROM alert_incidents", stop);
            }
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            ### What alerts cost the collector

            {Figure.Whole(jobs)} completed jobs wait, median of {rounds} rounds; the cost is the median within rounds.

            | thresholds | incidents opened in a round | jobs/s (least to most of the rounds) | cost | aim |
            |---|---:|---:|---:|---|
            {string.Join('\n', Variants.Select(Line))}

            """);

        string Line(Variant variant)
        {
            var rate = new Sample(rates[variant]);
            var cost = variant.Percentile is null ? (double?)null : new Sample(rates[Variants[0]].Zip(rates[variant], (a, b) => 1 - (b / a))).Median;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"| {variant.Name} | {Figure.Whole(incidents[variant])} | {Figure.Whole(rate.Median)} ({Figure.Whole(rate.Min)} to {Figure.Whole(rate.Max)}) | {(cost is { } c ? $"{100 * c:0} % | < {100 * AimCost:0} %: {(c < AimCost ? "met" : "missed")}" : " | ")} |");
        }
    }

    private static async Task DrainAsync(ServiceProvider services, CancellationToken stop)
    {
        var collector = services.GetRequiredService<MetricCollector>();
        var batchSize = services.GetRequiredService<IOptions<CollectionOptions>>().Value.BatchSize;
        while ((await Task.Run(() => collector.CollectAsync(batchSize, stop), stop)).Claimed > 0)
        {
        }
    }

    private static Task ResetAsync(BenchServer server, Variant variant, CancellationToken stop) => server.ExecuteAsync(
        $"""
        TRUNCATE performance_metrics, job_collections, job_completions, performance_alert_thresholds, alert_incidents, alert_incident_events, notification_deliveries CASCADE;
        {(variant.Percentile is null ? "" : $"INSERT INTO performance_alert_thresholds SELECT * FROM {variant.Table};")}
        INSERT INTO job_completions (job_id) SELECT id FROM jobs WHERE status = 'completed' ORDER BY completed_at, id;
        CHECKPOINT
        """,
        stop);

    private sealed record Variant(string Name, string Table, string? Percentile);

    private static ServiceProvider Services(BenchServer server) => new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
        .AddLogging()
        .AddPerfDashData(server.ConnectionString)
        .AddPerfDashCore()
        .BuildServiceProvider();
}
