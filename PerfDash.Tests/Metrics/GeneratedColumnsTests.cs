using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Metrics;

/// <summary>What the database keeps beside the JSON, of whatever JSON there is.</summary>
public sealed class GeneratedColumnsTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(null, null, null, false)]
    [InlineData("{}", null, null, false)]
    [InlineData("""{"likeness": 0.92, "boundary_ssim": -3}""", 0.92, -3.0, false)]
    [InlineData("""{"likeness": 0.92, "aesthetic": 5}""", 0.92, null, true)]
    [InlineData("""{"aesthetic": "x"}""", null, null, true)]
    [InlineData("""{"likeness": "0.5"}""", null, null, false)]
    [InlineData("""{"likeness": "NaN", "boundary_ssim": null}""", null, null, false)]
    [InlineData("""{"likeness": [0.5], "boundary_ssim": {"a": 1}}""", null, null, false)]
    [InlineData("""{"likeness": true, "boundary_ssim": 1e-400}""", null, 0.0, false)]
    [InlineData("""{"likeness": 1e400, "boundary_ssim": -1e101}""", null, null, true)]
    [InlineData("""{"likeness": 1e100, "boundary_ssim": 1}""", 1e100, 1.0, false)]
    [InlineData("[0.5]", null, null, false)]
    [InlineData("\"likeness\"", null, null, false)]
    [InlineData("0.5", null, null, false)]
    [InlineData("null", null, null, false)]
    public async Task Scores_are_kept_as_numbers_and_what_is_none_does_no_harm(string? json, double? likeness, double? boundarySsim, bool hasOther)
    {
        await InsertAsync(scores: json);

        await using var context = await database.ContextAsync();
        var metric = context.PerformanceMetrics.Single();
        Assert.Equal((likeness, boundarySsim, hasOther), (metric.Likeness, metric.BoundarySsim, metric.HasOtherScores));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("[]", null)]
    [InlineData("""{"name": "load", "duration_ms": 5}""", null)]
    [InlineData("17", null)]
    [InlineData("""[1, null, "x", [2], {}, {"name": 5, "duration_ms": 1}, {"name": "a"}, {"name": "a", "duration_ms": "9"}, {"name": "a", "duration_ms": -4}, {"name": "a", "duration_ms": 1e400}]""", null)]
    [InlineData("""[{"name": "b", "duration_ms": 7}, {"name": "a", "duration_ms": 30.5}, {"name": "b", "duration_ms": 2}, {"name": "c", "duration_ms": 1e-400}]""", "9;30.5;0")]
    public async Task Stages_are_kept_as_sums_by_name_in_order(string? json, string? expected)
    {
        await InsertAsync(stages: json);

        await using var context = await database.ContextAsync();
        var times = context.PerformanceMetrics.Single().StageTimes;
        Assert.Equal(expected, times is null ? null : FormattableString.Invariant($"{times[3]};{times[4]};{times[5]}"));
    }

    [Fact]
    public async Task A_tier_of_any_length_can_be_written_and_filtered_by()
    {
        var tier = string.Concat(Enumerable.Range(0, 4000).Select(i => (char)('a' + (i * i % 26))));
        await InsertAsync(tier: tier);
        await InsertAsync(tier: tier + "!");

        Assert.Equal(1, await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE tier_key = perfdash_tier_key(@tier)", ("tier", tier)));
        Assert.Equal("1080p", await database.ScalarAsync<string>("SELECT perfdash_tier_key('1080p')"));
    }

    [Fact]
    public async Task Thousands_of_stages_are_no_obstacle()
    {
        await InsertAsync(stages: $"[{string.Join(',', Enumerable.Range(0, 5000).Select(i => $$"""{"name": "s{{i}}", "duration_ms": 1}"""))}]");

        Assert.Equal(2000, await database.ScalarAsync<int>("SELECT cardinality(stage_times) FROM performance_metrics"));
    }

    [Fact]
    public async Task A_partition_made_later_keeps_them_too_and_rows_that_move_into_it()
    {
        await InsertAsync(scores: """{"likeness": 0.5}""", stages: """[{"name": "a", "duration_ms": 3}]""", tier: "4k");
        await database.ScalarAsync<bool>("SELECT perfdash_ensure_metrics_month('2031-01-01Z')");
        await InsertAsync(scores: """{"likeness": 0.25, "x": 1}""");

        Assert.Equal(2, await database.CountAsync("performance_metrics_2031_01"));
        Assert.Equal(
            "0.25 t  ,0.5 f 4k 3",
            await database.ScalarAsync<string>(
                "SELECT string_agg(format('%s %s %s %s', likeness, has_other_scores, tier_key, stage_times[2]), ',' ORDER BY likeness) FROM performance_metrics_2031_01"));
        Assert.True(await database.ScalarAsync<bool>("SELECT 'autovacuum_vacuum_insert_scale_factor=0.02' = ANY(reloptions) FROM pg_class WHERE relname = 'performance_metrics_2031_01'"));
        Assert.True(await database.ScalarAsync<bool>("SELECT 'autovacuum_vacuum_insert_scale_factor=0.02' = ANY(reloptions) FROM pg_class WHERE relname = 'performance_metrics_default'"));
        // As an EF Core user would list them, so that all partitions have one shape: figures by workflow and by time, other
        // scores, long jobs.
        Assert.Equal(4, await database.ScalarAsync<long>(
            """
            SELECT count(*) FROM pg_index JOIN pg_class ON oid = indrelid
            WHERE relname = 'performance_metrics_2031_01' AND pg_get_indexdef(indexrelid) ~ 'boundary_ssim|has_other_scores$|has_other_scores\)$|86400000'
            """));
    }

    private Task<int> InsertAsync(string? scores = null, string? stages = null, string? tier = null) => database.ExecuteAsync(
        """
        WITH job AS (INSERT INTO jobs (workflow_id, worker_id, status) VALUES (1, 1, 'running') RETURNING id)
        INSERT INTO performance_metrics (job_id, workflow_id, worker_id, quality_scores_json, pipeline_stages_json, resolution_tier, created_at)
        SELECT id, 1, 1, @scores::jsonb, @stages::jsonb, @tier, '2031-01-05Z' FROM job
        """,
        ("scores", scores),
        ("stages", stages),
        ("tier", tier));
}
