using PerfDash.Core;
using PerfDash.Core.Collection;
using PerfDash.Core.Comparison.Changes;
using PerfDash.Core.Metrics;

namespace PerfDash.Tests.Comparison;

/// <summary>New versions of a workflow, by the fingerprint in its jobs' parameters.</summary>
public sealed class VersionChangesTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddWorkflowAsync();
        await database.AddWorkerAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_new_fingerprint_is_a_new_version_that_names_what_changed()
    {
        await RecordAsync(1, """{"fingerprint": "a", "model": "base.safetensors", "steps": 20, "seed": 1, "run_class": "cold"}""");
        await RecordAsync(2, """{"fingerprint": "a", "model": "base.safetensors", "steps": 20, "seed": 2, "run_class": "warm"}""");
        await RecordAsync(3, """{"fingerprint": "b", "model": "turbo.safetensors", "steps": 8, "loras": ["x", "y"], "seed": 3, "run_class": "cold"}""");
        await RecordAsync(4, """{"fingerprint": "a", "model": "base.safetensors", "steps": 20}""");
        await RecordAsync(5, """{"fingerprint": "c", "model": "base.safetensors", "steps": 20, "seed": 4}""");

        var versions = await ProposeAsync();

        Assert.Equal(
            [
                (Start.AddHours(3).UtcDateTime, "a", "b", "New version: Loras none → x, y, Model base.safetensors → turbo.safetensors, Steps 20 → 8."),
                (Start.AddHours(5).UtcDateTime, "a", "c", "New version: the graph or a setting changed."),
            ],
            versions.Select(v => (v.At, v.Before!, v.After!, v.Text)));
    }

    [Fact]
    public async Task An_earlier_job_that_is_recorded_later_moves_the_moment()
    {
        await RecordAsync(1, """{"fingerprint": "a"}""");
        await RecordAsync(9, """{"fingerprint": "b"}""");
        await RecordAsync(4, """{"fingerprint": "b"}""");
        await RecordAsync(6, """{"fingerprint": "b"}""");

        Assert.Equal(Start.AddHours(4).UtcDateTime, Assert.Single(await ProposeAsync()).At);
    }

    [Fact]
    public async Task Jobs_without_a_fingerprint_have_no_versions()
    {
        await RecordAsync(1, """{"steps": 1}""");
        await RecordAsync(2, """{"fingerprint": null, "steps": 2}""");
        await RecordAsync(3, "[]");

        Assert.Empty(await ProposeAsync());
        Assert.Equal(0, await database.ScalarAsync<long>("SELECT count(*) FROM workflow_versions"));
    }

    private async Task RecordAsync(int hour, string parameters)
    {
        await database.ExecuteAsync(
            "INSERT INTO jobs (workflow_id, worker_id, status, parameters, completed_at) VALUES (1, 1, 'completed', @parameters::jsonb, @at)", ("parameters", parameters), ("at", Start.AddHours(hour).UtcDateTime));
        await database.Get<MetricCollector>().CollectAsync(100, Cancel);
    }

    private async Task<List<SplitProposal>> ProposeAsync() =>
        [.. (await database.Get<SplitQueries>().ProposeAsync(1, new TimeRange(Start, Start.AddDays(1)), MetricFilter.None, Cancel)).Where(p => p.Kind == "version")];
}
