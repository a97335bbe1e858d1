using Microsoft.Playwright;
using PerfDash.Tests.Browser.Layout;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Settings;

/// <summary>Workflows that ComfyUI names by their graphs: merged by an admin, told apart by version and by class of run.</summary>
public sealed class WorkflowVersionsTests(Chromium chromium, Site site) : PageTest(chromium, site), IClassFixture<Site>
{
    [Fact]
    public async Task Two_names_of_the_same_work_become_one()
    {
        await AddJobsAsync();
        await OpenAsync("/settings");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Merge Portrait copy into another workflow" }).ClickAsync();
        var dialog = Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Merge" })).ToBeDisabledAsync();
        await dialog.GetByLabel("Merge into").FillAsync("Portrait");
        await Page.GetByText("Portrait (#1)").ClickAsync();

        await Expect(Page.Locator("[data-test=merge-preview]")).ToContainTextAsync("24 jobs in the jobs table will be changed to workflow #1, 24 of them with recorded figures. No figure changes.");
        await AppearanceTests.ExpectAccessibleAsync(Page);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Merge" }).ClickAsync();

        await Expect(Page.Locator("[data-test=settings-workflows]")).ToContainTextAsync("1 workflow.");
        await OpenAsync("/workflows/2");
        await Page.Locator("[data-test=merged]").GetByRole(AriaRole.Link, new() { Name = "Portrait" }).ClickAsync();
        await Expect(Page.GetByText("48 jobs · updated")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_new_version_is_marked_and_compared_and_cold_runs_can_be_filtered()
    {
        await AddJobsAsync();
        await OpenAsync("/workflows/1");
        var changes = Page.Locator("[data-test=changes]");
        await Expect(changes).ToContainTextAsync("New version: Model base → turbo.");
        await changes.GetByRole(AriaRole.Link, new() { Name = "Compare before and after" }).First.ClickAsync();
        await Expect(Page.Locator("[data-test=matching]")).ToContainTextAsync("tier, run class and worker");

        await OpenAsync("/jobs?workflow_id=1");
        await Page.Locator("[data-test=filters]").ClickAsync();
        await Page.GetByRole(AriaRole.Dialog).GetByLabel("Run class").ClickAsync();
        await Page.GetByRole(AriaRole.Option, new() { Name = "Cold" }).ClickAsync();
        await Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();

        await Expect(Page.Locator("[data-test=filter-chips]")).ToContainTextAsync("Run class: cold");
        await Expect(Page.Locator("tbody tr")).ToHaveCountAsync(6);
        await Expect(Page.Locator("tbody tr").First).ToContainTextAsync("cold");
    }

    /// <summary>24 jobs of each of two workflows, the first of every four cold, the later half with another model.</summary>
    private async Task AddJobsAsync()
    {
        await App.Database.ClearAsync();
        await App.Database.ExecuteAsync(
            """
            INSERT INTO workflows (name, external_id) VALUES ('Portrait', 'a'), ('Portrait copy', 'b'); INSERT INTO workers (name) VALUES ('gpu-01');
            INSERT INTO jobs (workflow_id, worker_id, status, parameters, result, completed_at)
            SELECT w, 1, 'completed',
                   jsonb_build_object('run_class', CASE i % 4 WHEN 0 THEN 'cold' ELSE 'warm' END, 'fingerprint', CASE WHEN i < 12 THEN 'one' ELSE 'two' END, 'model', CASE WHEN i < 12 THEN 'base' ELSE 'turbo' END),
                   jsonb_build_object('frame_count', 10, 'total_gpu_time_ms', CASE i % 4 WHEN 0 THEN 9000 ELSE 4000 END + i, 'resolution_tier', '1080p'),
                   now() - INTERVAL '2 days' + i * INTERVAL '1 hour'
            FROM generate_series(0, 23) AS i, generate_series(1, 2) AS w
            """);
        await Eventually.EqualAsync(48L, () => App.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
    }
}
