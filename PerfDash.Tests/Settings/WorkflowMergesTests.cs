using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Access;
using PerfDash.Core.Rollups;
using PerfDash.Core.Settings;
using PerfDash.Tests.Rollups;

namespace PerfDash.Tests.Settings;

/// <summary>Two workflows become one.</summary>
public sealed class WorkflowMergesTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private WorkflowMerges Merges => app.Services.GetRequiredService<WorkflowMerges>();

    [Fact]
    public async Task The_jobs_of_both_count_for_one_also_in_roll_ups()
    {
        await app.Database.ClearAsync();
        await app.Database.AddRandomFarmAsync(12, days: 5);
        await app.Services.GetRequiredService<RollupCloser>().RebuildAsync(null, null, Cancel);
        var (first, second) = (await JobsOfAsync(1), await JobsOfAsync(2));
        var all = await GetAsync("overview?from=now-4d");

        var preview = await Merges.PreviewAsync(2, 1, Cancel);
        Assert.True(await Merges.MergeAsync(2, 1, By.Admin(), Cancel));

        Assert.Equal(("Workflow 2", "Workflow 1"), (preview!.Name, preview.IntoName));
        Assert.Equal((first + second, 0), (await JobsOfAsync(1), await JobsOfAsync(2)));
        var after = await GetAsync("overview?from=now-4d");
        foreach (var figure in (string[])["job_count", "max_time_per_frame_ms", "total_frames"])
            Assert.Equal(all.GetProperty(figure).GetDouble(), after.GetProperty(figure).GetDouble());
        Assert.Equal(preview.Jobs, preview.Metrics);
        Assert.Equal(0, await app.Database.ScalarAsync<long>("SELECT count(*) FROM jobs WHERE workflow_id = 2"));
        Assert.Equal(0, await app.Database.ScalarAsync<long>("SELECT count(*) FROM job_completions"));
        Assert.True(await app.Database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM access_audit WHERE action = 'workflow_merged' AND target = 'Workflow 2' AND detail = 'id 2 into 1')"));
        Assert.DoesNotContain(await app.Services.GetRequiredService<FarmSettings>().GetWorkflowsAsync(Cancel), w => w.Id == 2);
    }

    [Fact]
    public async Task What_is_reported_for_a_merged_workflow_counts_for_the_other()
    {
        await app.Database.ClearAsync();
        await app.Database.ExecuteAsync("INSERT INTO workflows (name, external_id) VALUES ('one', 'key-1'), ('two', 'key-2'), ('three', 'key-3'); INSERT INTO workers (name) VALUES ('w')");
        Assert.True(await Merges.MergeAsync(3, 2, By.Admin(), Cancel));
        Assert.True(await Merges.MergeAsync(2, 1, By.Admin(), Cancel));

        using var reported = await app.Client.PostAsJsonAsync(
            "/performance/jobs/completed",
            new object[]
            {
                new { external_id = "a", workflow = new { external_id = "key-3" }, worker = new { id = 1 } },
                new { external_id = "b", workflow = new { id = 2 }, worker = new { id = 1 } },
            },
            Cancel);
        Assert.Equal(HttpStatusCode.Accepted, reported.StatusCode);
        // The host goes on naming it by its id.
        await app.Database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status) VALUES (3, 1, 'completed')");
        await Eventually.EqualAsync(3L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
        await Merges.MoveRecordedAsync(Cancel);

        Assert.Equal((3, 3), (await app.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE workflow_id = 1"), await app.Database.ScalarAsync<long>("SELECT count(*) FROM jobs WHERE workflow_id = 1")));
    }

    [Fact]
    public async Task Rules_go_along_and_alerts_of_the_merged_workflow_end()
    {
        await app.Database.ClearAsync();
        await app.Database.ExecuteAsync("INSERT INTO workflows (name) VALUES ('one'), ('two'); INSERT INTO workers (name) VALUES ('w')");
        using var made = await app.Client.PostAsJsonAsync(
            "/performance/alerts/thresholds", new { metric_name = "vram_peak_mb", scope_type = "workflow", scope_id = 2, warning_threshold = 10, critical_threshold = 20 }, Cancel);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        await app.Database.ExecuteAsync("""INSERT INTO jobs (workflow_id, worker_id, status, result) VALUES (2, 1, 'completed', '{"vram_peak_mb": 15}')""");
        await Eventually.EqualAsync(1, async () => (await GetAsync("alerts?state=open")).GetProperty("items").GetArrayLength());
        var preview = await Merges.PreviewAsync(2, 1, Cancel);

        Assert.True(await Merges.MergeAsync(2, 1, By.Admin(), Cancel));

        Assert.Equal((1, 1), (preview!.AlertRules, preview.OpenAlerts));
        Assert.Equal(1, (await GetAsync("alerts/thresholds")).GetProperty("items")[0].GetProperty("scope_id").GetInt64());
        await Eventually.EqualAsync(0, async () => (await GetAsync("alerts?state=open")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Only_an_admin_merges_and_only_two_that_are_there()
    {
        await app.Database.ClearAsync();
        await app.Database.ExecuteAsync("INSERT INTO workflows (name) VALUES ('one'), ('two'), ('three')");

        await Assert.ThrowsAsync<AccessDeniedException>(() => Merges.MergeAsync(2, 1, By.Viewer, Cancel));
        Assert.False(await Merges.MergeAsync(1, 1, By.Admin(), Cancel));
        Assert.False(await Merges.MergeAsync(1, 99, By.Admin(), Cancel));
        Assert.Null(await Merges.PreviewAsync(99, 1, Cancel));
        Assert.True(await Merges.MergeAsync(2, 1, By.Admin(), Cancel));
        // Once merged it is nothing to merge into, and not to be merged again.
        Assert.False(await Merges.MergeAsync(3, 2, By.Admin(), Cancel));
        Assert.False(await Merges.MergeAsync(2, 3, By.Admin(), Cancel));
        Assert.Null(await Merges.PreviewAsync(1, 2, Cancel));
    }

    private async Task<long> JobsOfAsync(long workflowId) => (await GetAsync($"workflow/{workflowId}?from=now-4d")).GetProperty("job_count").GetInt64();

    private Task<JsonElement> GetAsync(string route) => app.Client.GetFromJsonAsync<JsonElement>($"/performance/{route}", Cancel);
}
