using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Sources;

namespace PerfDash.Tests.Sources;

/// <summary>Which images are shown beside scores, from jobs written straight into the tables.</summary>
public sealed class OutputStripQueriesTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const string Image = """[{"filename": "a.png", "subfolder": "", "type": "output"}]""";

    private static readonly DateTime Noon = new(2024, 3, 10, 12, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange March = new(new DateTime(2024, 3, 1, 0, 0, 0, DateTimeKind.Utc), new DateTime(2024, 4, 1, 0, 0, 0, DateTimeKind.Utc));

    private long _source;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.ExecuteAsync("DELETE FROM sources");
        _source = await AddSourceAsync("gpu-01");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task With_a_score_jobs_stand_from_the_lowest_to_the_highest_in_even_steps()
    {
        await database.AddEntitiesAsync();
        // Fifteen scores, whose order has nothing to do with time: every second of them is shown.
        await AddAsync([.. Enumerable.Range(1, 15).Select(i => Job(i, i * 7 % 15, score: i / 20.0))]);
        await AddAsync([Job(16, 1) with { WorkflowId = 2 }, Job(17, 1, score: 0.4) with { WorkflowId = 2 }]);

        var strips = await AskAsync("likeness", 2, 3, 1);

        Assert.Equal([17], strips[0].Select(i => i.JobId));
        Assert.Empty(strips[1]);
        Assert.Equal([1, 3, 5, 7, 9, 11, 13, 15], strips[2].Select(i => i.JobId));
        Assert.Equal([0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75], strips[2].Select(i => i.Score!.Value));
    }

    [Fact]
    public async Task Without_a_score_the_newest_jobs_stand_first()
    {
        await database.AddEntitiesAsync();
        await AddAsync([.. Enumerable.Range(1, 10).Select(i => Job(i, minutes: i))]);
        Assert.Equal([10, 9, 8, 7, 6, 5, 4, 3], (await AskAsync(null, 1))[0].Select(i => i.JobId));
    }

    [Fact]
    public async Task Only_images_of_sources_that_are_there_are_shown_at_their_place_among_the_files()
    {
        await database.AddEntitiesAsync();
        var deleted = await AddSourceAsync("gpu-02", deleted: true);
        (string? Key, string? Outputs, string Why)[] none =
        [
            (null, Image, "reported without a key"),
            ("render:1", Image, "of another program"),
            ("comfyui:999999:x", Image, "of no source"),
            ("comfyui:x", Image, "of no source"),
            ($"comfyui:{deleted}:x", Image, "of a deleted source"),
            ($"comfyui:{_source}:a", null, "no result"),
            ($"comfyui:{_source}:b", """{"filename": "a.png", "type": "output"}""", "no list"),
            ($"comfyui:{_source}:c", """[{"filename": "clip.mp4", "type": "output"}, {"filename": "clip.webm", "type": "output"}]""", "videos"),
            ($"comfyui:{_source}:d", """[{"filename": "a.png", "type": "temp"}, {"filename": "b.png"}, {"filename": "page.html", "type": "output"}, {"filename": ".png.svg", "type": "output"}]""", "not shown"),
            ($"comfyui:{_source}:e", """[{"filename": "../../secret.png", "type": "output"}, {"filename": "a.png", "subfolder": "x\\..\\..", "type": "output"}]""", "hostile"),
            ($"comfyui:{_source}:f", """[1, null, "a.png", [], {"filename": ["a.png"], "type": "output"}, {"filename": {"x": 1}, "type": ["output"]}]""", "odd"),
        ];
        await AddAsync([.. none.Select((_, i) => Job(i + 1, i))], none.Select(n => n.Key), none.Select(n => n.Outputs));
        await AddAsync([Job(100, 100)], [$"comfyui:{_source}:g:1700000000000"], [
            """[{"filename": "../a.png", "type": "output"}, {"filename": "clip.mp4", "type": "output"}, {"filename": "B.WEBP", "subfolder": "x", "type": "output"}, {"filename": "c.png", "type": "output"}]"""]);

        var image = Assert.Single((await AskAsync(null, 1))[0]);

        // The hostile name is none of the files, so the second file is the image.
        Assert.Equal(new OutputImage(100, 1, null), image);
        Assert.Equal("B.WEBP", (await database.Get<JobOutputs>().ListAsync(100, Cancel))[1].Filename);
    }

    [Fact]
    public async Task Range_filter_and_late_scores_count_as_in_figures()
    {
        await database.AddEntitiesAsync();
        await AddAsync(
        [
            Job(1, 0) with { CompletedAt = March.From.UtcDateTime },
            Job(2, 0) with { CompletedAt = March.To.UtcDateTime },
            Job(3, 0) with { WorkerId = 2 },
            Job(4, 0, score: 0.3) with { ScoresJson = """{"likeness": 0.3, "aesthetic": 5.5}""" },
        ]);
        await database.ExecuteAsync("""INSERT INTO late_scores (job_id, created_at, scores) SELECT job_id, created_at, '{"likeness": 0.9}' FROM performance_metrics WHERE job_id = 3""");

        Assert.Equal([4, 3, 1], Ids(await AskAsync(null, 1)));
        Assert.Equal([3], Ids(await AskAsync(null, new MetricFilter(WorkflowId: 7, WorkerId: 2), new OutputSide(1, null))));
        Assert.Equal([4, 3], Ids(await AskAsync("likeness", 1)));
        Assert.Equal([new OutputImage(4, 0, 5.5)], (await AskAsync("aesthetic", 1))[0]);
        Assert.Empty(Ids(await AskAsync("'; DROP TABLE jobs; --", 1)));

        var middle = new DateTimeOffset(Noon);
        var sides = await AskAsync(null, MetricFilter.None, new OutputSide(1, new(March.From, middle)), new OutputSide(1, new(middle, March.To)));
        Assert.Equal([1], sides[0].Select(i => i.JobId));
        Assert.Equal([4, 3], sides[1].Select(i => i.JobId));
    }

    [Fact]
    public async Task A_farm_without_sources_is_asked_nothing_of_its_jobs()
    {
        await database.AddEntitiesAsync();
        await AddAsync([Job(1, 0)]);
        await database.ExecuteAsync("UPDATE sources SET deleted_at = now()");
        var plans = await CapturedPlans.OfAsync(database, async _ => Assert.Empty((await AskAsync(null, 1))[0]));
        Assert.Empty(plans);
    }

    [Fact]
    public async Task A_long_history_without_images_is_not_read()
    {
        // Twenty jobs a minute of four workflows. The only image is that of the first job, and only the 200 newest are looked at.
        await database.ExecuteAsync(
            """
            INSERT INTO workflows (id, name) SELECT i, 'Workflow ' || i FROM generate_series(1, 4) AS i;
            INSERT INTO workers (id, name) VALUES (1, 'gpu-1');
            SELECT perfdash_ensure_metrics_month('2024-03-01Z');
            INSERT INTO jobs (id, workflow_id, worker_id, status) SELECT i, 1 + i % 4, 1, 'completed' FROM generate_series(1, 30000) AS i;
            INSERT INTO performance_metrics (job_id, workflow_id, worker_id, quality_scores_json, created_at)
            SELECT i, 1 + i % 4, 1, '{"likeness": 0.9}', '2024-03-01Z'::timestamptz + i * INTERVAL '3 seconds' FROM generate_series(1, 30000) AS i;
            UPDATE jobs SET external_id = 'comfyui:' || @source || ':x', result = jsonb_build_object('outputs', @image::jsonb) WHERE id = 1;
            ANALYZE
            """,
            ("source", _source),
            ("image", Image));
        var request = new OutputStripRequest([.. Enumerable.Range(1, 4).Select(id => new OutputSide(id, null))], "likeness");

        var plans = await CapturedPlans.OfAsync(database, async services =>
        {
            var strips = await ((OutputStripQueries)services.GetService(typeof(OutputStripQueries))!).GetAsync(request, March, MetricFilter.None, Cancel);
            Assert.All(strips, strip => Assert.Empty(strip));
        });

        var plan = Assert.Single(plans);
        Assert.DoesNotContain(plan.SequentialScans, table => table.StartsWith("performance_metrics", StringComparison.Ordinal));
        Assert.Contains(plan.IndexConditions, condition => condition.Contains("s.workflow_id", StringComparison.Ordinal));
    }

    private static IEnumerable<long> Ids(IReadOnlyList<IReadOnlyList<OutputImage>> strips) => strips.Single().Select(i => i.JobId);

    private static FarmRow Job(long id, int minutes, double? score = null) => new()
    {
        JobId = id,
        CompletedAt = Noon.AddMinutes(minutes),
        Scores = score is { } value ? new Dictionary<string, double> { ["likeness"] = value } : [],
    };

    private Task<IReadOnlyList<IReadOnlyList<OutputImage>>> AskAsync(string? score, params long[] workflowIds) =>
        AskAsync(score, MetricFilter.None, [.. workflowIds.Select(id => new OutputSide(id, null))]);

    private Task<IReadOnlyList<IReadOnlyList<OutputImage>>> AskAsync(string? score, MetricFilter filter, params OutputSide[] sides) =>
        database.Get<OutputStripQueries>().GetAsync(new OutputStripRequest(sides, score), March, filter, Cancel);

    private Task<long> AddSourceAsync(string name, bool deleted = false) => database.ScalarAsync<long>(
        "INSERT INTO sources (name, kind, url, deleted_at) VALUES (@name, 'comfyui', 'http://' || @name, CASE WHEN @deleted THEN now() END) RETURNING id", ("name", name), ("deleted", deleted));

    private Task AddAsync(IReadOnlyList<FarmRow> rows) => AddAsync(rows, rows.Select(r => $"comfyui:{_source}:{r.JobId}"), rows.Select(_ => Image));

    private async Task AddAsync(IReadOnlyList<FarmRow> rows, IEnumerable<string?> keys, IEnumerable<string?> outputs)
    {
        await database.AddJobsAsync(rows);
        await database.ExecuteAsync(
            "UPDATE jobs SET external_id = t.key, result = jsonb_build_object('outputs', t.outputs::jsonb) FROM unnest(@ids, @keys, @outputs) AS t(id, key, outputs) WHERE jobs.id = t.id",
            ("ids", rows.Select(r => r.JobId).ToArray()),
            ("keys", keys.ToArray()),
            ("outputs", outputs.ToArray()));
    }
}
