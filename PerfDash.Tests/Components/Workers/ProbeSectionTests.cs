using Bunit;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core;
using PerfDash.Core.Sources.Probes;
using PerfDash.Data.Entities;
using PerfDash.Data.Sources;
using PerfDash.Web.Features.Workers.Probes;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Components.Workers;

/// <summary>The golden probe on the page of a worker.</summary>
public sealed class ProbeSectionTests(TestDatabase database) : PageContext, IClassFixture<TestDatabase>
{
    [Fact]
    public async Task A_worker_without_runs_has_no_such_section()
    {
        var worker = await PrepareAsync();
        var section = RenderSection(worker);
        section.WaitForAssertion(() => Assert.Equal(LoadState.Shown, section.Instance.Loader.State), Eventually.Limit);
        Assert.Empty(section.FindAll("section"));
    }

    [Fact]
    public async Task A_run_that_was_chosen_is_compared_with_those_before_it_although_nothing_is_known_to_have_changed()
    {
        var worker = await PrepareAsync(1000, 2000, 3000, 4000, 6000);
        var section = RenderSection(worker, $"?probe_change={await IdAsync(4)}");

        section.WaitForAssertion(() => Assert.Contains("No change of ComfyUI", section.Markup, StringComparison.Ordinal), Eventually.Limit);
        // 2 s is the middle of the first three, 5 s that of 4 s and 6 s.
        Assert.Equal(
            "Nothing that the server tells of changed here. Median 2.00 s before (n = 3 runs), 5.00 s after (n = 2 runs): +150.0 %",
            section.Find("[data-test=probe-sentence]").TextContent.Split(" (95 %")[0].Split(", inconclusive")[0]);
        Assert.Equal(["after", "after", "before", "before", "before"], section.FindAll("[data-test=probe-chosen] tbody td:nth-child(2)").Select(cell => cell.TextContent));
    }

    [Fact]
    public async Task A_first_run_has_nothing_before_it()
    {
        var worker = await PrepareAsync(1000, 2000);
        var section = RenderSection(worker, $"?probe_change={await IdAsync(1)}");
        section.WaitForAssertion(() => Assert.Contains("nothing to compare", section.Find("p[role=status]").TextContent, StringComparison.Ordinal), Eventually.Limit);
    }

    [Fact]
    public void A_chart_has_a_series_for_each_class_with_completed_runs_of_the_range_alone()
    {
        ProbeRunItem[] runs = [Run(1, RunClass.Warm, 100), Run(2, RunClass.Cold, 300), Run(3, RunClass.Warm, null)];
        var chart = ProbeText.ChartOf(runs, new WorkerProbes(runs, new Dictionary<long, string> { [7] = "gpu" }), [new ProbeChange(1, 7, Now.AddHours(-1).UtcDateTime, ["ComfyUI 1 → 2", "GPU a → b"], null)], new TimeRange(Now.AddDays(-1), Now));

        Assert.Equal([("Warm", 1), ("Cold", 1)], chart.Series.Select(s => (s.Name, s.Points.Count)));
        Assert.Equal("ComfyUI 1 → 2 (and 1 more)", Assert.Single(chart.Markers).Label);
    }

    private static ProbeRunItem Run(long id, RunClass runClass, long? time) => new()
    {
        Id = id,
        SourceId = 7,
        WorkerId = 1,
        PromptId = "p",
        State = time is null ? ProbeRunState.Failed : ProbeRunState.Completed,
        SubmittedAt = Now.AddHours(-1).UtcDateTime,
        CompletedAt = Now.AddHours(-1).UtcDateTime,
        TotalWallTimeMs = time,
        VramPeakMb = null,
        RunClass = runClass,
        CachedNodes = 0,
        Version = null,
        PytorchVersion = null,
        GpuModel = null,
        Models = [],
        GraphHash = "g",
        Error = time is null ? "x" : null,
    };

    /// <summary>A worker whose probe took these milliseconds, an hour apart.</summary>
    private async Task<long> PrepareAsync(params int[] times)
    {
        await database.ClearAsync();
        await database.ExecuteAsync("INSERT INTO workers (name, external_id) VALUES ('gpu', 'gpu')");
        await database.ExecuteAsync("INSERT INTO sources (name, kind, url, worker_id, enabled) SELECT 'gpu', 'comfyui', 'http://gpu/', id, false FROM workers");
        await database.ExecuteAsync(
            """
            INSERT INTO source_probe_runs (source_id, worker_id, prompt_id, state, graph_hash, completed_at, total_wall_time_ms, run_class, cached_nodes)
            SELECT s.id, s.worker_id, i, 'completed', 'g', @now - (10 - i) * INTERVAL '1 hour', ms, 'warm', 0 FROM sources AS s, unnest(@times) WITH ORDINALITY AS t(ms, i)
            """,
            ("now", Now.UtcDateTime),
            ("times", times));
        return await database.ScalarAsync<long>("SELECT id FROM workers");
    }

    private Task<long> IdAsync(int run) => database.ScalarAsync<long>("SELECT id FROM source_probe_runs WHERE prompt_id = @run::text", ("run", run));

    private IRenderedComponent<ProbeSection> RenderSection(long worker, string query = "")
    {
        Services.AddSingleton(database.Get<ProbeQueries>());
        _ = Popovers;
        var uri = Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>();
        uri.NavigateTo("http://localhost/workers/1" + query);
        return Render<ProbeSection>(p => p.Add(c => c.WorkerId, worker).AddCascadingValue(PageQuery.Parse("http://localhost/workers/1" + query)));
    }
}
