using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser;

/// <summary>What every page has around it: search, keys, filters, the reader's own defaults.</summary>
public sealed class ShellTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>
{
    private ILocator Dialog => Page.GetByRole(AriaRole.Dialog);

    [Fact]
    public async Task Ctrl_k_finds_a_page_by_keyboard_alone_and_keeps_the_range()
    {
        await OpenAsync("/?from=now-7d");
        await Page.Keyboard.PressAsync("Control+k");
        await Expect(Dialog.GetByRole(AriaRole.Combobox)).ToBeFocusedAsync();
        await Page.Keyboard.TypeAsync("collec");
        await Expect(Page.Locator(".search-hit")).ToHaveCountAsync(1);
        await Page.Keyboard.PressAsync("ArrowDown");
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page).ToHaveURLAsync(new Regex(@"/collection\?from=now-7d$"));
    }

    [Fact]
    public async Task Search_finds_workflows_workers_and_jobs_and_shows_names_as_text()
    {
        await App.Database.ExecuteAsync("INSERT INTO workflows (name) VALUES ('<img src=x onerror=alert(1)> strange')");
        var job = await App.Database.ScalarAsync<long>("SELECT max(id) FROM jobs");
        await OpenAsync();
        await ByTest("search").ClickAsync();
        await Dialog.GetByRole(AriaRole.Combobox).FillAsync("onerror");
        await Expect(Page.Locator(".search-hit-name").Last).ToHaveTextAsync("<img src=x onerror=alert(1)> strange");
        await Dialog.GetByRole(AriaRole.Combobox).FillAsync(job.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await Expect(Dialog.Locator(".search-hit").Filter(new() { HasText = $"#{job}" })).ToBeVisibleAsync();
        // Inside the dialog, whatever is found.
        var (outer, inner) = (await Dialog.BoundingBoxAsync(), await Dialog.Locator(".search-hits").BoundingBoxAsync());
        Assert.InRange(inner!.Y + inner.Height, outer!.Y, outer.Y + outer.Height);
        await Dialog.GetByRole(AriaRole.Combobox).FillAsync("no such thing");
        await Expect(Dialog.GetByRole(AriaRole.Status)).ToContainTextAsync("No results.");
    }

    [Fact]
    public async Task A_question_mark_shows_the_keys_and_single_keys_can_be_switched_off()
    {
        await OpenAsync();
        await Page.Keyboard.PressAsync("g");
        await Page.Keyboard.PressAsync("l");
        await Expect(Page).ToHaveURLAsync(new Regex("/collection"));
        await Page.Keyboard.PressAsync("?");
        await Expect(ByTest("shortcut-sheet")).ToBeVisibleAsync();
        await Dialog.GetByRole(AriaRole.Switch).ClickAsync();
        await Page.Keyboard.PressAsync("Escape");
        await Expect(Dialog).ToHaveCountAsync(0);

        await Page.Keyboard.PressAsync("g");
        await Page.Keyboard.PressAsync("o");
        await Page.Keyboard.PressAsync("Control+k");
        await Expect(Dialog).ToBeVisibleAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("/collection"));
    }

    [Fact]
    public async Task Filters_are_in_the_address_and_each_can_be_taken_away()
    {
        var worker = await App.Database.ScalarAsync<long>("SELECT min(id) FROM workers");
        var name = await App.Database.ScalarAsync<string>("SELECT name FROM workers ORDER BY id LIMIT 1");
        // A moment, because a range that moves on may leave a job behind between the count and the page.
        var from = await App.Database.ScalarAsync<string>("SELECT to_char((now() - INTERVAL '7 days') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
        var ofWorker = await App.Database.ScalarAsync<long>($"SELECT count(*) FROM performance_metrics WHERE worker_id = {worker} AND created_at >= '{from}'");
        await OpenAsync($"/?from={from}");
        await ByTest("filters").ClickAsync();
        // The dialog takes the focus once it is open, and with it what is typed before that.
        await Expect(Dialog.GetByLabel("Project")).ToBeFocusedAsync();
        await Dialog.GetByLabel("Worker").FillAsync(name);
        // Of the list as it is after the search: what is clicked before may be replaced.
        var found = Page.Locator(".mud-popover-open .mud-list-item");
        await Expect(found).ToHaveCountAsync(1);
        await found.ClickAsync();
        await Expect(Page.Locator(".mud-popover-open")).ToHaveCountAsync(0);
        await Dialog.GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();

        await Expect(Page).ToHaveURLAsync(new Regex($"worker_id={worker}"));
        await Expect(ByTest("filter-chips")).ToContainTextAsync($"Worker: {name}");
        await ExpectCountAsync(Page, "jobs", ofWorker);
        await ByTest("filter-chips").GetByRole(AriaRole.Button).Last.ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex($"/\\?from={from}$"));

        // What has no job in the range stays chosen until it is taken away.
        await OpenAsync($"/?from={from}&project_id=987654&resolution_tier=16k");
        await ByTest("filters").ClickAsync();
        await Expect(Dialog.GetByLabel("Project")).ToHaveValueAsync("#987654");
        await Expect(Dialog).ToContainTextAsync("16k");
        await Dialog.GetByRole(AriaRole.Button, new() { Name = "Apply" }).ClickAsync();
        await Expect(Dialog).ToHaveCountAsync(0);
        await Expect(Page).ToHaveURLAsync(new Regex("project_id=987654.*resolution_tier=16k"));
    }

    [Fact]
    public async Task A_range_kept_as_default_holds_where_an_address_names_none()
    {
        await OpenAsync("/?from=now-7d");
        await ByTest("time-range").GetByRole(AriaRole.Button).ClickAsync();
        await Page.GetByRole(AriaRole.Menuitem, new() { Name = "Set as default" }).ClickAsync();
        await Expect(Page.GetByRole(AriaRole.Menuitem)).ToHaveCountAsync(0);
        await OpenAsync();
        await Expect(ByTest("time-range")).ToContainTextAsync("Last 7 days");
        await OpenAsync("/?from=now-30d");
        await Expect(ByTest("time-range")).ToContainTextAsync("Last 30 days");
    }
}
