using System.Net;
using System.Text.Json;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Workers;

/// <summary>Drift, coverage and failures as other programs see them.</summary>
public sealed class WorkerBenchmarkApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private const string Span = "from=2024-02-22&to=2024-03-11";

    private static readonly DateTime Start = new(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("worker/1/drift", "", "worker_id worker_name bucket time_zone timed_job_count matched_job_count basis points changes")]
    [InlineData("worker/1/drift", "points", "bucket_start timed_job_count matched_job_count fleet_index fleet_index_low fleet_index_high own_index")]
    [InlineData("workers/coverage", "", "workers items")]
    [InlineData("workers/coverage", "workers", "worker_id worker_name job_type_count job_count last_completed_at last_job_age_ms")]
    [InlineData("workers/coverage", "items", "worker_id worker_name workflow_id workflow_name resolution_tier job_count timed_job_count last_completed_at last_job_age_ms")]
    [InlineData("workers/failures", "", "items")]
    [InlineData("workers/failures", "items", "worker_id worker_name completed_count failed_count cancelled_count errors job_count failure_share")]
    public async Task An_answer_has_exactly_these_fields(string route, string list, string fields)
    {
        await app.Database.AddJobsAsync(FarmRows.MakeUp(seed: 1, jobs: 300, Start, days: 20));

        var answer = await GetAsync(route);

        Assert.Equal(fields.Split(' ').Order(), (list.Length == 0 ? answer : answer.GetProperty(list)[0]).EnumerateObject().Select(p => p.Name).Order());
    }

    [Theory]
    [InlineData("worker/99/drift", HttpStatusCode.NotFound)]
    [InlineData("worker/x/drift", HttpStatusCode.NotFound)]
    [InlineData("workers/coverage?worker_id=99", HttpStatusCode.NotFound)]
    [InlineData("workers/failures?worker_id=99", HttpStatusCode.NotFound)]
    [InlineData("worker/1/drift?bucket=year", HttpStatusCode.BadRequest)]
    [InlineData("worker/1/drift?time_zone=Mars/Olympus", HttpStatusCode.BadRequest)]
    [InlineData("worker/1/drift?from=2020-01-01&to=2024-01-01&bucket=hour", HttpStatusCode.BadRequest)]
    [InlineData("workers/coverage?from=never", HttpStatusCode.BadRequest)]
    [InlineData("workers/failures?project_id=x", HttpStatusCode.BadRequest)]
    public async Task What_cannot_be_answered_is_refused(string route, HttpStatusCode expected)
    {
        using var answer = await app.Client.GetAsync(new Uri($"/performance/{route}", UriKind.Relative), Cancel);

        Assert.Equal((expected, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task Drift_follows_the_days_of_the_zone_and_takes_the_fleet_out()
    {
        // Worker 2 always takes 100 ms; worker 1 as long before Berlin's 10 March 2024 and 125 ms from then on.
        // Its other type of job, ten times as long, comes with that day only.
        var change = new DateTime(2024, 3, 9, 23, 0, 0, DateTimeKind.Utc);
        List<FarmRow> rows = [];
        for (var hour = 12; hour < 24 * 14; hour++)
        {
            var moment = change.AddDays(-8).AddHours(hour);
            var slow = moment >= change;
            rows.Add(new FarmRow { JobId = rows.Count + 1, WorkerId = 1, Tier = "720p", TimePerFrameMs = slow ? 125 : 100, CompletedAt = moment });
            rows.Add(new FarmRow { JobId = rows.Count + 1, WorkerId = 2, Tier = "720p", TimePerFrameMs = 100, CompletedAt = moment });
            rows.Add(new FarmRow { JobId = rows.Count + 1, WorkerId = 2, Tier = "4k", TimePerFrameMs = 1000, CompletedAt = moment });
            if (slow)
                rows.Add(new FarmRow { JobId = rows.Count + 1, WorkerId = 1, Tier = "4k", TimePerFrameMs = 1250, CompletedAt = moment });
            rows.Add(new FarmRow { JobId = rows.Count + 1, WorkerId = 1, Tier = "720p", TimePerFrameMs = hour % 3 == 0 ? 0 : null, CompletedAt = moment });
        }

        await app.Database.AddJobsAsync(rows);

        var drift = await GetAsync("worker/1/drift?time_zone=Europe/Berlin&bucket=day", "from=2024-02-25&to=2024-03-31");

        var points = drift.GetProperty("points").EnumerateArray().ToList();
        Assert.Equal(14, points.Count);
        Assert.Equal(change, points.ConvertAll(p => p.GetProperty("bucket_start").GetDateTime())[8]);
        Near(0.8, points[8].GetProperty("fleet_index").GetDouble() / points[7].GetProperty("fleet_index").GetDouble(), 1e-6);
        Near(0.8, points[13].GetProperty("own_index").GetDouble() / points[0].GetProperty("own_index").GetDouble(), 1e-6);
        Assert.Equal(12, points[0].GetProperty("timed_job_count").GetInt32());
        Assert.Equal(48, points[9].GetProperty("matched_job_count").GetInt32());
        Assert.Equal("fleet", drift.GetProperty("basis").GetString());
        Assert.Equal("day", drift.GetProperty("bucket").GetString());
    }

    [Fact]
    public async Task A_change_is_dated_in_the_answer()
    {
        List<FarmRow> rows = [];
        var random = new Random(3);
        for (var hour = 0; hour < 24 * 24; hour++)
        {
            var moment = Start.AddHours(hour + 0.5);
            for (var worker = 1; worker <= 3; worker++)
            {
                rows.Add(new FarmRow
                {
                    JobId = rows.Count + 1,
                    WorkerId = worker,
                    WorkflowId = random.Next(1, 3),
                    TimePerFrameMs = (float)((worker == 2 && hour >= 24 * 12 ? 130 : 100) * (0.9 + (0.2 * random.NextDouble()))),
                    CompletedAt = moment,
                });
            }
        }

        await app.Database.AddJobsAsync(rows);

        var change = Assert.Single((await GetAsync("worker/2/drift", "from=2024-02-20&to=2024-03-20")).GetProperty("changes").EnumerateArray().ToList());
        Assert.InRange(change.GetProperty("at").GetDateTime(), Start.AddDays(11), Start.AddDays(13));
        Assert.Equal(-23, change.GetProperty("speed_percent").GetDouble(), 2.0);
        Assert.StartsWith("gpu-2 became ", change.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Empty((await GetAsync("worker/1/drift", "from=2024-02-20&to=2024-03-20&workflow_id=3")).GetProperty("points").EnumerateArray());
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(1L, null, null)]
    [InlineData(null, 2L, "4k")]
    public async Task Coverage_equals_counts_made_by_hand(long? project, long? workflow, string? tier)
    {
        var all = FarmRows.MakeUp(seed: 31, jobs: 400, Start, days: 25);
        await app.Database.AddJobsAsync(all);
        await app.Database.ExecuteAsync("INSERT INTO workers (id, name) VALUES (6, 'idle')");
        List<FarmRow> jobs =
        [
            .. all.Where(j => j.CompletedAt >= Start.AddDays(2) && j.CompletedAt < Start.AddDays(20)
                && (project is null || j.ProjectId == project) && (workflow is null || j.WorkflowId == workflow) && (tier is null || j.Tier == tier)),
        ];

        var answer = await GetAsync($"workers/coverage?project_id={project}&workflow_id={workflow}&resolution_tier={tier}");

        var cells = answer.GetProperty("items").EnumerateArray().Select(i => (
            i.GetProperty("worker_id").GetInt64(), i.GetProperty("workflow_id").GetInt64(), i.GetProperty("resolution_tier").GetString(),
            i.GetProperty("job_count").GetInt32(), i.GetProperty("timed_job_count").GetInt32(), i.GetProperty("last_completed_at").GetDateTime())).ToList();
        Assert.Equal(
            jobs.GroupBy(j => (j.WorkerId, j.WorkflowId, j.Tier))
                .Select(g => (g.Key.WorkerId, g.Key.WorkflowId, g.Key.Tier, g.Count(), g.Count(j => j.TimePerFrameMs is not null), g.Max(j => j.CompletedAt))).ToHashSet(),
            cells.ToHashSet());
        Assert.Equal(cells.Count, cells.ToHashSet().Count);
        var now = DateTime.UtcNow;
        Assert.All(answer.GetProperty("items").EnumerateArray(), i => Assert.InRange(
            (now - i.GetProperty("last_completed_at").GetDateTime()).TotalMilliseconds - i.GetProperty("last_job_age_ms").GetDouble(), -60_000, 60_000));
        var workers = answer.GetProperty("workers").EnumerateArray().ToList();
        Assert.Equal([1, 2, 3, 4, 5, 6], workers.Select(w => w.GetProperty("worker_id").GetInt32()));
        Assert.Equal(jobs.Count, workers.Sum(w => w.GetProperty("job_count").GetInt32()));
        Assert.Equal((0, JsonValueKind.Null), (workers[5].GetProperty("job_type_count").GetInt32(), workers[5].GetProperty("last_job_age_ms").ValueKind));
    }

    [Fact]
    public async Task Failures_are_counted_by_worker_with_cancelled_jobs_apart()
    {
        await app.Database.AddJobsAsync(
        [
            .. Enumerable.Range(1, 6).Select(i => new FarmRow { JobId = i, WorkerId = 1, ProjectId = i % 2 == 0 ? 1 : null, CompletedAt = Start.AddDays(5) }),
            new FarmRow { JobId = 7, WorkerId = 2, CompletedAt = Start.AddDays(5) },
        ]);
        await app.Database.ExecuteAsync(
            """
            INSERT INTO jobs (id, workflow_id, worker_id, project_id, status, error, created_at, started_at, completed_at) VALUES
                (10, 1, 1, 1, 'failed', 'CUDA out of memory: tried 512 MiB', '2024-02-01Z', '2024-02-01Z', '2024-02-25Z'),
                (11, 1, 1, NULL, 'failed', E'CUDA out  of memory:\n tried 80 MiB ', '2024-02-01Z', '2024-02-26Z', NULL),
                (12, 2, 1, NULL, 'failed', repeat('x', 500), '2024-02-27Z', NULL, NULL),
                (13, 1, 1, NULL, 'failed', NULL, '2024-02-01Z', NULL, '2024-02-25Z'),
                (14, 1, 1, NULL, 'cancelled', 'by hand', '2024-02-01Z', NULL, '2024-02-25Z'),
                (15, 1, 3, NULL, 'failed', 'before the range', '2024-02-25Z', '2024-02-25Z', '2024-02-21T23:59:59Z'),
                (16, 1, 3, NULL, 'failed', 'after the range', '2024-02-25Z', '2024-02-25Z', '2024-03-11Z'),
                (17, 1, 3, NULL, 'running', NULL, '2024-02-25Z', '2024-02-25Z', NULL),
                (18, 1, 4, NULL, 'cancelled', NULL, '2024-02-25Z', NULL, NULL),
                (19, 1, NULL, NULL, 'failed', 'no worker was free', '2024-02-25Z', NULL, NULL)
            """);

        var items = (await GetAsync("workers/failures")).GetProperty("items").EnumerateArray().ToList();

        Assert.Equal(["none 0 1 0 1", "gpu-1 6 4 1 0.4", "gpu-2 1 0 0 0", "gpu-4 0 0 1 null"], items.ConvertAll(Line));
        Assert.Equal(
            ["2 CUDA out of memory: tried 80 MiB", "1 " + new string('x', 200) + "…"],
            items[1].GetProperty("errors").EnumerateArray().Select(e => $"{e.GetProperty("count")} {e.GetProperty("text").GetString()}"));
        Assert.Equal("no worker was free", items[0].GetProperty("errors")[0].GetProperty("text").GetString());

        Assert.Equal(["gpu-1 3 1 0 0.25"], (await GetAsync("workers/failures?project_id=1&resolution_tier=4k")).GetProperty("items").EnumerateArray().Select(Line));
        Assert.Equal(["gpu-1 0 1 0 1"], (await GetAsync("workers/failures?workflow_id=2&worker_id=1")).GetProperty("items").EnumerateArray().Select(Line));

        static string Line(JsonElement i) => string.Join(
            ' ', i.GetProperty("worker_name").GetString() ?? "none", i.GetProperty("completed_count"), i.GetProperty("failed_count"), i.GetProperty("cancelled_count"),
            i.GetProperty("failure_share").GetRawText());
    }

    [Fact]
    public async Task The_ranking_carries_an_interval_and_what_it_rests_on()
    {
        var jobs = FarmRows.MakeUp(seed: 8, jobs: 500, Start, days: 25);
        await app.Database.AddJobsAsync(jobs);

        var workers = (await GetAsync("workers/comparison", "from=2024-02-01&to=2024-04-01")).GetProperty("workers").EnumerateArray().ToList();

        Assert.All(workers, worker =>
        {
            var interval = worker.GetProperty("relative_speed_interval");
            var own = jobs.Where(j => j.WorkerId == worker.GetProperty("worker_id").GetInt64() && j.TimePerFrameMs is not null).ToList();
            Assert.InRange(worker.GetProperty("relative_speed").GetDouble(), interval.GetProperty("low").GetDouble(), interval.GetProperty("high").GetDouble());
            Assert.Equal(own.Count, interval.GetProperty("job_count").GetInt32());
            Assert.Equal(own.Select(j => (j.WorkflowId, j.Tier)).Distinct().Count(), interval.GetProperty("job_type_count").GetInt32());
            Assert.Equal(jobs.Count(j => j.TimePerFrameMs is not null) - own.Count, interval.GetProperty("other_job_count").GetInt32());
        });
    }

    [Theory]
    [InlineData("", "1:1 2:2 3:3 4:-")]
    [InlineData("?min_jobs=5", "1:1 2:2 3:3 4:-")]
    [InlineData("?min_jobs=6", "2:1 3:2 1:- 4:-")]
    [InlineData("?min_jobs=6&workers=1,3", "3:1 1:-")]
    [InlineData("?min_jobs=21", "1:- 2:- 3:- 4:-")]
    public async Task Workers_whose_speed_is_based_on_fewer_jobs_than_asked_for_have_no_rank(string query, string expected)
    {
        // Worker 1, the fastest, did five jobs of a type that others did too and thirty of one it alone does; worker 4 did only the latter's like.
        List<FarmRow> rows = [];
        Add(worker: 1, "720p", 100, 5);
        Add(worker: 1, "8k", 900, 30);
        Add(worker: 2, "720p", 150, 20);
        Add(worker: 3, "720p", 200, 20);
        Add(worker: 4, "9k", 900, 30);
        await app.Database.AddJobsAsync(rows);

        var workers = (await GetAsync($"workers/comparison{query}")).GetProperty("workers").EnumerateArray();

        Assert.Equal(expected, string.Join(' ', workers.Select(w => $"{w.GetProperty("worker_id")}:{(w.GetProperty("rank").ValueKind == JsonValueKind.Null ? "-" : w.GetProperty("rank").ToString())}")));

        void Add(long worker, string tier, float time, int jobs)
        {
            for (var i = 0; i < jobs; i++)
                rows.Add(new FarmRow { JobId = rows.Count + 1, WorkerId = worker, Tier = tier, TimePerFrameMs = time, CompletedAt = Start.AddDays(5).AddMinutes(rows.Count) });
        }
    }

    private async Task<JsonElement> GetAsync(string route, string span = Span) => JsonElement.Parse(await app.Client.GetStringAsync(
        new Uri($"/performance/{route}{(route.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{span}", UriKind.Relative), Cancel));
}
