using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace PerfDash.Tests.Overview;

/// <summary>Each test has a year of its own, so that none sees another's jobs.</summary>
public sealed class OverviewApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    [Fact]
    public async Task An_empty_range_gives_nulls_not_zeros()
    {
        var overview = await GetAsync("from=1999-01-01&to=2000-01-01");

        Oracle.AssertSums([], overview, "empty");
        Assert.Equal(JsonValueKind.Null, overview.GetProperty("total_gpu_hours").ValueKind);
        Assert.Empty(overview.GetProperty("top_workflows").EnumerateArray());
        Assert.Empty(overview.GetProperty("bottom_workflows").EnumerateArray());
    }

    [Fact]
    public async Task The_answer_has_the_names_of_the_contract_and_no_others()
    {
        await WriteAsync(2001, new FarmRow { CompletedAt = default, GpuTimeMs = 7_200_000, ScoresJson = """{"Face_Confidence é": 1}""" });

        var overview = await GetAsync("from=2001-01-01T00:00:00%2B02:00&to=2002-01-01");

        Assert.Equal(
            Oracle.SummaryNames.Union(["from", "to", "total_gpu_hours", "top_workflows", "bottom_workflows"]).Order(StringComparer.Ordinal),
            NamesOf(overview));
        Assert.Equal("2000-12-31T22:00:00Z", overview.GetProperty("from").GetString());
        Assert.Equal("2002-01-01T00:00:00Z", overview.GetProperty("to").GetString());
        Assert.Equal(2, overview.GetProperty("total_gpu_hours").GetDouble());
        Assert.Equal(1, overview.GetProperty("quality").GetProperty("Face_Confidence é").GetDouble());
        Assert.Empty(overview.GetProperty("top_workflows").EnumerateArray());

        var byGpuTime = await GetAsync("from=2001-01-01&to=2002-01-01&rank_by=gpu_time");
        Assert.Equal(
            Oracle.SummaryNames.Union(["workflow_id", "workflow_name"]).Order(StringComparer.Ordinal),
            NamesOf(byGpuTime.GetProperty("top_workflows")[0]));
    }

    [Fact]
    public async Task Every_figure_equals_the_sum_over_the_jobs_for_every_filter()
    {
        var (from, to) = (Utc(2010), Utc(2011));
        var projects = new long?[] { null, await app.Database.ScalarAsync<long>("INSERT INTO projects (name) VALUES ('a') RETURNING id"), await app.Database.ScalarAsync<long>("INSERT INTO projects (name) VALUES ('b') RETURNING id") };
        var workflows = await AddWorkflowsAsync(4);
        var workers = new[] { (await app.Database.AddWorkerAsync("priced", 1.5m), 1.5m), (await app.Database.AddWorkerAsync("free"), null), (await app.Database.AddWorkerAsync("dear", 0.333333333333333333333333333333m), (decimal?)0.333333333333333333333333333333m) };
        List<FarmRow> all =
        [
            .. SampleFarm.Generate(1, 700, from.AddDays(-30), to.AddDays(30), workflows, workers, projects),
            // On the edges: the first moment counts, the last does not.
            .. new[] { from, from.AddTicks(-10), to, to.AddTicks(-10) }.Select(at => new FarmRow { WorkflowId = workflows[0], WorkerId = workers[0].Item1, Price = 1.5m, CompletedAt = at, GpuTimeMs = 1, TimePerFrameMs = 1 }),
        ];
        await app.Database.AddJobsAsync(all);
        List<FarmRow> inside = [.. all.Where(m => m.CompletedAt >= from && m.CompletedAt < to)];
        Assert.Contains(inside, m => m.CompletedAt == from);

        foreach (var project in projects.OfType<long>().Cast<long?>().Prepend(null))
        {
            foreach (var workflow in new long?[] { null, workflows[1], long.MaxValue })
            {
                foreach (var worker in new long?[] { null, workers[1].Item1, workers[2].Item1 })
                {
                    foreach (var tier in new[] { null, "1080p", "1080P" })
                    {
                        var filter = $"project_id={project}&workflow_id={workflow}&worker_id={worker}&resolution_tier={tier}";
                        List<FarmRow> expected =
                        [
                            .. inside.Where(m => (project is null || m.ProjectId == project) && (workflow is null || m.WorkflowId == workflow)
                                && (worker is null || m.WorkerId == worker) && (tier is null || m.Tier == tier)),
                        ];
                        var overview = await GetAsync($"from=2010-01-01&to=2011-01-01&{filter}");
                        Oracle.AssertSums(expected, overview, filter);
                        Oracle.AssertClose(
                            expected.Any(m => m.GpuTimeMs is not null) ? expected.Sum(m => m.GpuTimeMs ?? 0) / 3_600_000d : null, overview.GetProperty("total_gpu_hours"), filter);
                        AssertRanked(expected, overview, "time_per_frame");
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData("time_per_frame")]
    [InlineData("gpu_time")]
    [InlineData("vram")]
    [InlineData("likeness")]
    public async Task Workflows_are_ranked_by_what_is_asked(string rankBy)
    {
        var year = 1960 + (rankBy[0] - 'a');
        var workflows = await AddWorkflowsAsync(14);
        var worker = (await app.Database.AddWorkerAsync(), (decimal?)null);
        var metrics = SampleFarm.Generate(rankBy.Length, 400, Utc(year), Utc(year + 1), workflows[..11], [worker], [null]);
        // Two that are equal in everything, and one that has no value at all.
        foreach (var workflow in workflows[11..13])
            metrics.Add(new FarmRow { WorkflowId = workflow, WorkerId = worker.Item1, CompletedAt = Utc(year), TimePerFrameMs = 0.5f, GpuTimeMs = 1, VramMb = 1, ScoresJson = """{"likeness": 5}""" });
        metrics.Add(new FarmRow { WorkflowId = workflows[13], WorkerId = worker.Item1, CompletedAt = Utc(year), Frames = 3, ScoresJson = """{"likeness": "1"}""" });
        await app.Database.AddJobsAsync(metrics);

        var overview = await GetAsync($"from={year}-01-01&to={year + 1}-01-01&rank_by={rankBy}");

        AssertRanked(metrics, overview, rankBy);
        Assert.Equal(workflows[11..13], overview.GetProperty("top_workflows").EnumerateArray().Take(2).Select(w => w.GetProperty("workflow_id").GetInt64()));
        Assert.Equal(5, overview.GetProperty("bottom_workflows").GetArrayLength());
    }

    [Theory]
    [InlineData("", "1 2 3")]
    [InlineData("&min_jobs=1", "1 2 3")]
    [InlineData("&min_jobs=2", "2 3")]
    [InlineData("&min_jobs=3", "3")]
    [InlineData("&min_jobs=4", "")]
    public async Task Workflows_with_fewer_jobs_in_the_range_than_asked_for_are_not_ranked(string query, string ranked)
    {
        // The n-th has n jobs in the range, and all have ten more before it; the fewer, the faster.
        var workflows = await AddWorkflowsAsync(3);
        var worker = await app.Database.AddWorkerAsync();
        var year = 1930 + (2 * (query.Length == 0 ? 0 : query[^1] - '0'));
        await app.Database.AddJobsAsync(
        [
            .. workflows.SelectMany((w, i) => Enumerable.Range(0, i + 1).Select(n => new FarmRow { WorkflowId = w, WorkerId = worker, CompletedAt = Utc(year).AddDays(n), TimePerFrameMs = 100 * (i + 1) })),
            .. workflows.SelectMany(w => Enumerable.Range(1, 10).Select(n => new FarmRow { WorkflowId = w, WorkerId = worker, CompletedAt = Utc(year).AddMinutes(-n), TimePerFrameMs = 100 })),
        ]);

        var overview = await GetAsync($"from={year}-01-01&to={year + 1}-01-01{query}");

        Assert.Equal(ranked, Places("top_workflows"));
        Assert.Equal(new string([.. ranked.Reverse()]), Places("bottom_workflows"));
        Assert.Equal(6, overview.GetProperty("job_count").GetInt64());

        string Places(string ranking) => string.Join(' ', overview.GetProperty(ranking).EnumerateArray().Select(w => 1 + Array.IndexOf(workflows, w.GetProperty("workflow_id").GetInt64())));
    }

    [Fact]
    public async Task One_job_is_its_own_mean_and_percentile()
    {
        var metrics = await WriteAsync(2003, new FarmRow { CompletedAt = default, TimePerFrameMs = 812.5f, GpuTimeMs = 39_000, VramMb = 18_210, Frames = 48, ScoresJson = """{"likeness": 0.92}""" });

        var overview = await GetAsync("from=2003-01-01&to=2004-01-01");

        Oracle.AssertSums(metrics, overview, "one");
        Assert.Equal(812.5, overview.GetProperty("p95_time_per_frame_ms").GetDouble());
        Assert.Equal(JsonValueKind.Null, overview.GetProperty("total_cost").ValueKind);
        Assert.Equal("Portrait", overview.GetProperty("bottom_workflows")[0].GetProperty("workflow_name").GetString());
    }

    [Fact]
    public async Task Figures_of_any_size_do_not_fail_the_answer()
    {
        var workflow = await app.Database.AddWorkflowAsync("huge");
        var worker = await app.Database.AddWorkerAsync("huge", 2.5m);
        var strange = await app.Database.ScalarAsync<long>("INSERT INTO workers (name, gpu_hour_price) VALUES ('strange', 'NaN') RETURNING id");
        await app.Database.AddJobsAsync(
        [
            .. new[] { worker, worker, strange }.Select(w => new FarmRow
            {
                WorkflowId = workflow, WorkerId = w, CompletedAt = Utc(2004), GpuTimeMs = long.MaxValue, Frames = int.MaxValue, VramMb = int.MaxValue,
                TimePerFrameMs = float.MaxValue, ScoresJson = """{"likeness": 1.5e308, "other": -1e300}""",
            }),
        ]);

        var overview = await GetAsync("from=2004-01-01&to=2005-01-01&rank_by=likeness");
        var points = await app.Client.GetFromJsonAsync<JsonElement>("/performance/throughput?from=2004-01-01&to=2005-01-01&bucket=month", TestContext.Current.CancellationToken);

        // A total that BIGINT cannot hold is unknown.
        Assert.Equal(JsonValueKind.Null, overview.GetProperty("total_gpu_time_ms").ValueKind);
        Assert.Equal(1.5e308, overview.GetProperty("avg_likeness_score").GetDouble());
        Oracle.AssertClose(2d * long.MaxValue * 2.5 / 3_600_000, overview.GetProperty("total_cost"), "cost");
        Assert.Equal(3, points.GetProperty("points")[0].GetProperty("job_count").GetInt64());
    }

    [Fact]
    public async Task Without_a_range_the_last_thirty_days_count()
    {
        var workflow = await app.Database.AddWorkflowAsync();
        var worker = await app.Database.AddWorkerAsync();
        var now = DateTime.UtcNow;
        List<FarmRow> metrics = [.. new[] { -31, -29, -1, 1 }.Select(day => new FarmRow { WorkflowId = workflow, WorkerId = worker, CompletedAt = now.AddDays(day), GpuTimeMs = 1 })];
        await app.Database.AddJobsAsync(metrics);

        Assert.Equal(2, (await GetAsync($"workflow_id={workflow}")).GetProperty("job_count").GetInt64());
        Assert.Equal(1, (await GetAsync($"workflow_id={workflow}&from=now-2d")).GetProperty("job_count").GetInt64());
        Assert.Equal(4, (await GetAsync($"workflow_id={workflow}&from=0001-01-01&to=9999-12-31T23:59:59.9999999Z")).GetProperty("job_count").GetInt64());
    }

    private static void AssertRanked(List<FarmRow> metrics, JsonElement overview, string rankBy)
    {
        long[] ranked =
        [
            .. metrics.GroupBy(m => m.WorkflowId)
                .Select(g => (g.Key, Value: rankBy switch
                {
                    "gpu_time" => Oracle.Mean([.. g.Select(m => m.GpuTimeMs).OfType<long>().Select(v => (double)v)]),
                    "vram" => Oracle.Mean([.. g.Select(m => m.VramMb).OfType<int>().Select(v => (double)v)]),
                    "likeness" => -Oracle.MeanScore(g, "likeness"),
                    _ => Oracle.Mean([.. g.Select(m => m.TimePerFrameMs).OfType<float>().Select(v => (double)v)]),
                }))
                .Where(w => w.Value is not null).OrderBy(w => w.Value).ThenBy(w => w.Key).Select(w => w.Key),
        ];
        Same(ranked.Take(5), "top_workflows");
        Same(ranked.Reverse().Take(5), "bottom_workflows");

        void Same(IEnumerable<long> expected, string list)
        {
            JsonElement[] shown = [.. overview.GetProperty(list).EnumerateArray()];
            Assert.Equal(expected, shown.Select(w => w.GetProperty("workflow_id").GetInt64()));
            foreach (var workflow in shown)
                Oracle.AssertSums([.. metrics.Where(m => m.WorkflowId == workflow.GetProperty("workflow_id").GetInt64())], workflow, list);
        }
    }

    private static string[] NamesOf(JsonElement answer) => [.. answer.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)];

    private static DateTime Utc(int year) => new(year, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private Task<JsonElement> GetAsync(string query) =>
        app.Client.GetFromJsonAsync<JsonElement>($"/performance/overview?{query}", TestContext.Current.CancellationToken);

    private async Task<long[]> AddWorkflowsAsync(int count)
    {
        var ids = new long[count];
        for (var i = 0; i < count; i++)
            ids[i] = await app.Database.AddWorkflowAsync(string.Create(CultureInfo.InvariantCulture, $"Workflow {i}"));
        return ids;
    }

    private async Task<List<FarmRow>> WriteAsync(int year, FarmRow metric)
    {
        List<FarmRow> metrics = [metric with { WorkflowId = await app.Database.AddWorkflowAsync(), WorkerId = await app.Database.AddWorkerAsync(), CompletedAt = Utc(year) }];
        await app.Database.AddJobsAsync(metrics);
        return metrics;
    }
}
