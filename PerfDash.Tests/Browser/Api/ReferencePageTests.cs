using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Api;

public sealed class ReferencePageTests(Chromium chromium, Site site) : PageTest(chromium, site), IClassFixture<Site>
{
    // What its own content security policy refused would be in the console, which must be clean.
    [Fact]
    public async Task The_reference_shows_the_routes_under_its_own_policy()
    {
        var answer = await Page.GotoAsync("/reference");

        await Expect(Page.GetByText("List accounts").First).ToBeVisibleAsync();
        await Expect(Page.GetByText("Ask AI")).ToHaveCountAsync(0);
        Assert.Contains("script-src 'self' 'unsafe-inline'", (await answer!.AllHeadersAsync())["content-security-policy"], StringComparison.Ordinal);
    }
}
