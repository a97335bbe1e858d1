using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Access;

public sealed class RightsPageTests(Chromium chromium, Site site) : PageTest(chromium, site), IClassFixture<Site>
{
    [Fact]
    public async Task A_viewer_sees_no_buttons_that_change_and_reads_why_a_page_is_not_shown()
    {
        var page = await NewPageAsync("vera", "viewer");
        await OpenAsync("/alerts?section=thresholds", page);
        await Expect(page.Locator("[data-test=new-threshold]")).ToHaveCountAsync(0);
        await OpenAsync("/settings", page);
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "My account" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "API keys" })).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "vera viewer" })).ToBeVisibleAsync();

        ExpectInConsole("403");
        await page.GotoAsync("/settings/accounts");
        await Expect(page.GetByText("Your role does not include this page.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_page_with_an_open_dialog_is_closed_when_the_role_is_taken_away()
    {
        var page = await NewPageAsync("edith", "editor");
        await OpenAsync("/alerts?section=thresholds", page);
        await page.Locator("[data-test=new-threshold]").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();

        using var changed = await App.Client.PutAsJsonAsync($"/access/accounts/{await App.Database.ScalarAsync<long>("SELECT id FROM accounts WHERE user_name = 'edith'")}", new { role = "viewer" }, Cancellation);

        await Expect(page).ToHaveURLAsync(new Regex(@"/sign-in\?returnUrl=%2Falerts"));
    }

    [Fact]
    public async Task An_admin_makes_an_account_and_a_key_and_sees_both_in_the_audit()
    {
        var page = await NewPageAsync("adele", "admin");
        await OpenAsync("/settings/accounts", page);
        await page.Locator("[data-test=new-account]").ClickAsync();
        await page.GetByLabel("User name or e-mail").FillAsync("boris");
        await page.GetByLabel("Password").FillAsync("password");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create", Exact = true }).ClickAsync();
        await Expect(page.Locator("[data-test=dialog-error]")).ToContainTextAsync("one of the most common");
        await page.GetByLabel("Password").FillAsync("four tall aspens");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create", Exact = true }).ClickAsync();
        await Expect(page.Locator("[data-test=accounts]").GetByRole(AriaRole.Row).Filter(new() { HasText = "boris" })).ToContainTextAsync("viewer");

        await OpenAsync("/settings/keys", page);
        await page.Locator("[data-test=new-key]").ClickAsync();
        await page.GetByLabel("Name").FillAsync("farm script");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create", Exact = true }).ClickAsync();
        var key = await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Textbox, new() { Name = "API key" }).InputValueAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        using var program = PerfDashApp.Browser(App.Address);
        program.DefaultRequestHeaders.Add("X-Api-Key", key);
        using var reported = await program.PostAsJsonAsync("/performance/jobs/completed", Array.Empty<object>(), Cancellation);
        Assert.Equal(HttpStatusCode.Accepted, reported.StatusCode);
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke farm script" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(page.Locator("[data-test=keys]")).ToContainTextAsync("revoked");
        using var refused = await program.PostAsJsonAsync("/performance/jobs/completed", Array.Empty<object>(), Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        await OpenAsync("/settings/audit", page);
        var trail = page.Locator("[data-test=access-audit]");
        await Expect(trail).ToContainTextAsync("farm script");
        await Expect(trail.GetByRole(AriaRole.Row).Filter(new() { HasText = "boris" })).ToContainTextAsync("adele");
    }

    [Fact]
    public async Task A_person_changes_the_password_and_signs_out_everywhere()
    {
        var page = await NewPageAsync("carla", "viewer");
        var elsewhere = await NewPageAsync(signedIn: false);
        await SignInAsync(elsewhere, "carla", PerfDashApp.Password);
        await OpenAsync("/settings/me", page);
        await Expect(page.Locator("[data-test=sessions] tbody tr")).ToHaveCountAsync(2);

        await page.GetByLabel("Current password").FillAsync("not this one");
        await page.GetByLabel("New password").FillAsync("nine slow barges");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change password" }).ClickAsync();
        await Expect(page.Locator("[data-test=password]")).ToContainTextAsync("The current password is not right.");
        await page.GetByLabel("Current password").FillAsync(PerfDashApp.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Change password" }).ClickAsync();
        await Expect(page.Locator("[data-test=sessions] tbody tr")).ToHaveCountAsync(1);
        await Expect(elsewhere).ToHaveURLAsync(new Regex("/sign-in"));

        await page.Locator("[data-test=sign-out-everywhere]").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/sign-in"));
        await SignInAsync(page, "carla", "nine slow barges");
    }

    private async Task<IPage> NewPageAsync(string name, string role)
    {
        var cookies = new CookieContainer();
        using var client = await App.SignedInAsync(name, role, cookies);
        var page = await NewPageAsync(signedIn: false);
        await page.Context.AddCookiesAsync(Site.CookiesFrom(cookies, App.Address));
        return page;
    }

    private static async Task SignInAsync(IPage page, string name, string password)
    {
        await page.GotoAsync("/sign-in");
        await page.GetByLabel("User name or e-mail").FillAsync(name);
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByLabel("Password").PressAsync("Enter");
        await Expect(page.Locator("main h1")).ToBeVisibleAsync();
        await SettledAsync(page);
    }
}
