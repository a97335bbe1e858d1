using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser;

public sealed class SignInPageTests(Chromium chromium, Site site) : PageTest(chromium, site), IClassFixture<Site>
{
    [Fact]
    public async Task A_link_signs_in_once_and_leads_to_the_page_asked_for()
    {
        var visitor = await NewPageAsync(signedIn: false);
        var link = App.SignInAddress("/collection?from=now-7d");
        await visitor.GotoAsync(link);
        await Expect(visitor).ToHaveURLAsync($"{App.Address}/collection?from=now-7d");
        await Expect(visitor.Locator("main h1")).ToHaveTextAsync("Collection");

        ExpectInConsole("401");
        var late = await NewPageAsync(signedIn: false);
        await late.GotoAsync(link);
        await Expect(late.GetByRole(AriaRole.Alert)).ToContainTextAsync("This link has already been used");
        await Expect(late.GetByLabel("Token or API key")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_visitor_is_led_to_sign_in_and_back_by_the_form()
    {
        var visitor = await NewPageAsync(signedIn: false);
        await visitor.GotoAsync("/collection?from=now-7d");
        await Expect(visitor).ToHaveURLAsync(new Regex(@"/sign-in\?returnUrl=%2Fcollection%3Ffrom%3Dnow-7d$"));

        ExpectInConsole("401");
        await visitor.GetByLabel("Token or API key").FillAsync("not the key");
        await visitor.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(visitor.GetByRole(AriaRole.Alert)).ToContainTextAsync("The token or API key is not valid.");
        await visitor.GetByLabel("Token or API key").FillAsync(PerfDashApp.ApiKey);
        await visitor.GetByLabel("Token or API key").PressAsync("Enter");
        await Expect(visitor).ToHaveURLAsync($"{App.Address}/collection?from=now-7d");
        await Expect(visitor.Locator("main h1")).ToHaveTextAsync("Collection");
    }

    [Fact]
    public async Task Signing_out_leads_to_sign_in_and_closes_the_pages()
    {
        await OpenAsync();
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(Page).ToHaveURLAsync(new Regex("/sign-in"));
        await Page.GotoAsync("/");
        await Expect(Page.GetByLabel("Token or API key")).ToBeVisibleAsync();
    }
}
