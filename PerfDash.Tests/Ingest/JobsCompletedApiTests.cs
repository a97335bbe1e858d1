using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace PerfDash.Tests.Ingest;

/// <summary>What is reported becomes a job, once, and is recorded.</summary>
public sealed class JobsCompletedApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private readonly CompletionReports _reports = new(app);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Own => _reports.Own;

    [Fact]
    public async Task A_report_creates_job_workflow_and_worker_and_is_recorded()
    {
        var answer = await _reports.AcceptAsync(
            $$"""
            {"external_id": "{{Own}}", "workflow": {"external_id": "{{Own}}-flow", "name": "Portrait é"},
             "worker": {"external_id": "{{Own}}-gpu", "name": "Rack 1", "gpu_model": "RTX 6000"},
             "parameters": {"cfg": 7.5}, "started_at": "2026-01-05T08:00:00+02:00", "completed_at": "2026-01-05T06:01:00Z",
             "frame_count": 48, "total_gpu_time_ms": 39000, "vram_peak_mb": 18210, "resolution_tier": "1080p",
             "quality_scores": {"likeness": 0.92}, "pipeline_stages": [{"name": "load_model", "duration_ms": 1200}]}
            """);

        Assert.Equal(["accepted", "duplicates", "rejected"], answer.EnumerateObject().Select(p => p.Name));
        CompletionReports.AssertCounts(answer, accepted: 1);
        // Committed: another connection sees the row.
        Assert.Equal(
            $"completed|2026-01-05 06:00:00+00|2026-01-05 06:01:00+00|Portrait é|Rack 1|RTX 6000|7.5",
            await app.Database.ScalarAsync<string>(
                """
                SELECT concat_ws('|', j.status, to_char(j.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS+00'),
                    to_char(j.completed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS+00'), w.name, k.name, k.gpu_model, j.parameters ->> 'cfg')
                FROM jobs j JOIN workflows w ON w.id = j.workflow_id JOIN workers k ON k.id = j.worker_id WHERE j.external_id = @key
                """,
                ("key", Own)));
        await Eventually.EqualAsync("812.5 39000 60000 18210", () => _reports.MetricAsync(Own));
    }

    [Fact]
    public async Task An_array_is_stored_item_by_item_with_errors_by_index()
    {
        var workflow = await app.Database.AddWorkflowAsync();
        var worker = await app.Database.AddWorkerAsync();

        var answer = await _reports.AcceptAsync(
            $$$"""
            [{"external_id": "{{{Own}}}-0", "workflow": {"id": {{{workflow}}}}, "worker": {"id": {{{worker}}}}},
             {"external_id": "{{{Own}}}-1", "workflow": {"id": 999999}, "worker": {"external_id": "{{{Own}}}-orphan"}},
             {"external_id": "{{{Own}}}-2", "workflow": {"external_id": "{{{Own}}}-orphan"}, "worker": {"id": 999999}},
             {"external_id": "{{{Own}}}-3", "workflow": {"external_id": "{{{Own}}}-orphan"}, "project_id": 999999},
             {"external_id": "{{{Own}}}-4", "workflow": {"id": {{{workflow}}}}, "character_id": 999999},
             {"external_id": "{{{Own}}}-5", "workflow": {"id": {{{workflow}}}}, "scene_id": 999999},
             {"external_id": "{{{Own}}}-6"},
             {"job_id": 999999, "workflow": {"external_id": "{{{Own}}}-orphan"}},
             {"workflow": {"id": {{{workflow}}}}},
             {"external_id": " ", "workflow": {"id": {{{workflow}}}}},
             {"external_id": 7, "workflow": {"id": {{{workflow}}}}},
             {"external_id": "{{{Own}}}-11", "workflow": "portrait"},
             {"external_id": "{{{Own}}}-12", "workflow": {"name": "no key"}},
             {"external_id": "{{{Own}}}-13", "workflow": {"id": {{{workflow}}}}, "parameters": [1]},
             {"external_id": "{{{Own}}}-14", "workflow": {"id": {{{workflow}}}}, "completed_at": "yesterday"},
             {"external_id": "{{{Own}}}-15", "workflow": {"id": {{{workflow}}}}, "started_at": 1700000000},
             {"job_id": "5"}, 17, null, [],
             {"external_id": "{{{Own}}}-20", "workflow": {"id": {{{workflow}}}}, "worker": {"id": {{{worker}}}}}]
            """);

        CompletionReports.AssertCounts(answer, accepted: 2, rejected: 19);
        Assert.Equal(Enumerable.Range(1, 19), answer.GetProperty("rejected").EnumerateArray().Select(r => r.GetProperty("index").GetInt32()));
        Assert.All(answer.GetProperty("rejected").EnumerateArray(), r => Assert.Equal(["error", "index"], r.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)));
        Assert.Equal("workflow.id 999999 does not exist", answer.GetProperty("rejected")[0].GetProperty("error").GetString());
        Assert.Equal(2, await _reports.CountAsync("jobs"));
        Assert.Equal(0, await _reports.CountAsync("workflows"));
        Assert.Equal(0, await _reports.CountAsync("workers"));
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
        using var response = await _reports.PostAsync(body);

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
        CompletionReports.AssertCounts(await _reports.AcceptAsync("[]"));
        CompletionReports.AssertCounts(await _reports.AcceptAsync(Many(1000)), accepted: 1000);
        CompletionReports.AssertCounts(await _reports.AcceptAsync(Many(1000)), duplicates: 1000);
        using var tooMany = await _reports.PostAsync(Many(1001));

        Assert.Equal(HttpStatusCode.BadRequest, tooMany.StatusCode);
        Assert.Equal(1000, await _reports.CountAsync("jobs"));
        Assert.Equal(1, await _reports.CountAsync("workflows"));
        await Eventually.EqualAsync(1000L, () => MetricCountAsync(Own));

        string Many(int count) => "[" + string.Join(',', Enumerable.Range(0, count).Select(i => Report($"{Own}-{i}"))) + "]";
    }

    [Fact]
    public async Task A_running_job_is_completed_by_id_and_keeps_what_is_not_given()
    {
        var job = await RunningJobAsync();

        CompletionReports.AssertCounts(await _reports.AcceptAsync($$"""{"job_id": {{job}}, "frame_count": 10, "total_gpu_time_ms": 1000, "completed_at": "2026-03-01T00:00:10Z"}"""), accepted: 1);

        Assert.Equal("completed|Mine|gpu-mine|1|2026-03-01 00:00:00|2026-03-01 00:00:10", await JobAsync(job));
        await Eventually.EqualAsync("100 1000 10000 -", () => _reports.MetricAsync(Own));
    }

    [Fact]
    public async Task A_running_job_is_completed_by_its_key_and_takes_what_is_given()
    {
        var job = await RunningJobAsync();

        CompletionReports.AssertCounts(
            await _reports.AcceptAsync(
                $$$"""{"external_id": "{{{Own}}}", "workflow": {"external_id": "{{{Own}}}-new"}, "parameters": {"seed": 2}, "started_at": "2026-03-01T00:00:05Z", "completed_at": "2026-03-01T00:00:10Z"}"""),
            accepted: 1);

        Assert.Equal($"completed|{Own}-new|gpu-mine|2|2026-03-01 00:00:05|2026-03-01 00:00:10", await JobAsync(job));
    }

    [Theory]
    [InlineData("failed")]
    [InlineData("cancelled")]
    [InlineData("pending")]
    public async Task A_job_of_another_end_may_complete_later(string status)
    {
        var job = await RunningJobAsync();
        await app.Database.ExecuteAsync("UPDATE jobs SET status = @status WHERE id = @id", ("status", status), ("id", job));

        CompletionReports.AssertCounts(await _reports.AcceptAsync($$"""{"job_id": {{job}}}"""), accepted: 1);

        await Eventually.EqualAsync(1L, () => MetricCountAsync(Own));
    }

    [Fact]
    public async Task A_completion_sent_again_is_a_duplicate_however_it_is_sent()
    {
        var job = await RunningJobAsync();

        CompletionReports.AssertCounts(await _reports.AcceptAsync($$"""[{"external_id": "{{Own}}", "vram_peak_mb": 1}, {"job_id": {{job}}, "vram_peak_mb": 2}, {"external_id": "{{Own}}"}]"""), accepted: 1, duplicates: 2);
        await Eventually.EqualAsync(1L, () => MetricCountAsync(Own));
        CompletionReports.AssertCounts(await _reports.AcceptAsync($$"""{"job_id": {{job}}, "vram_peak_mb": 3, "completed_at": "2026-04-01T00:00:00Z"}"""), duplicates: 1);
        // Also where the second report could not be stored any more.
        CompletionReports.AssertCounts(await _reports.AcceptAsync($$$"""{"external_id": "{{{Own}}}", "worker": {"id": 999999}}"""), duplicates: 1);

        Assert.Equal(1, await MetricCountAsync(Own));
        Assert.Equal("1", await app.Database.ScalarAsync<string>("SELECT result ->> 'vram_peak_mb' FROM jobs WHERE id = @id", ("id", job)));
    }

    [Fact]
    public async Task A_rejected_report_does_not_make_the_next_of_that_job_a_duplicate()
    {
        var answer = await _reports.AcceptAsync(
            $$$"""
            [{"external_id": "{{{Own}}}", "workflow": {"id": 999999}}, {"external_id": "{{{Own}}}"},
             {"external_id": "{{{Own}}}", "workflow": {"external_id": "{{{Own}}}"}}]
            """);

        CompletionReports.AssertCounts(answer, accepted: 1, rejected: 2);
        Assert.Equal(1, await _reports.CountAsync("jobs"));
    }

    [Fact]
    public async Task Without_completed_at_it_is_now()
    {
        CompletionReports.AssertCounts(await _reports.AcceptAsync(Report(Own)), accepted: 1);

        Assert.True(await app.Database.ScalarAsync<bool>(
            "SELECT completed_at BETWEEN now() - INTERVAL '1 minute' AND now() FROM jobs WHERE external_id = @key", ("key", Own)));
    }

    [Fact]
    public async Task A_job_without_worker_is_accepted_and_kept_as_a_failed_collection()
    {
        CompletionReports.AssertCounts(await _reports.AcceptAsync($$$"""{"external_id": "{{{Own}}}", "workflow": {"external_id": "{{{Own}}}"}}"""), accepted: 1);

        await Eventually.EqualAsync(1L, () => app.Database.ScalarAsync<long>(
            "SELECT count(*) FROM failed_collections f JOIN jobs j ON j.id = f.job_id WHERE j.external_id = @key", ("key", Own)));
        Assert.Equal(0, await MetricCountAsync(Own));
    }

    [Fact]
    public async Task The_same_reports_at_the_same_time_in_any_order_count_once()
    {
        string[] items = [.. Enumerable.Range(0, 150).Select(i => $$$"""{"external_id": "{{{Own}}}-{{{i}}}", "workflow": {"external_id": "{{{Own}}}-{{{i % 7}}}"}, "worker": {"external_id": "{{{Own}}}-{{{i % 5}}}"}}""")];
        var bodies = Enumerable.Range(0, 6).Select(n => "[" + string.Join(',', n % 2 == 0 ? items : items.Reverse()) + "]");

        var answers = await Task.WhenAll(bodies.Select(b => _reports.AcceptAsync(b)));

        Assert.Equal(150, answers.Sum(a => a.GetProperty("accepted").GetInt32()));
        Assert.Equal(5 * 150, answers.Sum(a => a.GetProperty("duplicates").GetInt32()));
        Assert.Equal(150, await _reports.CountAsync("jobs"));
        Assert.Equal(7, await _reports.CountAsync("workflows"));
        Assert.Equal(5, await _reports.CountAsync("workers"));
        await Eventually.EqualAsync(150L, () => MetricCountAsync(Own));
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
            insert.Parameters.Add(new() { Value = Own });
            insert.Parameters.Add(new() { Value = workflow });
            await insert.ExecuteNonQueryAsync(Cancel);
        }

        var report = _reports.AcceptAsync(Report(Own));
        await Eventually.ThatAsync(
            () => app.Database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.datname = current_database())"),
            "the report waits for the host's row");
        await transaction.CommitAsync(Cancel);

        CompletionReports.AssertCounts(await report, accepted: 1);
        Assert.Equal("completed", await app.Database.ScalarAsync<string>("SELECT status FROM jobs WHERE external_id = @key", ("key", Own)));
    }

    private static string Report(string key) =>
        $$$"""{"external_id": "{{{key}}}", "workflow": {"external_id": "{{{key.Split('-')[0]}}}"}, "worker": {"external_id": "{{{key.Split('-')[0]}}}"}, "frame_count": 4, "total_gpu_time_ms": 100}""";

    private async Task<long> RunningJobAsync() => await app.Database.ScalarAsync<long>(
        """
        INSERT INTO jobs (external_id, workflow_id, worker_id, status, parameters, started_at)
        VALUES (@key, @workflow, @worker, 'running', '{"seed": 1}', '2026-03-01T00:00:00Z') RETURNING id
        """,
        ("key", Own),
        ("workflow", await app.Database.AddWorkflowAsync("Mine")),
        ("worker", await app.Database.AddWorkerAsync("gpu-mine")));

    private Task<string> JobAsync(long job) => app.Database.ScalarAsync<string>(
        """
        SELECT concat_ws('|', j.status, w.name, k.name, j.parameters ->> 'seed', to_char(j.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
            to_char(j.completed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
        FROM jobs j JOIN workflows w ON w.id = j.workflow_id JOIN workers k ON k.id = j.worker_id WHERE j.id = @id
        """,
        ("id", job));

    private Task<long> MetricCountAsync(string key) => app.Database.ScalarAsync<long>(
        "SELECT count(*) FROM performance_metrics m JOIN jobs j ON j.id = m.job_id WHERE j.external_id = @key OR starts_with(j.external_id, @key || '-')", ("key", key));
}
