using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PerfDash.Tests.Sources;
using PerfDash.Tests.Sources.ComfyUi.Fake;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Jobs;

/// <summary>Images of a ComfyUI server beside scores, as a browser shows them.</summary>
public sealed class OutputStripPagesTests(Chromium chromium, Site site) : PageTest(chromium, site), IClassFixture<Site>
{
    private ILocator Strips => ByTest("output-strip");

    [Fact]
    public async Task Outputs_stand_beside_scores_in_quality_and_compare()
    {
        await using var server = await FakeComfyUi.StartAsync();
        var pictures = Directory.GetFiles(Path.Combine(Repository.Root, "docs", "images"), "*.png").Order(StringComparer.Ordinal).ToArray();
        for (var i = 0; i < 20; i++)
            server.AddFile($"{i}.png", await File.ReadAllBytesAsync(pictures[i % pictures.Length], Cancellation));
        var source = await App.FollowAsync(server);
        await AddJobsAsync(source);
        // Of the last job the server has lost the file.
        ExpectInConsole("404");

        await OpenAsync("/quality");
        await Expect(Strips).ToHaveCountAsync(2);
        await Expect(Strips.First.Locator("figcaption")).ToHaveTextAsync(["0.50", "0.53", "0.56", "0.59", "0.62", "0.65", "0.68", "0.71"]);
        await ShowAsync(Strips);
        await Expect(ByTest("output-missing")).ToHaveCountAsync(1);
        await Expect(Strips.Nth(1).Locator("li").Last.Locator("[data-test=output-missing]")).ToBeVisibleAsync();
        await Strips.First.GetByRole(AriaRole.Link, new() { Name = "Output of job 1, likeness 0.50" }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex(@"/jobs/1\b"));

        await OpenAsync("/compare?workflows=2,1");
        await Expect(Strips).ToHaveCountAsync(2);
        await Expect(ByTest("output-strips").Locator("h2")).ToHaveTextAsync("Outputs by likeness");
        await ShowAsync(Strips);

        var split = DateTime.UtcNow.AddHours(-10).ToString("yyyy-MM-ddTHH:mm:ssZ", null);
        await OpenAsync($"/compare?mode=history&workflow=1&split={split}");
        await Expect(ByTest("output-strips").Locator("h3")).ToHaveTextAsync(["Before", "After"]);
        await Expect(Strips.Nth(1).Locator("li")).ToHaveCountAsync(4);
    }

    /// <summary>Sixteen jobs of two workflows, one an hour, the newest last.</summary>
    private async Task AddJobsAsync(long source)
    {
        await App.Database.ExecuteAsync("INSERT INTO workflows (id, name) VALUES (1, 'SDXL portrait'), (2, 'FLUX.1 dev fp8 character')");
        var worker = await App.Database.ScalarAsync<long>("SELECT min(id) FROM workers");
        await App.Database.AddJobsAsync([.. Enumerable.Range(1, 16).Select(i => new FarmRow
        {
            JobId = i,
            WorkflowId = i <= 8 ? 1 : 2,
            WorkerId = worker,
            TimePerFrameMs = 100 + i,
            Frames = 1,
            Tier = "1080p",
            Scores = new Dictionary<string, double> { ["aesthetic"] = 5, ["likeness"] = 0.5 + ((i - 1) * 0.03) },
            CompletedAt = DateTime.UtcNow.AddHours(i <= 8 ? i * 2 - 19.5 : i - 20.5),
        })]);
        await App.Database.ExecuteAsync(
            """
            UPDATE jobs SET external_id = 'comfyui:' || @source || ':' || id,
                result = jsonb_build_object('outputs', jsonb_build_array(jsonb_build_object('filename', CASE WHEN id = 16 THEN 'lost' ELSE id::text END || '.png', 'subfolder', '', 'type', 'output')))
            """,
            ("source", source));
    }

    private static async Task ShowAsync(ILocator strips)
    {
        await strips.First.ScrollIntoViewIfNeededAsync();
        foreach (var image in await strips.Locator("img").AllAsync())
        {
            await image.ScrollIntoViewIfNeededAsync();
            await Expect(image).ToHaveJSPropertyAsync("complete", true);
            Assert.True(await image.EvaluateAsync<int>("i => i.naturalWidth") > 0);
        }
    }
}
