using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using PerfDash.Tests.Support;
using Xunit;

namespace PerfDash.Tests.Ingest;

/// <summary>Each test uses keys of its own, so that none sees another's jobs.</summary>
public sealed class JobsCompletedApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private static int _tests;

    private readonly string _own = string.Create(CultureInfo.InvariantCulture, $"t{Interlocked.Increment(ref _tests)}");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_report_creates_job_workflow_and_worker_and_is_recorded()
    {
        var answer = await AcceptAsync(
            $$"""
            {"external_id": "{{_own}}", "workflow": {"external_id": "{{_own}}-flow", "name": "Portrait é"},
             "worker": {"external_id": "{{_own}}-gpu", "name": "Rack 1", "gpu_model": "RTX 6000"},
             "parameters": {"cfg": 7.5}, "started_at": "2026-01-05T08:00:00+02:00", "completed_at": "2026-01-05T06:01:00Z",
             "frame_count": 48, "total_gpu_time_ms": 39000, "vram_peak_mb": 18210, "resolution_tier": "1080p",
             "quality_scores": {"likeness": 0.92}, "pipeline_stages": [{"name": "load_model", "duration_ms": 1200}]}
            """);

        Assert.Equal(["accepted", "duplicates", "rejected"], answer.EnumerateObject().Select(p => p.Name));
        AssertCounts(answer, accepted: 1);
        // Committed: another connection sees the row.
        Assert.Equal(
            $"completed|2026-01-05 06:00:00+00|2026-01-05 06:01:00+00|Portrait é|Rack 1|RTX 6000|7.5",
            await app.Database.ScalarAsync<string>(
                """
                SELECT concat_ws('|', j.status, to_char(j.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS+00'),
                    to_char(j.completed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS+00'), w.name, k.name, k.gpu_model, j.parameters ->> 'cfg')
                FROM jobs j JOIN workflows w ON w.id = j.workflow_id JOIN workers k ON k.id = j.worker_id WHERE j.external_id = @key
                """,
                ("key", _own)));
        await Eventually.EqualAsync("812.5 39000 60000 18210", () => MetricAsync(_own));
    }

    [Fact]
    public async Task An_array_is_stored_item_by_item_with_errors_by_index()
    {
        var workflow = await app.Database.AddWorkflowAsync();
        var worker = await app.Database.AddWorkerAsync();

        var answer = await AcceptAsync(
            $$$"""
            [{"external_id": "{{{_own}}}-0", "workflow": {"id": {{{workflow}}}}, "worker": {"id": {{{worker}}}}},
             {"external_id": "{{{_own}}}-1", "workflow": {"id": 999999}, "worker": {"external_id": "{{{_own}}}-orphan"}},
             {"external_id": "{{{_own}}}-2", "workflow": {"external_id": "{{{_own}}}-orphan"}, "worker": {"id": 999999}},
             {"external_id": "{{{_own}}}-3", "workflow": {"external_id": "{{{_own}}}-orphan"}, "project_id": 999999},
             {"external_id": "{{{_own}}}-4", "workflow": {"id": {{{workflow}}}}, "character_id": 999999},
             {"external_id": "{{{_own}}}-5", "workflow": {"id": {{{workflow}}}}, "scene_id": 999999},
             {"external_id": "{{{_own}}}-6"},
             {"job_id": 999999, "workflow": {"external_id": "{{{_own}}}-orphan"}},
             {"workflow": {"id": {{{workflow}}}}},
             {"external_id": " ", "workflow": {"id": {{{workflow}}}}},
             {"external_id": 7, "workflow": {"id": {{{workflow}}}}},
             {"external_id": "{{{_own}}}-11", "workflow": "portrait"},
             {"external_id": "{{{_own}}}-12", "workflow": {"name": "no key"}},
             {"external_id": "{{{_own}}}-13", "workflow": {"id": {{{workflow}}}}, "parameters": [1]},
             {"external_id": "{{{_own}}}-14", "workflow": {"id": {{{workflow}}}}, "completed_at": "yesterday"},
             {"external_id": "{{{_own}}}-15", "workflow": {"id": {{{workflow}}}}, "started_at": 1700000000},
             {"job_id": "5"}, 17, null, [],
             {"external_id": "{{{_own}}}-20", "workflow": {"id": {{{workflow}}}}, "worker": {"id": {{{worker}}}}}]
            """);

        AssertCounts(answer, accepted: 2, rejected: 19);
        Assert.Equal(Enumerable.Range(1, 19), answer.GetProperty("rejected").EnumerateArray().Select(r => r.GetProperty("index").GetInt32()));
        Assert.All(answer.GetProperty("rejected").EnumerateArray(), r => Assert.Equal(["error", "index"], r.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)));
        Assert.Equal("workflow.id 999999 does not exist", answer.GetProperty("rejected")[0].GetProperty("error").GetString());
        Assert.Equal(2, await CountAsync("jobs"));
        Assert.Equal(0, await CountAsync("workflows"));
        Assert.Equal(0, await CountAsync("workers"));
    }

    [Theory]
    [InlineData("external_id", """{"external_id": "KEY\u0000x", "workflow": {"external_id": "KEY-orphan"}}""")]
    [InlineData("half pair in key", """{"external_id": "KEY\ud800", "workflow": {"external_id": "KEY-orphan"}}""")]
    [InlineData("no key under an odd name", """{"external_id": "KEY-bad", "workflow": {"external_id": "KEY-orphan"}, "worker": {"id\ud800": 1}}""")]
    [InlineData("key of a workflow", """{"external_id": "KEY-bad", "workflow": {"external_id": "KEY-orphan\u0000"}}""")]
    [InlineData("key too long", """{"external_id": "KEY-LONG", "workflow": {"external_id": "KEY-orphan"}}""")]
    [InlineData("bytes that are no UTF-8 in a key", """{"external_id": "KEY-bad!", "workflow": {"external_id": "KEY-orphan"}}""")]
    public async Task A_key_the_database_cannot_hold_is_rejected_alone(string what, string item)
    {
        var answer = await PostBytesAsync(
            $$$"""[{"external_id": "{{{_own}}}-good", "workflow": {"external_id": "{{{_own}}}"}}, {{{item.Replace("KEY-LONG", new string('k', 501), StringComparison.Ordinal).Replace("KEY", _own, StringComparison.Ordinal)}}}]""");

        Assert.True(answer.GetProperty("accepted").GetInt32() == 1, what);
        Assert.Equal(1, answer.GetProperty("rejected")[0].GetProperty("index").GetInt32());
        Assert.Equal(1, await CountAsync("workflows"));
    }

    [Theory]
    [InlineData("resolution_tier", """ "resolution_tier": "a\u0000b" """)]
    [InlineData("resolution_tier", """ "resolution_tier": "\ud83d" """)]
    [InlineData("resolution_tier", """ "resolution_tier": "!" """)]
    [InlineData("quality_scores.a\ufffd", """ "quality_scores": {"a\udc00": 1, "kept": 2} """)]
    [InlineData("quality_scores.\ufffd", """ "quality_scores": {"!": 1, "kept": 2} """)]
    [InlineData("quality_scores.big", """ "quality_scores": {"big": DIGITS, "kept": 2} """)]
    [InlineData("pipeline_stages[0]", """ "pipeline_stages": [{"name": "\u0000", "duration_ms": 1}, {"name": "kept", "duration_ms": 1}] """)]
    [InlineData("vram_peak_mb", """ "vram_peak_mb": 1e999999 """)]
    [InlineData("vram_peak_mb", """ "vram_peak_mb": DIGITS """)]
    [InlineData("total_wall_time_ms", """ "total_wall_time_ms": NEST """)]
    [InlineData("parameters.a", """ "parameters": {"a": "\u0000", "kept": 1} """)]
    [InlineData("parameters.a", """ "parameters": {"a": {"b": ["\ud83d"]}, "kept": 1} """)]
    [InlineData("parameters.a", """ "parameters": {"a": "!", "kept": 1} """)]
    [InlineData("parameters.a", """ "parameters": {"a": DIGITS, "kept": 1} """)]
    [InlineData("parameters.a", """ "parameters": {"a": 1e200000, "kept": 1} """)]
    [InlineData("parameters.a", """ "parameters": {"a": NEST, "kept": 1} """)]
    [InlineData("parameters.\ufffd", """ "parameters": {"\u0000": 1, "kept": 1} """)]
    [InlineData("workflow.name", """ "workflow": {"external_id": "KEY", "name": "a\u0000b"} """)]
    [InlineData("worker.gpu_model", """ "worker": {"external_id": "KEY-gpu", "gpu_model": "\ud800"} """)]
    public async Task What_the_database_cannot_hold_costs_its_own_field_with_a_warning_that_names_it(string field, string member)
    {
        var item = $$"""{"external_id": "{{_own}}", "workflow": {"external_id": "{{_own}}"}, "worker": {"external_id": "{{_own}}-gpu"}, "frame_count": 7, """
            + member.Replace("KEY", _own, StringComparison.Ordinal).Replace("DIGITS", new string('9', 131_073), StringComparison.Ordinal)
                .Replace("NEST", new string('[', 5_000) + new string(']', 5_000), StringComparison.Ordinal) + "}";
        AssertCounts(await PostBytesAsync(item), accepted: 1);

        await Eventually.EqualAsync(
            $"7|{field}",
            () => app.Database.ScalarAsync<string>(
                """
                SELECT concat_ws('|', m.frame_count, (SELECT string_agg(w ->> 'field', ',') FROM jsonb_array_elements(c.warnings) AS w))
                FROM jobs AS j JOIN performance_metrics AS m ON m.job_id = j.id JOIN job_collections AS c ON c.job_id = j.id WHERE j.external_id = @key
                """,
                ("key", _own)));
        // What stood beside it was kept.
        if (member.Contains("kept", StringComparison.Ordinal))
        {
            Assert.Contains(
                "kept",
                await app.Database.ScalarAsync<string>(
                    "SELECT concat(j.parameters, m.quality_scores_json, m.pipeline_stages_json) FROM jobs AS j JOIN performance_metrics AS m ON m.job_id = j.id WHERE j.external_id = @key",
                    ("key", _own)),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task More_than_is_stored_of_a_job_is_left_out_with_a_warning()
    {
        var parameters = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"p{i}\": {i}"));
        var scores = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"s{i}\": 0.5"));
        AssertCounts(
            await AcceptAsync($$$"""{"external_id": "{{{_own}}}", "workflow": {"external_id": "{{{_own}}}"}, "worker": {"external_id": "{{{_own}}}-gpu"}, "parameters": { {{{parameters}}} }, "quality_scores": { {{{scores}}} }}"""),
            accepted: 1);

        await Eventually.EqualAsync(
            "500|100|parameters,quality_scores",
            () => app.Database.ScalarAsync<string>(
                """
                SELECT concat_ws('|', (SELECT count(*) FROM jsonb_object_keys(j.parameters)), (SELECT count(*) FROM jsonb_object_keys(m.quality_scores_json)),
                    (SELECT string_agg(w ->> 'field', ',') FROM jsonb_array_elements(c.warnings) AS w))
                FROM jobs AS j JOIN performance_metrics AS m ON m.job_id = j.id JOIN job_collections AS c ON c.job_id = j.id WHERE j.external_id = @key
                """,
                ("key", _own)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("nonsense")]
    [InlineData("7")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    public async Task A_body_that_is_no_report_is_400(string body)
    {
        using var response = await PostAsync(body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.True((await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").TryGetProperty("body", out _));
    }

    [Fact]
    public async Task A_body_of_any_size_is_answered_with_a_status_of_the_client()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/performance/jobs/completed") { Content = new StringContent(new string(' ', 31_000_000), Encoding.UTF8, "application/json") };
        request.Headers.ExpectContinue = true;
        using var response = await app.Client.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task A_thousand_reports_are_taken_and_one_more_is_too_many()
    {
        AssertCounts(await AcceptAsync("[]"));
        AssertCounts(await AcceptAsync(Many(1000)), accepted: 1000);
        AssertCounts(await AcceptAsync(Many(1000)), duplicates: 1000);
        using var tooMany = await PostAsync(Many(1001));

        Assert.Equal(HttpStatusCode.BadRequest, tooMany.StatusCode);
        Assert.Equal(1000, await CountAsync("jobs"));
        Assert.Equal(1, await CountAsync("workflows"));
        await Eventually.EqualAsync(1000L, () => MetricCountAsync(_own));

        string Many(int count) => "[" + string.Join(',', Enumerable.Range(0, count).Select(i => Report($"{_own}-{i}"))) + "]";
    }

    [Fact]
    public async Task A_running_job_is_completed_by_id_and_keeps_what_is_not_given()
    {
        var job = await RunningJobAsync();

        AssertCounts(await AcceptAsync($$"""{"job_id": {{job}}, "frame_count": 10, "total_gpu_time_ms": 1000, "completed_at": "2026-03-01T00:00:10Z"}"""), accepted: 1);

        Assert.Equal("completed|Mine|gpu-mine|1|2026-03-01 00:00:00|2026-03-01 00:00:10", await JobAsync(job));
        await Eventually.EqualAsync("100 1000 10000 -", () => MetricAsync(_own));
    }

    [Fact]
    public async Task A_running_job_is_completed_by_its_key_and_takes_what_is_given()
    {
        var job = await RunningJobAsync();

        AssertCounts(
            await AcceptAsync(
                $$$"""{"external_id": "{{{_own}}}", "workflow": {"external_id": "{{{_own}}}-new"}, "parameters": {"seed": 2}, "started_at": "2026-03-01T00:00:05Z", "completed_at": "2026-03-01T00:00:10Z"}"""),
            accepted: 1);

        Assert.Equal($"completed|{_own}-new|gpu-mine|2|2026-03-01 00:00:05|2026-03-01 00:00:10", await JobAsync(job));
    }

    [Theory]
    [InlineData("failed")]
    [InlineData("cancelled")]
    [InlineData("pending")]
    public async Task A_job_of_another_end_may_complete_later(string status)
    {
        var job = await RunningJobAsync();
        await app.Database.ExecuteAsync("UPDATE jobs SET status = @status WHERE id = @id", ("status", status), ("id", job));

        AssertCounts(await AcceptAsync($$"""{"job_id": {{job}}}"""), accepted: 1);

        await Eventually.EqualAsync(1L, () => MetricCountAsync(_own));
    }

    [Fact]
    public async Task A_completion_sent_again_is_a_duplicate_however_it_is_sent()
    {
        var job = await RunningJobAsync();

        AssertCounts(await AcceptAsync($$"""[{"external_id": "{{_own}}", "vram_peak_mb": 1}, {"job_id": {{job}}, "vram_peak_mb": 2}, {"external_id": "{{_own}}"}]"""), accepted: 1, duplicates: 2);
        await Eventually.EqualAsync(1L, () => MetricCountAsync(_own));
        AssertCounts(await AcceptAsync($$"""{"job_id": {{job}}, "vram_peak_mb": 3, "completed_at": "2026-04-01T00:00:00Z"}"""), duplicates: 1);
        // Also where the second report could not be stored any more.
        AssertCounts(await AcceptAsync($$$"""{"external_id": "{{{_own}}}", "worker": {"id": 999999}}"""), duplicates: 1);

        Assert.Equal(1, await MetricCountAsync(_own));
        Assert.Equal("1", await app.Database.ScalarAsync<string>("SELECT result ->> 'vram_peak_mb' FROM jobs WHERE id = @id", ("id", job)));
    }

    [Fact]
    public async Task A_rejected_report_does_not_make_the_next_of_that_job_a_duplicate()
    {
        var answer = await AcceptAsync(
            $$$"""
            [{"external_id": "{{{_own}}}", "workflow": {"id": 999999}}, {"external_id": "{{{_own}}}"},
             {"external_id": "{{{_own}}}", "workflow": {"external_id": "{{{_own}}}"}}]
            """);

        AssertCounts(answer, accepted: 1, rejected: 2);
        Assert.Equal(1, await CountAsync("jobs"));
    }

    [Fact]
    public async Task Without_completed_at_it_is_now()
    {
        AssertCounts(await AcceptAsync(Report(_own)), accepted: 1);

        Assert.True(await app.Database.ScalarAsync<bool>(
            "SELECT completed_at BETWEEN now() - INTERVAL '1 minute' AND now() FROM jobs WHERE external_id = @key", ("key", _own)));
    }

    [Fact]
    public async Task A_job_without_worker_is_accepted_and_kept_as_a_failed_collection()
    {
        AssertCounts(await AcceptAsync($$$"""{"external_id": "{{{_own}}}", "workflow": {"external_id": "{{{_own}}}"}}"""), accepted: 1);

        await Eventually.EqualAsync(1L, () => app.Database.ScalarAsync<long>(
            "SELECT count(*) FROM failed_collections f JOIN jobs j ON j.id = f.job_id WHERE j.external_id = @key", ("key", _own)));
        Assert.Equal(0, await MetricCountAsync(_own));
    }

    [Fact]
    public async Task Bad_figures_are_accepted_and_become_warnings()
    {
        AssertCounts(
            await AcceptAsync(
                $$$"""
                {"external_id": "{{{_own}}}", "workflow": {"external_id": "{{{_own}}}"}, "worker": {"external_id": "{{{_own}}}"},
                 "frame_count": "many", "total_gpu_time_ms": -1, "vram_peak_mb": 1e300, "time_per_frame_ms": 12.5, "resolution_tier": 1080,
                 "quality_scores": {"likeness": "good", "motion": 0.5}, "pipeline_stages": {}, "started_at": null}
                """),
            accepted: 1);

        await Eventually.EqualAsync("12.5 - - -", () => MetricAsync(_own));
        Assert.Equal(
            "frame_count pipeline_stages quality_scores.likeness resolution_tier total_gpu_time_ms vram_peak_mb",
            await app.Database.ScalarAsync<string>(
                "SELECT string_agg(w ->> 'field', ' ' ORDER BY w ->> 'field') FROM jobs j JOIN job_collections c ON c.job_id = j.id, jsonb_array_elements(c.warnings) AS w WHERE j.external_id = @key",
                ("key", _own)));
    }

    [Fact]
    public async Task The_same_reports_at_the_same_time_in_any_order_count_once()
    {
        string[] items = [.. Enumerable.Range(0, 150).Select(i => $$$"""{"external_id": "{{{_own}}}-{{{i}}}", "workflow": {"external_id": "{{{_own}}}-{{{i % 7}}}"}, "worker": {"external_id": "{{{_own}}}-{{{i % 5}}}"}}""")];
        var bodies = Enumerable.Range(0, 6).Select(n => "[" + string.Join(',', n % 2 == 0 ? items : items.Reverse()) + "]");

        var answers = await Task.WhenAll(bodies.Select(b => AcceptAsync(b)));

        Assert.Equal(150, answers.Sum(a => a.GetProperty("accepted").GetInt32()));
        Assert.Equal(5 * 150, answers.Sum(a => a.GetProperty("duplicates").GetInt32()));
        Assert.Equal(150, await CountAsync("jobs"));
        Assert.Equal(7, await CountAsync("workflows"));
        Assert.Equal(5, await CountAsync("workers"));
        await Eventually.EqualAsync(150L, () => MetricCountAsync(_own));
    }

    [Fact]
    public async Task A_job_that_the_host_starts_at_the_same_moment_is_completed_all_the_same()
    {
        var workflow = await app.Database.AddWorkflowAsync();
        await using var host = await app.Database.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await host.BeginTransactionAsync(Cancel);
        await using (var insert = host.CreateCommand())
        {
            insert.CommandText = "INSERT INTO jobs (external_id, workflow_id, status) VALUES ($1, $2, 'running')";
            insert.Parameters.Add(new() { Value = _own });
            insert.Parameters.Add(new() { Value = workflow });
            await insert.ExecuteNonQueryAsync(Cancel);
        }

        var report = AcceptAsync(Report(_own));
        await Eventually.ThatAsync(
            () => app.Database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.datname = current_database())"),
            "the report waits for the host's row");
        await transaction.CommitAsync(Cancel);

        AssertCounts(await report, accepted: 1);
        Assert.Equal("completed", await app.Database.ScalarAsync<string>("SELECT status FROM jobs WHERE external_id = @key", ("key", _own)));
    }

    private static void AssertCounts(JsonElement answer, int accepted = 0, int duplicates = 0, int rejected = 0) => Assert.Equal(
        (accepted, duplicates, rejected),
        (answer.GetProperty("accepted").GetInt32(), answer.GetProperty("duplicates").GetInt32(), answer.GetProperty("rejected").GetArrayLength()));

    private static string Report(string key) =>
        $$$"""{"external_id": "{{{key}}}", "workflow": {"external_id": "{{{key.Split('-')[0]}}}"}, "worker": {"external_id": "{{{key.Split('-')[0]}}}"}, "frame_count": 4, "total_gpu_time_ms": 100}""";

    private Task<HttpResponseMessage> PostAsync(string body) =>
        app.Client.PostAsync("/performance/jobs/completed", new StringContent(body, Encoding.UTF8, "application/json"), Cancel);

    private async Task<JsonElement> AcceptAsync(string body)
    {
        using var response = await PostAsync(body);
        return await AcceptedAsync(response);
    }

    /// <summary>With a byte that is no UTF-8 for each exclamation mark.</summary>
    private async Task<JsonElement> PostBytesAsync(string body)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(body).Select(b => b == (byte)'!' ? (byte)0xC3 : b)];
        using var response = await app.Client.PostAsync("/performance/jobs/completed", new ByteArrayContent(bytes) { Headers = { ContentType = new("application/json") } }, Cancel);
        return await AcceptedAsync(response);
    }

    private static async Task<JsonElement> AcceptedAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, $"{response.StatusCode}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonElement.Parse(text);
    }

    private async Task<long> RunningJobAsync() => await app.Database.ScalarAsync<long>(
        """
        INSERT INTO jobs (external_id, workflow_id, worker_id, status, parameters, started_at)
        VALUES (@key, @workflow, @worker, 'running', '{"seed": 1}', '2026-03-01T00:00:00Z') RETURNING id
        """,
        ("key", _own),
        ("workflow", await app.Database.AddWorkflowAsync("Mine")),
        ("worker", await app.Database.AddWorkerAsync("gpu-mine")));

    private Task<string> JobAsync(long job) => app.Database.ScalarAsync<string>(
        """
        SELECT concat_ws('|', j.status, w.name, k.name, j.parameters ->> 'seed', to_char(j.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
            to_char(j.completed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
        FROM jobs j JOIN workflows w ON w.id = j.workflow_id JOIN workers k ON k.id = j.worker_id WHERE j.id = @id
        """,
        ("id", job));

    private Task<string?> MetricAsync(string key) => app.Database.ScalarAsync<string?>(
        """
        SELECT concat_ws(' ', COALESCE(m.time_per_frame_ms::text, '-'), COALESCE(m.total_gpu_time_ms::text, '-'),
            COALESCE(m.total_wall_time_ms::text, '-'), COALESCE(m.vram_peak_mb::text, '-'))
        FROM performance_metrics m JOIN jobs j ON j.id = m.job_id WHERE j.external_id = @key
        """,
        ("key", key));

    private Task<long> MetricCountAsync(string key) => app.Database.ScalarAsync<long>(
        "SELECT count(*) FROM performance_metrics m JOIN jobs j ON j.id = m.job_id WHERE j.external_id = @key OR starts_with(j.external_id, @key || '-')", ("key", key));

    private Task<long> CountAsync(string table) => app.Database.ScalarAsync<long>(
        $"SELECT count(*) FROM {table} WHERE external_id = @key OR starts_with(external_id, @key || '-')", ("key", _own));
}
