using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Access;

public sealed class SignInPageTests(Chromium chromium, Site site) : PageTest(chromium, site), IClassFixture<Site>
{
    [Fact]
    public async Task A_link_its_button_and_a_first_account_lead_to_the_page_asked_for_and_back_in_after_signing_out()
    {
        var visitor = await NewPageAsync(signedIn: false);
        var link = await App.SignInAddressAsync("/collection?from=now-7d");
        await visitor.GotoAsync(link);
        await visitor.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(visitor.GetByRole(AriaRole.Heading, new() { Name = "Create the first account" })).ToBeVisibleAsync();

        ExpectInConsole("400|401");
        await visitor.GetByLabel("User name or e-mail").FillAsync("ada@example.org");
        await visitor.GetByLabel("Password").FillAsync("password1");
        await visitor.GetByRole(AriaRole.Button, new() { Name = "Create account" }).ClickAsync();
        await Expect(visitor.GetByRole(AriaRole.Alert)).ToContainTextAsync("one of the most common");
        await visitor.GetByLabel("Password").FillAsync("slow render at noon");
        await visitor.GetByLabel("Password").PressAsync("Enter");
        await Expect(visitor).ToHaveURLAsync($"{App.Address}/collection?from=now-7d");
        await Expect(visitor.Locator("main h1")).ToHaveTextAsync("Collection");

        await visitor.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(visitor).ToHaveURLAsync(new Regex("/sign-in"));
        await visitor.GotoAsync("/collection?from=now-7d");
        await Expect(visitor).ToHaveURLAsync(new Regex(@"/sign-in\?returnUrl=%2Fcollection%3Ffrom%3Dnow-7d$"));
        await visitor.GetByLabel("User name or e-mail").FillAsync("ada@example.org");
        await visitor.GetByLabel("Password").FillAsync("not the password");
        await visitor.GetByLabel("Password").PressAsync("Enter");
        await Expect(visitor.GetByRole(AriaRole.Alert)).ToContainTextAsync("The name or the password is not right.");
        await Expect(visitor.GetByLabel("Password")).ToBeFocusedAsync();
        await visitor.GetByLabel("Password").FillAsync("slow render at noon");
        await visitor.GetByLabel("Password").PressAsync("Enter");
        await Expect(visitor).ToHaveURLAsync($"{App.Address}/collection?from=now-7d");

        var late = await NewPageAsync(signedIn: false);
        await late.GotoAsync(link);
        await Expect(late.GetByRole(AriaRole.Alert)).ToContainTextAsync("This link has been used or has expired");
    }

    [Fact]
    public async Task Signing_out_leads_to_sign_in_and_closes_the_pages()
    {
        var visitor = await NewPageAsync(signedIn: false);
        await visitor.Context.AddCookiesAsync(await Site.SignInAsync(App.Address, await App.SignInAddressAsync()));
        await OpenAsync(page: visitor);
        var other = await visitor.Context.NewPageAsync();
        await OpenAsync("/collection", other);

        await visitor.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await Expect(visitor).ToHaveURLAsync(new Regex("/sign-in"));
        // The other page was open: it notices by itself.
        await Expect(other).ToHaveURLAsync(new Regex(@"/sign-in\?returnUrl=%2Fcollection"));
        await visitor.GotoAsync("/");
        await Expect(visitor.GetByLabel("Password")).ToBeVisibleAsync();
    }
}
