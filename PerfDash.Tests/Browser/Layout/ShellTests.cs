using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.Playwright;
using PerfDash.Web.Layout;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Layout;

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
        await Page.Locator(".mud-popover-open .mud-list-item").Filter(new() { HasText = name }).ClickAsync();
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
    public async Task A_mistyped_parameter_is_named_until_the_notice_is_closed()
    {
        await OpenAsync("/?form=now-7d&series_time=p50");
        await Expect(ByTest("unknown-parameters")).ToHaveTextAsync("Unknown parameter \"form\" was ignored. Did you mean \"from\"?");
        await ByTest("unknown-parameters").GetByRole(AriaRole.Button).ClickAsync();
        await Expect(ByTest("unknown-parameters")).ToHaveCountAsync(0);
        // The page's own changes of the address do not bring it back; another page does not have it.
        await Page.GetByRole(AriaRole.Button, new() { Name = "VRAM" }).First.ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("rank_by"));
        await Expect(ByTest("unknown-parameters")).ToHaveCountAsync(0);
        await OpenAsync("/workflows?serach=flux");
        await Expect(ByTest("unknown-parameters")).ToContainTextAsync("Did you mean \"search\"?");
        await Page.GetByRole(AriaRole.Link, new() { Name = "Workers", Exact = true }).ClickAsync();
        await Expect(Page.Locator("main h1")).ToHaveTextAsync("Workers");
        await Expect(ByTest("unknown-parameters")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task No_link_of_a_page_has_a_parameter_that_its_target_does_not_have()
    {
        var pages = typeof(Destination).Assembly.GetTypes()
            .SelectMany(type => type.GetCustomAttributes(typeof(RouteAttribute), inherit: false).Cast<RouteAttribute>().Select(route => (Type: type, Parts: Parts(route.Template)))).ToList();
        HashSet<string> faults = [];
        var links = 0;
        foreach (var path in Destination.All.Select(d => d.Address).Concat(["/workflows/1", "/workers/1", "/jobs/1000", "/workers?view=coverage", "/workers?view=vram", "/workers?view=failures", "/compare?workflow=1", "/estimate?workflow=1&frames=48", "/alerts?section=thresholds", "/alerts?section=channels"]))
        {
            await OpenAsync(path);
            foreach (var address in await Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('a[href]')].map(a => String(new URL(a.getAttribute('href'), document.baseURI))).filter(h => h.startsWith(location.origin) && h.includes('?'))"))
            {
                var parts = Parts(new Uri(address).AbsolutePath);
                if (pages.FirstOrDefault(p => p.Parts.Length == parts.Length && p.Parts.Zip(parts).All(x => x.First[0] == '{' || x.First == x.Second)) is not { Type: { } type })
                    continue;
                links++;
                faults.UnionWith(PageParameters.Unknown(type, address).Select(unknown => $"{path}: {unknown.Name} of {address}"));
            }
        }

        Assert.True(links > 50, $"{links} links");
        Assert.Empty(faults);

        static string[] Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);
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
