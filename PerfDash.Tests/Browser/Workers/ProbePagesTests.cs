using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PerfDash.Tests.Browser.Layout;
using PerfDash.Tests.Sources;
using PerfDash.Tests.Sources.ComfyUi.Fake;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Workers;

/// <summary>A golden probe from its set-up to the before and after of a new version.</summary>
public sealed class ProbePagesTests(Chromium chromium, Site site) : PageTest(chromium, site), IClassFixture<Site>
{
    [Fact]
    public async Task A_probe_is_set_up_run_and_read_before_and_after_a_new_version()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var source = await App.FollowAsync(server, "gpu-9");
        await OpenAsync("/settings/sources");
        var row = Page.Locator("[data-test=sources]").GetByRole(AriaRole.Row).Filter(new() { HasText = "gpu-9" });
        await row.GetByRole(AriaRole.Button, new() { Name = "Set up the probe of gpu-9" }).ClickAsync();
        var dialog = Page.Locator("[data-test=probe-dialog]");
        await dialog.GetByLabel("Graph").FillAsync("{\"nodes\": []}");
        await Page.Locator("[data-test=save-probe]").ClickAsync();
        await Expect(Page.Locator("[data-test=dialog-error]")).ToContainTextAsync("Export (API)");
        await Page.Locator("[data-test=probe-file]").SetInputFilesAsync(Path.Combine(Repository.Root, "PerfDash.Tests", "Sources", "ComfyUi", "Prompts", "cog_sd15_txt2img.json"));
        await Expect(dialog.GetByLabel("Graph")).ToHaveValueAsync(new Regex("KSampler"));
        await SettledAsync(Page);
        await AppearanceTests.ExpectAccessibleAsync(Page);
        await Page.Locator("[data-test=save-probe]").ClickAsync();
        await Expect(row.Locator("[data-test=probe]")).ToContainTextAsync("on demand");
        await row.GetByRole(AriaRole.Button, new() { Name = "Run the probe of gpu-9" }).ClickAsync();

        await Eventually.EqualAsync(2, () => Task.FromResult(server.Pending.Count));
        foreach (var (id, _) in server.Pending)
            await server.RunAsync(id, [("3", 300), ("9", 10)], cached: ["4", "5", "6", "7"]);
        await Expect(row.Locator("[data-test=probe]")).ToContainTextAsync(new Regex(@"on demand, last \d+ ms"));

        // As if it had run every ten hours, the last six times on another version.
        await App.Database.ExecuteAsync("DELETE FROM source_probe_runs");
        await App.Database.ExecuteAsync(
            """
            INSERT INTO source_probe_runs (source_id, worker_id, prompt_id, state, graph_hash, models, submitted_at, completed_at, total_wall_time_ms, vram_peak_mb, run_class, cached_nodes, version, pytorch_version, gpu_model)
            SELECT s.id, s.worker_id, 'p' || i, 'completed', 'g', '{v1-5-pruned-emaonly.safetensors}', now() - (13 - i) * INTERVAL '10 hours', now() - (13 - i) * INTERVAL '10 hours',
                CASE WHEN i < 7 THEN 20000 + i * 30 ELSE 22000 + i * 30 END, 14200, 'warm', 4, CASE WHEN i < 7 THEN '0.3.64' ELSE '0.27.1' END, '2.8.0+cu128', 'NVIDIA GeForce RTX 4090'
            FROM sources AS s, generate_series(1, 12) AS i WHERE s.id = @source
            """,
            ("source", source));
        var worker = await App.Database.ScalarAsync<long>("SELECT worker_id FROM sources");
        await OpenAsync(string.Create(CultureInfo.InvariantCulture, $"/workers/{worker}"));
        var changes = Page.Locator("[data-test=probe-changes]");
        var change = changes.Locator("tbody tr").First;
        await Expect(change).ToContainTextAsync("ComfyUI 0.3.64 → 0.27.1");
        await Expect(change).ToContainTextAsync("slower");
        await Expect(change).ToContainTextAsync("n = 6");
        await change.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex(@"probe_change=\d+"));
        // 20.105 s is the middle of six, 22.285 s that of the six after.
        await Expect(changes.Locator("[data-test=probe-sentence]")).ToContainTextAsync("Median 20.1 s before (n = 6 runs), 22.3 s after (n = 6 runs): +10.8 %");
        await Expect(changes.Locator("[data-test=probe-chosen] tbody tr")).ToHaveCountAsync(12);
        await SettledAsync(Page);
        await AppearanceTests.ExpectAccessibleAsync(Page);
    }
}
