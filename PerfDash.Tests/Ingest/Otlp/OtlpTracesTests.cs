using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using PerfDash.Core.Ingest.Otlp;
using PerfDash.Tests.Collection;
using static PerfDash.Tests.Ingest.Otlp.OtlpRequests;

namespace PerfDash.Tests.Ingest.Otlp;

/// <summary>Traces that become jobs.</summary>
public sealed class OtlpTracesTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2026, 11, 30, 12, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await app.Database.ClearAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // Simple: each span in a request of its own, the root last. Batch: all in one.
    [Theory]
    [InlineData(ExportProcessorType.Simple)]
    [InlineData(ExportProcessorType.Batch)]
    public async Task A_trace_of_the_OpenTelemetry_SDK_becomes_a_job_with_its_stages(ExportProcessorType processor)
    {
        using var source = new ActivitySource($"farm {processor}");
        Activity.Current = null;
        using (var tracing = Sdk.CreateTracerProviderBuilder().AddSource(source.Name)
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddAttributes([new("host.name", "gpu-7")]))
            .AddOtlpExporter(otlp =>
            {
                otlp.Endpoint = new Uri($"{app.Address}/v1/traces");
                otlp.Protocol = OtlpExportProtocol.HttpProtobuf;
                otlp.Headers = $"x-api-key={PerfDashApp.ApiKey}";
                otlp.ExportProcessorType = processor;
            }).Build())
        {
            using var job = source.StartActivity("generate", ActivityKind.Internal, parentContext: default, startTime: Start)!;
            foreach (var (name, from, to) in new[] { ("load_model", 0.0, 1200.5), ("sample", 1200.5, 9000), ("decode", 9000, 9999) })
            {
                using var stage = source.StartActivity(name, ActivityKind.Internal, job.Context, startTime: Start.AddMilliseconds(from))!;
                stage.SetEndTime(Start.AddMilliseconds(to));
            }

            job.SetTag("perfdash.workflow", "portrait").SetTag("perfdash.workflow.name", "Portrait").SetTag("perfdash.frames", 48)
                .SetTag("perfdash.gpu_time_ms", 9600L).SetTag("perfdash.vram_peak_mb", 18210).SetTag("perfdash.resolution_tier", "1080p")
                .SetTag("perfdash.score.likeness", 0.92).SetTag("perfdash.parameter.cfg", 7.5).SetTag("perfdash.parameter.sampler", "euler")
                .SetTag("perfdash.parameter.tiled", true).SetTag("perfdash.parameter.seed", 42L).SetTag("http.method", "GET");
            job.SetEndTime(Start.AddSeconds(10));
        }

        await Eventually.EqualAsync(1L, () => app.Database.CountAsync("performance_metrics"));

        Assert.Equal(
            "Portrait|gpu-7|48|200|9600|10000|18210|1080p|2026-11-30 12:00:10",
            await app.Database.ScalarAsync<string>(
                """
                SELECT concat_ws('|', w.name, k.name, frame_count, time_per_frame_ms, total_gpu_time_ms, total_wall_time_ms, vram_peak_mb, resolution_tier, to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
                FROM performance_metrics AS m JOIN workflows AS w ON w.id = m.workflow_id JOIN workers AS k ON k.id = m.worker_id
                """));
        var metric = await MetricAsync();
        Assert.Equal("load_model 1200.5, sample 7799.5, decode 999", Stages(metric));
        Assert.Equal(0.92, metric.GetProperty("quality_scores").GetProperty("likeness").GetDouble());
        Assert.Equal("cfg 7.5, sampler euler, seed 42, tiled true", await app.Database.ScalarAsync<string>("SELECT string_agg(p.key || ' ' || p.value, ', ' ORDER BY p.key) FROM jobs, jsonb_each_text(parameters) AS p"));
        Assert.StartsWith("otlp:", await app.Database.ScalarAsync<string>("SELECT external_id FROM jobs"), StringComparison.Ordinal);
        await Eventually.EqualAsync(0L, () => app.Database.CountAsync("otlp_spans"));
    }

    [Fact]
    public async Task Children_come_before_their_root_or_after_it_and_their_own_children_are_no_stages()
    {
        await app.Client.SendAsync(Span(1, 4, 3, "step", 2000, 3000), Span(1, 2, 1, "load", 0, 2000));
        await app.Client.SendAsync(Span(1, 3, 1, "sample", 2000, 9000), Span(1, 5, 3, "step", 3000, 4000));
        await app.Client.SendAsync(Root(1, ("perfdash.job_id", Text("render-1"))));
        // However slow this machine is.
        await app.Database.ExecuteAsync("UPDATE otlp_spans SET received_at = now() + INTERVAL '1 hour'");
        await app.Client.SendAsync(Span(1, 7, 6, "write file", 9500, 9600), Span(1, 6, 1, "decode", 9000, 9700));
        Assert.Equal("decode,generate,load,sample", await app.Database.ScalarAsync<string>("SELECT string_agg(name, ',' ORDER BY name) FROM otlp_spans"));

        await CompletedAsync();

        Assert.Equal("load 2000, sample 7000, decode 700", Stages(await MetricAsync()));
        Assert.Equal("render-1", await app.Database.ScalarAsync<string>("SELECT external_id FROM jobs"));
    }

    [Fact]
    public async Task What_is_sent_again_before_and_after_the_job_is_written_adds_nothing()
    {
        await SendAsync();
        await SendAsync();
        await CompletedAsync();
        await SendAsync();
        await app.Database.LetQuietPassAsync();
        await Eventually.EqualAsync(0L, () => app.Database.CountAsync("otlp_spans"));

        Assert.Equal((1L, 1L), (await app.Database.CountAsync("jobs"), await app.Database.CountAsync("performance_metrics")));
        Assert.Equal("load 2000", Stages(await MetricAsync()));

        Task<JsonElement> SendAsync() => app.Client.SendAsync(Root(1), Span(1, 2, 1, "load", 0, 2000));
    }

    [Fact]
    public async Task Many_senders_of_one_trace_to_two_instances_make_one_job()
    {
        await using var other = PerfDashApp.Start(app.Database.ConnectionString);
        using var client = new HttpClient { BaseAddress = new Uri(PerfDashApp.AddressOf(other)) };
        client.DefaultRequestHeaders.Add("X-Api-Key", PerfDashApp.ApiKey);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => (i % 2 == 0 ? app.Client : client).SendAsync(
            [.. Enumerable.Range(1, 20).Select(trace => (i + trace) % 3 == 0 ? Root(trace) : Span(trace, 2 + (i % 3), 1, $"stage {i % 3}", i % 3, 5000))])));
        await app.Database.LetQuietPassAsync();

        await Eventually.EqualAsync(20L, () => app.Database.CountAsync("performance_metrics"));
        Assert.Equal(20L, await app.Database.CountAsync("jobs"));
        // Of the three kinds of senders one has the root.
        Assert.Equal(40L, await app.Database.ScalarAsync<long>("SELECT sum(jsonb_array_length(pipeline_stages_json)) FROM performance_metrics"));
    }

    [Fact]
    public async Task A_span_with_an_error_is_a_failed_job()
    {
        var root = Root(1);
        root["status"] = new System.Text.Json.Nodes.JsonObject { ["code"] = 2, ["message"] = "CUDA out of memory" };
        await app.Client.SendAsync(root);
        await app.Database.LetQuietPassAsync();

        await Eventually.EqualAsync("failed CUDA out of memory", () => app.Database.ScalarAsync<string>("SELECT status || ' ' || error FROM jobs"));
        Assert.Equal(0L, await app.Database.CountAsync("performance_metrics"));
    }

    [Fact]
    public async Task Other_spans_are_not_kept()
    {
        await app.Client.SendAsync(Span(1, 2, 1, "query", 0, 5));
        await app.Client.SendAsync(Span(2, 1, null, "GET /", 0, 10), Span(2, 2, 1, "query", 0, 5));
        Assert.Equal("query", await app.Database.ScalarAsync<string>("SELECT string_agg(name, ',') FROM otlp_spans"));

        await app.Client.SendAsync(Span(1, 1, null, "GET /", 0, 10));

        Assert.Equal(0L, await app.Database.CountAsync("otlp_spans"));
        Assert.Equal(0L, await app.Database.CountAsync("jobs"));
    }

    [Fact]
    public async Task Spans_whose_root_does_not_come_are_deleted_when_nothing_came_of_their_trace_for_an_hour()
    {
        await app.Client.SendAsync(Span(1, 2, 1, "old", 0, 5), Span(2, 2, 1, "load of a long job", 0, 5), Span(2, 3, 1, "sample", 0, 5), Span(3, 2, 1, "very old", 0, 5), Span(3, 3, 1, "of today", 0, 5));
        await app.Database.ExecuteAsync("UPDATE otlp_spans SET received_at = now() - CASE name WHEN 'very old' THEN INTERVAL '25 hours' WHEN 'sample' THEN INTERVAL '59 minutes' WHEN 'of today' THEN INTERVAL '1 minute' ELSE INTERVAL '61 minutes' END");

        await app.Services.GetRequiredService<OtlpJobs>().DeleteOldAsync(Cancel);

        Assert.Equal("load of a long job, of today, sample", await app.Database.ScalarAsync<string>("SELECT string_agg(name, ', ' ORDER BY name) FROM otlp_spans"));
    }

    [Fact]
    public async Task The_first_500_children_are_kept_with_names_of_200_characters()
    {
        await app.Client.SendAsync([.. Enumerable.Range(0, 300).Select(i => Span(1, 1000 + i, 1, $"first {i}", i, i + 1))]);
        await app.Client.SendAsync([.. Enumerable.Range(0, 300).Select(i => Span(1, 2000 + i, 1, new string('n', 199) + "😀", 300 + i, 301 + i))]);
        Assert.Equal("300 200", await app.Database.ScalarAsync<string>("SELECT count(*) FILTER (WHERE name LIKE 'first%') || ' ' || count(*) FILTER (WHERE name = repeat('n', 199)) FROM otlp_spans"));
        await app.Client.SendAsync(Root(1));

        await CompletedAsync();

        Assert.Equal(500, (await MetricAsync()).GetProperty("pipeline_stages").GetArrayLength());
    }

    [Fact]
    public async Task A_job_that_a_trigger_of_the_host_refuses_does_not_hold_up_others()
    {
        await app.Database.ExecuteAsync(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON jobs FOR EACH ROW WHEN (NEW.external_id = 'refused') EXECUTE FUNCTION refuse();
            """);
        await app.Client.SendAsync(Root(1, ("perfdash.job_id", Text("refused"))), Root(2, ("perfdash.job_id", Text("stored"))));

        await CompletedAsync();

        Assert.Equal("stored", await app.Database.ScalarAsync<string>("SELECT string_agg(external_id, ',') FROM jobs"));
        await app.Database.ExecuteAsync("DROP TRIGGER refuse ON jobs; DROP FUNCTION refuse()");
    }

    private async Task CompletedAsync()
    {
        await app.Database.LetQuietPassAsync();
        await Eventually.EqualAsync(1L, () => app.Database.CountAsync("performance_metrics"));
        await Eventually.EqualAsync(0L, () => app.Database.CountAsync("otlp_spans"));
    }

    private async Task<JsonElement> MetricAsync() =>
        JsonElement.Parse(await app.Client.GetStringAsync($"/performance/job/{await app.Database.ScalarAsync<long>("SELECT job_id FROM performance_metrics")}", Cancel));

    private static string Stages(JsonElement metric) =>
        string.Join(", ", metric.GetProperty("pipeline_stages").EnumerateArray().Select(s => $"{s.GetProperty("name").GetString()} {s.GetProperty("duration_ms").GetRawText()}"));
}
