using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PerfDash.Tests.Browser.Layout;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Workers;

/// <summary>Workers side by side and one by one. The first four are the criteria of the worker benchmarking view.</summary>
public sealed class WorkerPagesTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    [Fact]
    public async Task Per_worker_cards_showing_speed_utilization_VRAM_usage()
    {
        await OpenAsync("/workers");

        var workers = await App.Database.ScalarAsync<long>("SELECT count(*) FROM workers");
        await Expect(ByTest("worker-card")).ToHaveCountAsync((int)workers);
        foreach (var card in (await ByTest("worker-card").AllAsync()).Take(3))
        {
            await Expect(card.Locator("[data-test='speed']")).ToHaveTextAsync(new Regex(@"^\d\.\d\d×$"));
            await Expect(card.Locator("[data-test='utilization']")).ToHaveTextAsync(new Regex(@"^\d+\.\d %$"));
            await Expect(card.Locator("[data-test='vram']")).ToHaveTextAsync(new Regex(@"^\d+\.\d GB$"));
            await Expect(card).ToContainTextAsync("of GPU memory");
            await Expect(card.Locator("[data-test='activity']")).ToHaveTextAsync(new Regex("^(Running|Idle|Not seen|Last seen)"));
        }

        // The state follows the host's jobs.
        var job = await site.AddRunningJobAsync();
        await App.Database.CompleteAsync(await App.Database.AddRunningJobAsync(1, 2));
        await Expect(ByTest("worker-card").Filter(new() { HasText = $"#{job}" })).ToContainTextAsync("Running a job");
        await App.Database.CompleteAsync(job);
    }

    [Fact]
    public async Task Same_job_type_comparison_across_different_workers()
    {
        await OpenAsync("/workers");
        var section = ByTest("job-type");
        var choice = ByTest("job-type-choice");
        var other = await choice.Locator("option").Nth(2).GetAttributeAsync("value");
        await choice.SelectOptionAsync(other!);
        await Expect(Page).ToHaveURLAsync(new Regex("job_type="));
        await Expect(section.Locator("h2").Nth(1)).ToHaveTextAsync((await choice.Locator("option").Nth(2).InnerTextAsync()).Split(" (")[0].Trim());

        var (workflow, tier) = (long.Parse(other!.Split(':')[0], CultureInfo.InvariantCulture), other.Split(':')[1]);
        var jobs = await App.Database.ScalarAsync<long>(
            "SELECT count(time_per_frame_ms) FROM performance_metrics WHERE workflow_id = @workflow_id AND resolution_tier = @tier AND created_at >= now() - INTERVAL '30 days'",
            ("workflow_id", workflow), ("tier", tier));
        var counts = await ByTest("job-type-table").Locator("tbody tr td:nth-child(2)").AllInnerTextsAsync();
        Assert.Equal(jobs, counts.Sum(c => long.Parse(c.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture)));
        await Expect(section.Locator("path.apexcharts-bar-area")).ToHaveCountAsync(counts.Count);

        await Page.ReloadAsync();
        await SettledAsync(Page);
        await Expect(choice).ToHaveValueAsync(other);
    }

    [Fact]
    public async Task Hardware_efficiency_ranking_table()
    {
        await OpenAsync("/workers");
        // A worker that shares too little work has no rank and stands last, whatever its speed.
        string[] ranks = [.. (await ByTest("ranking").Locator("tbody tr td:first-child").AllInnerTextsAsync()).Where(r => r != "–")];
        Assert.Equal(Enumerable.Range(1, ranks.Length), ranks.Select(r => int.Parse(r, CultureInfo.InvariantCulture)));
        var speeds = (await SpeedsAsync())[..ranks.Length];
        Assert.Equal(speeds.OrderDescending(), speeds);
        await Expect(ByTest("ranking").Locator(".speed-interval")).ToHaveCountAsync(ranks.Length);

        await ByTest("ranking").GetByRole(AriaRole.Link, new() { Name = "Relative speed" }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("sort=-speed"));
        await ByTest("ranking").GetByRole(AriaRole.Link, new() { Name = "Relative speed" }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("sort=speed"));
        await Eventually.ThatAsync(async () => await SpeedsAsync() is var now && now.Order().SequenceEqual(now), "the slowest stands first");

        async Task<double[]> SpeedsAsync() => [.. (await ByTest("ranking").Locator("tbody tr td:nth-child(3)").AllInnerTextsAsync())
            .Where(t => t.Contains('×', StringComparison.Ordinal)).Select(t => double.Parse(t.Split('×')[0], CultureInfo.InvariantCulture))];
    }

    [Fact]
    public async Task Utilization_pie_chart_generating_vs_idle_time()
    {
        await OpenAsync("/workers/1");
        var card = Page.Locator("section[aria-label='Generating and idle']");
        await Expect(card.Locator(".apexcharts-pie-area")).ToHaveCountAsync(2);
        var share = await ByTest("utilization").Locator(".stat-value").InnerTextAsync();
        await Expect(card.Locator(".pd-parts li").First).ToContainTextAsync("Generating");
        await Expect(card.Locator(".pd-parts li").First).ToContainTextAsync(share);
        await Expect(card.Locator(".pd-parts li").Last).ToContainTextAsync("Idle");

        await card.GetByRole(AriaRole.Button, new() { Name = "Show as table" }).ClickAsync();
        await Expect(card.Locator("tbody th")).ToHaveTextAsync(["Generating", "Idle"]);
    }

    [Fact]
    public async Task A_day_of_a_worker_can_be_chosen_and_read_without_the_drawing()
    {
        var day = await App.Database.ScalarAsync<string>(
            "SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM performance_metrics WHERE worker_id = 1 AND created_at < now() - INTERVAL '2 days' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1");
        await OpenAsync("/workers/1");
        await ByTest("day-choice").FillAsync(day);
        await Expect(Page).ToHaveURLAsync(new Regex($"day={day}"));
        await Expect(ByTest("day").Locator("h2")).ToHaveTextAsync(DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture).ToString("ddd d MMM yyyy", CultureInfo.InvariantCulture));
        await Expect(ByTest("day").Locator(".day-generating").First).ToBeAttachedAsync();
        var bars = await ByTest("day").Locator(".day-job").CountAsync();

        await ByTest("day").GetByRole(AriaRole.Button, new() { Name = "Show as table: timeline" }).FocusAsync();
        await Page.Keyboard.PressAsync("Enter");
        await Expect(ByTest("day").Locator("tbody tr")).ToHaveCountAsync(bars);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Previous day" }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("day=" + DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture).AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task An_unknown_worker_says_so_and_leads_back()
    {
        await OpenAsync("/workers/999999");
        await Expect(Page.Locator("h1")).ToHaveTextAsync("There is no such worker");
        await Page.GetByRole(AriaRole.Link, new() { Name = "All workers" }).ClickAsync();
        await Expect(Page.Locator("main h1")).ToHaveTextAsync("Workers");
    }

    [Fact]
    public async Task Coverage_headroom_and_failures_have_addresses_and_lead_to_the_jobs()
    {
        await OpenAsync("/workers?from=now-7d");
        await Page.GetByRole(AriaRole.Link, new() { Name = "Coverage", Exact = true }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("from=now-7d.*view=coverage"));
        await Expect(ByTest("coverage").Locator("td.coverage-none").First).ToBeAttachedAsync();
        await Expect(ByTest("coverage").Locator("td a").First).ToHaveAttributeAsync("href", new Regex(@"^/jobs\?.*worker_id=\d+.*workflow_id=\d+"));

        await Page.GetByRole(AriaRole.Link, new() { Name = "VRAM headroom" }).ClickAsync();
        await Expect(ByTest("headroom").Locator("tbody tr").First).ToContainTextAsync(new Regex(@"(Fits|Tight on) \d+ GB|Fits none"));
        await Page.GetByRole(AriaRole.Link, new() { Name = "Failures", Exact = true }).ClickAsync();
        await Expect(ByTest("failures").Locator("tbody tr").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Names_with_markup_stay_text_on_the_pages_of_workers()
    {
        const string Script = "<img src=x onerror=alert(1)>";
        var workflow = await App.Database.AddWorkflowAsync(Script);
        var worker = await App.Database.AddWorkerAsync(Script);
        await App.Database.AddCompletedJobAsync(workflow, worker, """{"frame_count": 10, "total_gpu_time_ms": 1000, "total_wall_time_ms": 60000, "vram_peak_mb": 9000, "resolution_tier": "1080p"}""", DateTime.UtcNow);
        await App.Database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status, error, completed_at) VALUES (@workflow_id, @worker_id, 'failed', @error, now())", ("workflow_id", workflow), ("worker_id", worker), ("error", Script));
        foreach (var (path, text) in ((string, string)[])
        [
            ("/workers?job_type=" + workflow + ":1080p", "job-type-table"), ("/workers?view=coverage", "coverage"), ("/workers?view=vram", "headroom"),
            ("/workers?view=failures", "failures"), ($"/workers/{worker}", "worker-failures"), ("/settings", "settings-workers"),
        ])
        {
            await OpenAsync(path);
            await Expect(ByTest(text)).ToContainTextAsync(Script);
            await Expect(Page.Locator("main img")).ToHaveCountAsync(0);
        }
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1440)]
    [InlineData(ColorScheme.Dark, 390)]
    public async Task Nothing_keeps_assistive_technology_out_and_nothing_scrolls_the_page_sideways(ColorScheme scheme, int width)
    {
        var page = await NewPageAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 844 } });
        foreach (var path in (string[])["/workers", "/workers?view=coverage", "/workers?view=vram", "/workers?view=failures", "/workers/1", "/estimate?workflow=1&frames=48&tier=1080p", "/estimate?workflow=1&frames=x", "/settings"])
        {
            await OpenAsync(path, page);
            await AppearanceTests.ExpectAccessibleAsync(page);
            Assert.False(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"), $"{path} scrolls sideways.");
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Edit render-01" }).ClickAsync();
        // The dialog takes the focus, and with it what is typed, to its first field.
        await Expect(page.GetByRole(AriaRole.Dialog).GetByLabel("Name")).ToBeFocusedAsync();
        await page.GetByLabel("Price per GPU hour").FillAsync("free");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Enter a number from 0");
        await AppearanceTests.ExpectAccessibleAsync(page);
    }
}
