using System.Text;
using System.Text.RegularExpressions;
using PerfDash.Tests.Hosting;

namespace PerfDash.Tests.Telemetry;

/// <summary>What PerfDash says of itself to Prometheus and to a receiver of OTLP.</summary>
public sealed class TelemetryTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    // Instances of other tests share this process, and its meters: so many have no other database.
    private const int Recorded = 23;
    private const int Failed = 7;

    [Fact]
    public async Task Prometheus_reads_the_state_of_capture_under_the_released_names()
    {
        await app.Database.AddEntitiesAsync();
        for (var i = 0; i < Recorded; i++)
            await app.Database.CompleteAsync(await app.Database.AddRunningJobAsync(1, 1));
        for (var i = 0; i < Failed; i++)
            await app.Database.CompleteAsync(await app.Database.AddRunningJobAsync(1, null));

        await Eventually.ThatAsync(
            async () => await ReadAsync() is var text && Has(text, $"perfdash_jobs_recorded {Recorded}") && Has(text, $"perfdash_collection_failed {Failed}"), "counts of this database");
        var metrics = await ReadAsync();
        Assert.Matches(new Regex("^perfdash_collection_lag_seconds{} [0-9.]+$", RegexOptions.Multiline), metrics);
        Assert.True(Has(metrics, "perfdash_collection_pending 0"));
        Assert.True(Has(metrics, "perfdash_collection_listening 1"));
        Assert.True(Has(metrics, "perfdash_live_subscribers 0"));
        // (Not by its connection string, which says where it is.)
        Assert.Contains("\ndb_client_connection_max{db_client_connection_pool_name=\"perfdash\"}", metrics, StringComparison.Ordinal);
        Assert.Contains("# TYPE perfdash_jobs_recorded gauge", metrics, StringComparison.Ordinal);
        // (Counted once the answer has left, which may be after the next request came.)
        await Eventually.ThatAsync(async () => (await ReadAsync()).Contains("\nhttp_server_request_duration_seconds_count{", StringComparison.Ordinal), "the duration of requests");
    }

    [Fact]
    public async Task Metrics_and_traces_are_sent_by_otlp_where_an_endpoint_is_given()
    {
        await using var receiver = await Receiver.StartAsync();
        using var program = ProgramRun.Start(
            ["--urls", "http://127.0.0.1:0"],
            ("ConnectionStrings__PerfDash", app.Database.ConnectionString),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{receiver.Port}"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200"),
            ("OTEL_BSP_SCHEDULE_DELAY", "200"));

        await Eventually.ThatAsync(() => Task.FromResult(Received("/v1/metrics", "perfdash.collection.pending")), "the gauges");
        // (Its query for completions is a span by itself.)
        await Eventually.ThatAsync(() => Task.FromResult(Received("/v1/traces", "job_completions")), "the spans of queries");

        bool Received(string path, string text) => receiver.Requests.Any(r => r.Path == path && Encoding.UTF8.GetString(r.Body).Contains(text, StringComparison.Ordinal));
    }

    private static bool Has(string metrics, string line) => metrics.Split('\n').Contains(line.Replace(" ", "{} ", StringComparison.Ordinal));

    private Task<string> ReadAsync() => app.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
}
