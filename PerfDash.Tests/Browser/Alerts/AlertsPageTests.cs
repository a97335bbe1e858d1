using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Alerts;

/// <summary>Rules, incidents and channels as an admin meets them.</summary>
public sealed class AlertsPageTests(Chromium chromium, DemoSite site) : PageTest(chromium, site), IClassFixture<DemoSite>, IAsyncLifetime
{
    private const string Thresholds = "/alerts?section=thresholds";

    private ILocator Dialog => Page.GetByRole(AriaRole.Dialog);

    private ILocator Rows => ByTest("threshold");

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await App.Database.ExecuteAsync("DELETE FROM notification_deliveries; DELETE FROM alert_incidents; DELETE FROM performance_alert_thresholds; DELETE FROM alert_window_rules");
        await InitializeAsync();
    }

    [Fact]
    public async Task List_current_thresholds_with_scope_and_enabled_status()
    {
        await App.Database.ExecuteAsync("UPDATE workers SET name = '<img src=x onerror=alert(1)>' WHERE id = 2");
        await AddThresholdAsync("time_per_frame_ms", "global", null, 812.5, 1250);
        await AddThresholdAsync("vram_peak_mb", "worker", 2, 16384, 20480, enabled: false);
        await AddThresholdAsync("quality.likeness", "workflow", 1, 0.8, 0.6, direction: "below");
        await OpenAsync(Thresholds);

        var workflow = await App.Database.ScalarAsync<string>("SELECT name FROM workflows WHERE id = 1");
        await Expect(Rows).ToHaveCountAsync(3);
        await Expect(Rows.Nth(0)).ToContainTextAsync("Time per frame");
        await Expect(Rows.Nth(0)).ToContainTextAsync("Every workflow");
        await Expect(Rows.Nth(0)).ToContainTextAsync("812.5 ms/frame");
        await Expect(Rows.Nth(0)).ToContainTextAsync("1.25 s/frame");
        await Expect(Rows.Nth(0).GetByRole(AriaRole.Switch)).ToBeCheckedAsync();
        await Expect(Rows.Nth(1).GetByRole(AriaRole.Link, new() { Name = "<img src=x onerror=alert(1)>" })).ToHaveAttributeAsync("href", new Regex("^/workers/2"));
        await Expect(Rows.Nth(1)).ToContainTextAsync("16 GB");
        await Expect(Rows.Nth(1).GetByRole(AriaRole.Switch)).Not.ToBeCheckedAsync();
        await Expect(Rows.Nth(2)).ToContainTextAsync("Likeness");
        await Expect(Rows.Nth(2)).ToContainTextAsync("≤ limit");
        await Expect(Rows.Nth(2).GetByRole(AriaRole.Link, new() { Name = workflow })).ToHaveAttributeAsync("href", new Regex("^/workflows/1"));
    }

    [Fact]
    public async Task Create_and_edit_form_for_thresholds()
    {
        await OpenAsync("/alerts");
        await Expect(ByTest("incidents-empty")).ToContainTextAsync("No thresholds yet");
        await ByTest("incidents-empty").GetByRole(AriaRole.Link, new() { Name = "Create a threshold" }).ClickAsync();
        await Expect(Dialog).ToBeVisibleAsync();

        // What is wrong stands under its field as soon as it was left.
        await FillAsync("Warning limit", "900");
        await FillAsync("Critical limit", "800");
        await FillAsync("Clear value", "soon");
        await Dialog.GetByLabel("Note").FocusAsync();
        await Expect(Dialog).ToContainTextAsync("The critical limit must be greater than the warning limit");
        await Expect(Dialog).ToContainTextAsync("“soon” is not a valid unit. Use ms, s, min, h, d.");
        await ByTest("save").ClickAsync();
        await Expect(Dialog).ToBeVisibleAsync();

        await FillAsync("Clear value", "");
        await Dialog.GetByRole(AriaRole.Button, new() { Name = "Suggest limits" }).ClickAsync();
        await Expect(ByTest("suggestion")).ToContainTextAsync(new Regex(@"p95 and p99 of [\d,]+ jobs"));
        await Expect(Dialog).Not.ToContainTextAsync("must be greater");
        await FillAsync("Warning limit", "1 ms");
        await FillAsync("Jobs in a row", "1");
        await Dialog.GetByRole(AriaRole.Button, new() { Name = "Back-test" }).ClickAsync();
        await Expect(ByTest("back-test-result")).ToContainTextAsync(new Regex(@"In the last 30 days this would have fired [\d,]+ times: [\d,]+ of [\d,]+ jobs breached the limit\."));
        await Expect(ByTest("back-test-subjects").Locator("tbody tr").First).ToContainTextAsync("1");
        await Expect(ByTest("back-test").GetByRole(AriaRole.Link).First).ToHaveAttributeAsync("href", new Regex(@"^/jobs/\d+$"));
        await FillAsync("Warning limit", "1.5 s");
        await FillAsync("Critical limit", "2000000");
        await Dialog.GetByLabel("Note").FillAsync("Look at the sampler.");
        await Dialog.GetByLabel("Note").BlurAsync();
        await Expect(ByTest("back-test-result")).ToContainTextAsync("The form has changed.");
        await ByTest("save").ClickAsync();

        await Expect(Dialog).ToHaveCountAsync(0);
        await Expect(Rows).ToHaveCountAsync(1);
        await Expect(Rows).ToContainTextAsync("1.5 s/frame");
        await Expect(Rows).ToContainTextAsync("33 min 20 s/frame");
        await Expect(Rows).ToContainTextAsync("Look at the sampler.");

        await Rows.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        await Expect(Dialog.GetByLabel("Warning limit")).ToHaveValueAsync("1.5 s");
        await ChooseAsync("Applies to", "One worker");
        var worker = await App.Database.ScalarAsync<string>("SELECT name FROM workers WHERE id = 3");
        await Dialog.GetByLabel("Worker").FillAsync(worker);
        await Page.Locator(".mud-popover-open .mud-list-item").Filter(new() { HasText = worker }).First.ClickAsync();
        await ByTest("save").ClickAsync();
        await Expect(Rows.GetByRole(AriaRole.Link, new() { Name = worker })).ToBeVisibleAsync();
        Assert.Equal("worker", await App.Database.ScalarAsync<string>("SELECT scope_type FROM performance_alert_thresholds"));

        await Rows.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Dialog.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(ByTest("thresholds-empty")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Enable_and_disable_toggle_per_threshold()
    {
        await AddThresholdAsync("time_per_frame_ms", "global", null, 800, 1000);
        await AddThresholdAsync("vram_peak_mb", "global", null, 800, 1000);
        await OpenAsync(Thresholds);
        await Rows.Nth(1).GetByRole(AriaRole.Switch).ClickAsync();
        await Expect(Page.GetByText("Disabled. Its open alerts are resolved.")).ToBeVisibleAsync();
        await Expect(Rows.Nth(1).GetByRole(AriaRole.Switch)).Not.ToBeCheckedAsync();
        Assert.Equal("true false", await App.Database.ScalarAsync<string>("SELECT string_agg(enabled::text, ' ' ORDER BY id) FROM performance_alert_thresholds"));

        await Rows.Nth(1).GetByRole(AriaRole.Switch).ClickAsync();
        await Expect(Rows.Nth(1).GetByRole(AriaRole.Switch)).ToBeCheckedAsync();
        await Page.ReloadAsync();
        await Expect(Rows.Nth(1).GetByRole(AriaRole.Switch)).ToBeCheckedAsync();
        await OpenAsync("/alerts?section=trail");
        await Expect(ByTest("audit").Locator("tbody tr").First).ToContainTextAsync("Enabled no → yes");
    }

    [Fact]
    public async Task An_admin_creates_a_threshold_a_job_breaches_and_the_alert_appears_live_is_acknowledged_and_resolves()
    {
        await OpenAsync(Thresholds);
        await ByTest("new-threshold").ClickAsync();
        await FillAsync("Warning limit", "1000000");
        await FillAsync("Critical limit", "50m");
        await FillAsync("Jobs in a row", "1");
        await ByTest("save").ClickAsync();
        await Expect(Rows).ToHaveCountAsync(1);

        var overview = await NewPageAsync();
        await OpenAsync("/", overview);
        await OpenAsync("/alerts");
        await Expect(ByTest("incidents-empty")).ToContainTextAsync("No alerts in this range");
        await Expect(ByTest("bell")).ToHaveAttributeAsync("data-count", "0");
        var job = await AddJobAsync(2_000_000);

        var row = ByTest("incident");
        await Expect(row).ToContainTextAsync("Warning");
        await Expect(row).ToContainTextAsync("33m 20s/frame");
        await Expect(row.GetByRole(AriaRole.Link, new() { Name = $"#{job}" })).ToHaveAttributeAsync("href", $"/jobs/{job}");
        await Expect(ByTest("bell")).ToHaveAttributeAsync("data-count", "1");
        await Expect(Page.Locator(".mud-snackbar")).ToContainTextAsync("Warning: time per frame of");
        await Expect(Page.Locator(".mud-snackbar")).ToContainTextAsync("is 33 min 20 s");
        await Expect(ByTest(overview, "incidents-strip")).ToContainTextAsync("Warning");
        await Expect(ByTest(overview, "bell")).ToHaveAttributeAsync("data-count", "1");

        await row.GetByRole(AriaRole.Button, new() { Name = "Acknowledge" }).ClickAsync();
        await Dialog.GetByLabel("Comment").FillAsync("<b>looking</b> at it");
        await Dialog.GetByRole(AriaRole.Button, new() { Name = "Acknowledge" }).ClickAsync();
        await Expect(row).ToContainTextAsync("Acknowledged");
        await Expect(row).ToContainTextAsync("by owner: <b>looking</b> at it");

        await AddJobAsync(4_000_000);
        await Expect(row).ToContainTextAsync("Critical");
        await Expect(row).ToContainTextAsync("critical since");
        await row.GetByRole(AriaRole.Link, new() { Name = "details" }).ClickAsync();
        await Expect(ByTest("incident-events").Locator("tbody tr")).ToHaveCountAsync(3);
        await Expect(ByTest("incident-deliveries")).ToContainTextAsync("In PerfDash");

        await AddJobAsync(10);
        await Expect(row).ToContainTextAsync("Resolved");
        await Expect(ByTest("incident-events").Locator("tbody tr")).ToHaveCountAsync(4);
        await Expect(ByTest("bell")).ToHaveAttributeAsync("data-count", "0");
        await Expect(ByTest(overview, "incidents-strip")).ToHaveCountAsync(0);

        // The address shows the same to whoever gets it.
        await Expect(Page).ToHaveURLAsync(new Regex(@"incident=\d+"));
        await Page.ReloadAsync();
        await Expect(ByTest("incident-events").Locator("tbody tr")).ToHaveCountAsync(4);
        await Page.GetByRole(AriaRole.Link, new() { Name = "Open", Exact = true }).ClickAsync();
        await Expect(ByTest("incidents-empty")).ToContainTextAsync("No alerts match this filter");
    }

    [Fact]
    public async Task Of_two_tabs_the_later_edit_is_told_of_the_earlier_one_and_may_still_win()
    {
        await AddThresholdAsync("time_per_frame_ms", "global", null, 800, 1000);
        var other = await NewPageAsync();
        await OpenAsync(Thresholds);
        await OpenAsync(Thresholds, other);
        await Rows.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        await FillAsync("Critical limit", "1500");

        await ByTest(other, "threshold").GetByRole(AriaRole.Switch).ClickAsync();
        await Expect(ByTest(other, "threshold").GetByRole(AriaRole.Switch)).Not.ToBeCheckedAsync();
        // The table behind the dialog follows; what is being typed stays.
        await Expect(Rows.GetByRole(AriaRole.Switch, new() { IncludeHidden = true })).Not.ToBeCheckedAsync();
        await Expect(Dialog.GetByLabel("Critical limit")).ToHaveValueAsync("1500");
        await ByTest("save").ClickAsync();

        await Expect(ByTest("message")).ToContainTextAsync("Someone else has changed this threshold: disabled");
        await Dialog.GetByRole(AriaRole.Button, new() { Name = "Overwrite" }).ClickAsync();
        await Expect(Dialog).ToHaveCountAsync(0);
        await Expect(ByTest(other, "threshold")).ToContainTextAsync("1.5 s/frame");
        await Expect(ByTest(other, "threshold").GetByRole(AriaRole.Switch)).ToBeCheckedAsync();
    }

    [Fact]
    public async Task The_keyboard_alone_makes_a_threshold_of_a_workflow()
    {
        await OpenAsync(Thresholds);
        await ByTest("new-threshold").FocusAsync();
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Dialog).ToBeVisibleAsync();
        await TabToAsync(Dialog.GetByLabel("Warning limit"));
        await Page.Keyboard.TypeAsync("2 s");
        await Page.Keyboard.PressAsync("Tab");
        await Page.Keyboard.TypeAsync("4 s");
        await TabToAsync(Dialog.GetByLabel("Jobs in a row"));
        await Page.Keyboard.PressAsync("ArrowUp");
        await Expect(Dialog.GetByLabel("Jobs in a row")).ToHaveValueAsync("4");
        await TabToAsync(ByTest("save"));
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Rows).ToContainTextAsync("4 s/frame");
        Assert.Equal("2000 4000 4", await App.Database.ScalarAsync<string>("SELECT concat_ws(' ', warning_threshold, critical_threshold, for_jobs) FROM performance_alert_thresholds"));

        await ByTest("new-threshold").FocusAsync();
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Dialog.GetByRole(AriaRole.Combobox, new() { Name = "Metric" })).ToBeFocusedAsync();
        await Page.Keyboard.PressAsync("Escape");
        await Expect(Dialog).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_channel_is_made_tested_and_never_shows_its_secret()
    {
        await OpenAsync("/alerts?section=channels");
        await ByTest("new-channel").ClickAsync();
        await Dialog.GetByLabel("Name").FillAsync("Ops");
        await Dialog.GetByLabel("URL").FillAsync("ftp://hooks.example.test/1");
        await Dialog.GetByLabel("Secret").FillAsync("do-not-tell");
        await ByTest("save").ClickAsync();
        await Expect(Dialog).ToContainTextAsync("must be an address that starts with http");
        await Dialog.GetByLabel("URL").FillAsync("http://hooks.example.test/very-secret-path");
        await ByTest("save").ClickAsync();

        var row = ByTest("channel").Filter(new() { HasText = "Ops" });
        await Expect(row).ToContainTextAsync("hooks.example.test");
        await row.GetByRole(AriaRole.Button, new() { Name = "Send a test" }).ClickAsync();
        await Expect(row.Locator("[data-test='channel-test']")).ToContainTextAsync("Test failed");
        await row.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        await Expect(Dialog.GetByLabel("Secret", new() { Exact = true })).ToHaveValueAsync("");
        Assert.DoesNotContain("very-secret-path", await Page.ContentAsync(), StringComparison.Ordinal);
        await Dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await row.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Dialog.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_page_held_still_is_told_afterwards()
    {
        await AddThresholdAsync("time_per_frame_ms", "global", null, 1_000_000, 3_000_000);
        await OpenAsync("/alerts");
        await Expect(ByTest("bell")).ToHaveAttributeAsync("data-count", "0");
        await ByTest("live-mark").ClickAsync();
        await Expect(ByTest("live-mark")).ToHaveTextAsync("Paused");
        await AddJobAsync(2_000_000);
        await Expect(ByTest("live-mark")).ToContainTextAsync("1 new");
        await Expect(ByTest("bell")).ToHaveAttributeAsync("data-count", "0");
        await Expect(Page.Locator(".mud-snackbar")).ToHaveCountAsync(0);
        await ByTest("live-mark").ClickAsync();
        await Expect(ByTest("incident")).ToHaveCountAsync(1);
        await Expect(Page.Locator(".mud-snackbar")).ToContainTextAsync("Warning");
    }

    private async Task<long> AddJobAsync(double timePerFrameMs)
    {
        var job = await App.Database.AddCompletedJobAsync(1, 1, $$"""{"time_per_frame_ms": {{timePerFrameMs}}}""", DateTime.UtcNow);
        await Eventually.EqualAsync(1L, () => App.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE job_id = @job", ("job", job)));
        return job;
    }

    private Task<int> AddThresholdAsync(string metric, string scope, long? id, double warning, double critical, string direction = "above", bool enabled = true) => App.Database.ExecuteAsync(
        $"INSERT INTO performance_alert_thresholds (metric_name, scope_type, scope_id, warning_threshold, critical_threshold, direction, enabled) VALUES (@metric, @scope, {id?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "NULL"}, @low, @high, @direction, @enabled)",
        ("metric", metric),
        ("scope", scope),
        ("low", (float)warning),
        ("high", (float)critical),
        ("direction", direction),
        ("enabled", enabled));

    private async Task FillAsync(string label, string text)
    {
        await Dialog.GetByLabel(label).FillAsync(text);
        await Dialog.GetByLabel(label).BlurAsync();
    }

    private async Task ChooseAsync(string label, string item)
    {
        await Dialog.Locator(".mud-select").Filter(new() { HasText = label }).Locator(".mud-input-control").First.ClickAsync();
        await Page.Locator(".mud-popover-open .mud-list-item").Filter(new() { HasText = item }).ClickAsync();
    }

    private async Task TabToAsync(ILocator wanted)
    {
        for (var presses = 0; presses < 25; presses++)
        {
            if (await wanted.EvaluateAsync<bool>("e => e === document.activeElement"))
                return;
            await Page.Keyboard.PressAsync("Tab");
        }

        await Expect(wanted).ToBeFocusedAsync();
    }
}
