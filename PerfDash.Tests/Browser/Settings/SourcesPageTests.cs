using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PerfDash.Tests.Browser.Layout;
using PerfDash.Tests.Sources;
using PerfDash.Tests.Sources.ComfyUi.Fake;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Settings;

public sealed class SourcesPageTests(Chromium chromium, Site site) : PageTest(chromium, site), IClassFixture<Site>
{
    // One green pixel.
    private static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==");

    [Fact]
    public async Task From_the_empty_overview_an_address_is_all_it_takes_to_see_a_prompt_with_its_picture()
    {
        await using var server = await FakeComfyUi.StartAsync();
        server.AddFile("picture.png", Png);
        await OpenAsync();
        await Page.Locator("[data-test=connect]").ClickAsync();
        await Page.Locator("[data-test=new-source]").ClickAsync();
        await Page.GetByLabel("Address").FillAsync(server.Url);
        await Page.Locator("[data-test=try-source]").ClickAsync();
        await Expect(Page.Locator("[data-test=source-test]")).ToContainTextAsync("ComfyUI 0.27.1, NVIDIA GeForce RTX 4090 with 2");
        await Page.Locator("[data-test=save-source]").ClickAsync();
        var row = Page.Locator("[data-test=sources]").GetByRole(AriaRole.Row).Filter(new() { HasText = new Uri(server.Url).Authority });
        await Expect(row).ToContainTextAsync("Connected");
        await AppearanceTests.ExpectAccessibleAsync(Page);

        await server.RunAsync(server.Queue(SourceFarm.Picture(), new JsonObject { ["perfdash"] = new JsonObject { ["project_id"] = "moonlit" } }), [("4", 30), ("3", 400), ("9", 20)], outputs: SourceFarm.Saved("picture.png"));
        await Expect(row).ToContainTextAsync("full");
        await OpenAsync("/jobs");
        await Page.GetByRole(AriaRole.Link, new() { NameRegex = new Regex(@"^\d+$") }).First.ClickAsync();

        var picture = Page.Locator("[data-test=outputs] img");
        await Eventually.ThatAsync(() => picture.EvaluateAsync<bool>("image => image.complete && image.naturalWidth === 1"), "the picture is shown");
        await Expect(Page.GetByText("KSampler").First).ToBeVisibleAsync();
        await AppearanceTests.ExpectAccessibleAsync(Page);
    }

    [Fact]
    public async Task A_server_that_is_away_says_why_and_can_be_disabled_and_deleted()
    {
        await OpenAsync("/settings/sources");
        await Page.Locator("[data-test=new-source]").ClickAsync();
        await Page.GetByLabel("Address").FillAsync("gpu-01");
        await Page.Locator("[data-test=save-source]").ClickAsync();
        await Expect(Page.Locator("[data-test=dialog-error]")).ToContainTextAsync("http://");
        await Page.GetByLabel("Address").FillAsync("http://127.0.0.1:1/comfy");
        await Page.Locator("[data-test=save-source]").ClickAsync();
        var row = Page.Locator("[data-test=sources]").GetByRole(AriaRole.Row).Filter(new() { HasText = "127.0.0.1:1" });
        await Expect(row).ToContainTextAsync("Unreachable");
        await Expect(row).ToContainTextAsync("does not accept connections");

        await row.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Expect(row).ToContainTextAsync("Disabled");
        await row.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
    }
}
