using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Ingest.Scores;
using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Ingest;

/// <summary><c>POST /performance/scores</c>: scores that are not in the job's result.</summary>
public sealed class LateScoresApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Scores_of_a_recorded_job_count_in_figures_lists_and_exports_and_leave_its_metric_as_it_was()
    {
        var first = await RecordedAsync("""{"frame_count": 10, "total_gpu_time_ms": 1000, "quality_scores": {"likeness": 0.5}}""");
        var second = await RecordedAsync("""{"frame_count": 10, "total_gpu_time_ms": 1000}""");
        var stored = await app.Database.ScalarAsync<string>("SELECT string_agg(xmin::text || m::text, ',' ORDER BY job_id) FROM performance_metrics AS m");

        var answer = await SendAsync(new { job_id = second, scores = new Dictionary<string, double> { ["likeness"] = 0.9, ["aesthetic"] = 6 } });

        Assert.Equal("""{"accepted":1,"duplicates":0,"rejected":[]}""", answer);
        var overview = await GetAsync("overview");
        Assert.Equal(0.7, overview.GetProperty("avg_likeness_score").GetDouble(), 9);
        Assert.Equal(6, overview.GetProperty("quality").GetProperty("aesthetic").GetDouble());
        Assert.Equal(["aesthetic", "likeness"], (await GetAsync("quality")).GetProperty("scores").EnumerateArray().Select(s => s.GetProperty("name").GetString()!).Order());
        Assert.Equal([second, first], (await GetAsync("jobs?sort=-likeness")).GetProperty("items").EnumerateArray().Select(j => j.GetProperty("job_id").GetInt64()));
        Assert.Equal(0.9, (await GetAsync($"job/{second}")).GetProperty("quality_scores").GetProperty("likeness").GetDouble());
        using var csv = new HttpRequestMessage(HttpMethod.Get, "/performance/jobs");
        csv.Headers.Add("Accept", "text/csv");
        Assert.Contains("aesthetic", await (await app.Client.SendAsync(csv, Cancel)).Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(stored, await app.Database.ScalarAsync<string>("SELECT string_agg(xmin::text || m::text, ',' ORDER BY job_id) FROM performance_metrics AS m"));
    }

    [Fact]
    public async Task The_first_value_of_a_name_counts()
    {
        var job = await RecordedAsync("""{"quality_scores": {"likeness": 0.5}}""");

        Assert.Equal("""{"accepted":0,"duplicates":1,"rejected":[]}""", await SendAsync(new { job_id = job, scores = new { likeness = 0.1 } }));
        Assert.Equal("""{"accepted":1,"duplicates":0,"rejected":[]}""", await SendAsync(new { job_id = job, scores = new { likeness = 0.1, motion_quality = 0.3 } }));
        Assert.Equal("""{"accepted":0,"duplicates":2,"rejected":[]}""", await SendAsync(new object[] { new { job_id = job, scores = new { motion_quality = 0.9 } }, new { job_id = job, scores = new { likeness = 1 } } }));

        Assert.Equal("""{"likeness":0.5,"motion_quality":0.3}""", (await GetAsync($"job/{job}")).GetProperty("quality_scores").GetRawText().Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_result_of_a_job_that_waits_to_be_recorded_came_first()
    {
        for (var i = 0; i < 10; i++)
        {
            var job = await app.Database.AddCompletedJobAsync(1, 1, """{"quality_scores": {"likeness": 0.5, "aesthetic": "no number"}}""");
            Assert.Equal("""{"accepted":1,"duplicates":1,"rejected":[]}""", await SendAsync(new object[] { new { job_id = job, scores = new { likeness = 0.1 } }, new { job_id = job, scores = new { aesthetic = 7 } } }));
        }

        await Eventually.EqualAsync(10L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
        Assert.Equal(0.5, (await GetAsync("overview")).GetProperty("avg_likeness_score").GetDouble(), 9);
    }

    [Fact]
    public async Task Scores_come_before_the_job_completes_and_before_it_is_known()
    {
        var running = await app.Database.AddRunningJobAsync(1, 1);
        Assert.Equal("""{"accepted":2,"duplicates":0,"rejected":[]}""", await SendAsync(new object[]
        {
            new { job_id = running, scores = new { likeness = 0.25 } },
            new { external_id = "later", scores = new { likeness = 0.75 } },
        }));
        Assert.Equal("""{"accepted":1,"duplicates":0,"rejected":[]}""", await SendAsync(new { external_id = "later", scores = new { likeness = 0.1, motion_quality = 0.5 } }));

        await app.Database.CompleteAsync(running, """{"quality_scores": {"likeness": 0.99, "face_confidence": 0.5}}""");
        using var completed = await app.Client.PostAsJsonAsync("/performance/jobs/completed", new { external_id = "later", workflow = new { id = 1 }, worker = new { id = 1 } }, Cancel);

        await Eventually.EqualAsync(2L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
        Assert.Equal(0.5, (await GetAsync("overview")).GetProperty("avg_likeness_score").GetDouble(), 9);
        Assert.Equal(0.25, (await GetAsync($"job/{running}")).GetProperty("quality_scores").GetProperty("likeness").GetDouble());
        Assert.Equal(0.5, (await GetAsync($"job/{running}")).GetProperty("quality_scores").GetProperty("face_confidence").GetDouble());
        Assert.Equal(0L, await app.Database.CountAsync("waiting_scores"));
        Assert.Equal(0L, await app.Database.ScalarAsync<long>("SELECT count(*) FROM late_scores WHERE created_at IS NULL"));
    }

    [Fact]
    public async Task Scores_that_waited_beside_a_job_are_found_and_old_ones_go()
    {
        var job = await RecordedAsync("{}");
        await app.Database.ExecuteAsync("UPDATE jobs SET external_id = 'missed' WHERE id = @job", ("job", job));
        await app.Database.ExecuteAsync(
            """
            INSERT INTO waiting_scores (external_id, scores, reported_at) VALUES
                ('missed', '{"likeness": 0.4}', now()), ('old', '{"likeness": 0.4}', now() - INTERVAL '169 hours'), ('young', '{"likeness": 0.4}', now() - INTERVAL '167 hours')
            """);

        await app.Services.GetRequiredService<LateScores>().ReconcileAsync(Cancel);

        Assert.Equal(0.4, (await GetAsync("overview")).GetProperty("avg_likeness_score").GetDouble(), 9);
        Assert.Equal("young", await app.Database.ScalarAsync<string>("SELECT string_agg(external_id, ',') FROM waiting_scores"));
    }

    [Fact]
    public async Task Thresholds_see_them_with_the_next_job_and_with_their_own_where_they_came_first()
    {
        using var made = await app.Client.PostAsJsonAsync(
            "/performance/alerts/thresholds",
            new { metric_name = "quality.likeness", scope_type = "global", direction = "below", warning_threshold = 0.6, critical_threshold = 0.3, for_jobs = 2 },
            Cancel);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var first = await RecordedAsync("{}");
        await SendAsync(new { job_id = first, scores = new { likeness = 0.5 } });
        var second = await app.Database.AddRunningJobAsync(1, 1);
        await SendAsync(new { job_id = second, scores = new { likeness = 0.55 } });

        await app.Database.CompleteAsync(second, "{}");

        await Eventually.EqualAsync(1L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM alert_incidents WHERE metric_name = 'quality.likeness'"));
    }

    [Theory]
    [InlineData("""{"scores": {"a": 1}}""", "job_id or external_id is required")]
    [InlineData("""{"job_id": 1}""", "scores must be an object of numbers")]
    [InlineData("""{"job_id": 1, "scores": {}}""", "scores must hold at least one score")]
    [InlineData("""{"job_id": 1, "scores": {"a": "0.5"}}""", "scores.a must be a number")]
    [InlineData("""{"job_id": 1, "scores": {"a": 1e999}}""", "scores.a must be a number")]
    [InlineData("""{"job_id": 1, "scores": {" ": 1}}""", "scores.  has a name that is blank")]
    [InlineData("""{"job_id": 1.5, "scores": {"a": 1}}""", "job_id must be a whole number")]
    [InlineData("7", "must be an object")]
    public async Task What_cannot_be_stored_is_rejected_with_the_reason_and_the_rest_is_stored(string item, string error)
    {
        var answer = JsonDocument.Parse(await SendTextAsync($$$"""[{{{item}}}, {"external_id": "fine", "scores": {"a": 1} }]""")).RootElement;

        Assert.Equal((1, error), (answer.GetProperty("accepted").GetInt32(), answer.GetProperty("rejected")[0].GetProperty("error").GetString()));
    }

    [Fact]
    public async Task The_same_scores_from_many_senders_at_once_are_stored_once()
    {
        var job = await RecordedAsync("{}");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => SendAsync(new[]
        {
            new { job_id = (long?)job, external_id = (string?)null, scores = new { likeness = i / 10.0 } },
            new { job_id = (long?)null, external_id = (string?)"unknown", scores = new { likeness = i / 10.0 } },
        })));

        Assert.Equal(2, answers.Sum(a => JsonDocument.Parse(a).RootElement.GetProperty("accepted").GetInt32()));
        Assert.Equal((1L, 1L), (await app.Database.CountAsync("late_scores"), await app.Database.CountAsync("waiting_scores")));
    }

    private async Task<long> RecordedAsync(string result)
    {
        var job = await app.Database.AddRunningJobAsync(1, 1);
        await app.Database.CompleteAsync(job, result);
        await Eventually.EqualAsync(1L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE job_id = @job", ("job", job)));
        return job;
    }

    private Task<string> SendAsync(object scores) => SendTextAsync(JsonSerializer.Serialize(scores));

    private async Task<string> SendTextAsync(string body)
    {
        using var answer = await app.Client.PostAsync("/performance/scores", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, text);
        return text;
    }

    private async Task<JsonElement> GetAsync(string route) => JsonDocument.Parse(await app.Client.GetStringAsync($"/performance/{route}", Cancel)).RootElement;
}
