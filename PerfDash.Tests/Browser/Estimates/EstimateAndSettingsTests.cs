using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using PerfDash.Core.Settings;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Estimates;

public sealed class EstimateAndSettingsTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    [Fact]
    public async Task A_job_is_estimated_from_a_form_whose_address_can_be_sent_on()
    {
        await OpenAsync("/estimate");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Estimate", Exact = true }).ClickAsync();
        await Expect(Page.Locator("#workflow-error")).ToHaveTextAsync("Choose a workflow.");
        await ByTest("workflow").SelectOptionAsync("1");
        await ByTest("frames").FillAsync("48");
        await ByTest("tier").SelectOptionAsync("1080p");
        await Page.Keyboard.PressAsync("Tab");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Estimate", Exact = true }).ClickAsync();

        await Expect(Page).ToHaveURLAsync(new Regex(@"workflow=1.*frames=48.*tier=1080p"));
        await Expect(ByTest("basis")).ToContainTextAsync("at 1080p on any worker");
        await Expect(ByTest("estimate").Locator("[data-test='range-bar']")).ToBeVisibleAsync();
        var workers = await App.Database.ScalarAsync<long>("SELECT count(*) FROM workers");
        await Expect(ByTest("by-worker").Locator("tbody tr")).ToHaveCountAsync((int)workers);
        await Expect(ByTest("backtest")).ToContainTextAsync(new Regex("finished between P10 and P90|Not enough jobs|Not computed yet"));
        var expected = await ByTest("expected-time").Locator(".stat-value").InnerTextAsync();

        await Page.ReloadAsync();
        await SettledAsync(Page);
        await Expect(ByTest("expected-time").Locator(".stat-value")).ToHaveTextAsync(expected);
        await Expect(ByTest("frames")).ToHaveValueAsync("48");
        await ReadsAsync("workflow", await App.Database.ScalarAsync<string>("SELECT name FROM workflows WHERE id = 1"));
        await ReadsAsync("tier", "1080p");

        // Options come after the value: what the address says is read, also where there is no such option.
        var (worker, name) = (await App.Database.ScalarAsync<long>("SELECT max(id) FROM workers"), await App.Database.ScalarAsync<string>("SELECT name FROM workers ORDER BY id DESC LIMIT 1"));
        await OpenAsync($"/estimate?workflow=2&frames=120&tier=720p&worker={worker}");
        await ReadsAsync("workflow", await App.Database.ScalarAsync<string>("SELECT name FROM workflows WHERE id = 2"));
        await ReadsAsync("tier", "720p");
        await ReadsAsync("worker", name);
        await OpenAsync("/estimate?workflow=2&frames=120&tier=16k");
        await ReadsAsync("tier", "16k");
        await ReadsAsync("worker", "Any");
        await OpenAsync("/estimate?workflow=987654&frames=120");
        await ReadsAsync("workflow", "Workflow 987654");

        async Task ReadsAsync(string select, string text) => await Expect(ByTest(select).Locator("option:checked")).ToHaveTextAsync(text);
    }

    [Fact]
    public async Task A_price_entered_in_the_settings_is_the_cost_of_an_estimate()
    {
        var worker = await App.Database.AddWorkerAsync("new card");
        await App.Database.AddCompletedJobAsync(1, worker, """{"frame_count": 100, "total_gpu_time_ms": 3600000, "resolution_tier": "settings-test"}""", DateTime.UtcNow);
        await Eventually.ThatAsync(async () => await App.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE resolution_tier = 'settings-test'") == 1, "the job is recorded");
        await OpenAsync("/settings");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Edit new card" }).ClickAsync();
        var dialog = Page.GetByRole(AriaRole.Dialog);
        // Until the dialog has taken the focus, it may still render its fields again.
        await Expect(dialog.Locator(":focus")).ToHaveCountAsync(1);
        await dialog.GetByLabel("GPU memory (MB)").FillAsync("24 GB");
        await Expect(dialog).ToContainTextAsync("Enter a whole number of MB");
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Save" })).ToBeDisabledAsync();
        await dialog.GetByLabel("GPU memory (MB)").FillAsync("24576");
        await dialog.GetByLabel("Price per GPU hour (USD)").FillAsync("2.5");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(ByTest("settings-workers").Locator("tbody tr").Filter(new() { HasText = "new card" })).ToContainTextAsync("2.50");
        Assert.Equal(2.5m, await App.Database.ScalarAsync<decimal>("SELECT gpu_hour_price FROM workers WHERE id = @id", ("id", worker)));

        await OpenAsync($"/estimate?workflow=1&frames=100&tier=settings-test&worker={worker}");
        await Expect(ByTest("expected-cost").Locator(".stat-value")).ToHaveTextAsync("2.50 USD");
    }

    [Fact]
    public async Task Open_pages_take_over_names_and_prices_that_change_elsewhere()
    {
        var worker = await App.Database.AddWorkerAsync("card before");
        var job = await App.Database.AddCompletedJobAsync(1, worker, """{"frame_count": 100, "total_gpu_time_ms": 3600000, "resolution_tier": "elsewhere"}""", DateTime.UtcNow);
        await Eventually.ThatAsync(async () => await App.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE resolution_tier = 'elsewhere'") == 1, "the job is recorded");
        var (jobs, detail, estimate, paused) = (await NewPageAsync(), await NewPageAsync(), await NewPageAsync(), await NewPageAsync());
        await OpenAsync("/settings");
        await OpenAsync("/jobs?resolution_tier=elsewhere", jobs);
        await OpenAsync($"/jobs/{job}", detail);
        await OpenAsync($"/estimate?workflow=1&frames=100&tier=elsewhere&worker={worker}", estimate);
        await OpenAsync("/settings", paused);
        await ByTest(paused, "live-mark").ClickAsync();
        await Expect(ByTest(paused, "live-mark")).ToContainTextAsync("Paused");
        // What somebody types meanwhile stays.
        await ByTest(estimate, "frames").FillAsync("77");

        // As another instance does it: the change is committed, then announced.
        await App.Database.ExecuteAsync("UPDATE workers SET name = 'card after', gpu_hour_price = 4 WHERE id = @id", ("id", worker));
        App.Services.GetRequiredService<SettingsUpdates>().Publish();

        await Expect(ByTest("settings-workers").Locator("tbody tr").Filter(new() { HasText = "card after" })).ToContainTextAsync("4.00");
        await Expect(ByTest(jobs, "jobs-table").Locator("tbody")).ToContainTextAsync("card after");
        await Expect(detail.Locator("main")).ToContainTextAsync("card after");
        // 3,600,000 ms are an hour.
        await Expect(ByTest(estimate, "expected-cost").Locator(".stat-value")).ToHaveTextAsync("4.00 USD");
        await Expect(ByTest(estimate, "worker").Locator("option:checked")).ToHaveTextAsync("card after");
        await Expect(ByTest(estimate, "frames")).ToHaveValueAsync("77");
        await Expect(ByTest(paused, "settings-workers")).ToContainTextAsync("card before");
        await ByTest(paused, "live-mark").ClickAsync();
        await Expect(ByTest(paused, "settings-workers")).ToContainTextAsync("card after");
    }

    [Fact]
    public async Task Settings_show_what_the_program_was_started_with_and_no_secret()
    {
        await OpenAsync("/settings");
        await Expect(ByTest("settings-configuration")).ToContainTextAsync("unlimited");
        await Expect(ByTest("settings-configuration")).ToContainTextAsync("PerfDash:Retention:KeepMetricsFor");
        Assert.DoesNotContain("assword", await Page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        await Page.GetByRole(AriaRole.Link, new() { Name = "Open Collection" }).ClickAsync();
        await Expect(Page.Locator("main h1")).ToHaveTextAsync("Collection");
    }
}
