using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PerfDash.Tests.Browser.Access;

public sealed class SecondFactorPageTests(Chromium chromium, Site site) : PageTest(chromium, site), IClassFixture<Site>
{
    [Fact]
    public async Task A_person_sets_up_codes_of_an_app_signs_in_with_one_and_turns_them_off()
    {
        var page = await SignedInAsync("olga", App.Address);
        ExpectInConsole("401");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set up" }).ClickAsync();
        await ConfirmAsync(page, "wrong", "Continue");
        await Expect(ByTest(page, "dialog-error")).ToContainTextAsync("The current password is not right.");
        await ConfirmAsync(page, PerfDashApp.Password, "Continue");
        var key = await ByTest(page, "authenticator-key").InnerTextAsync();
        await Expect(page.GetByRole(AriaRole.Img, new() { Name = "QR code" })).ToBeVisibleAsync();
        await page.GetByLabel("Code", new() { Exact = true }).FillAsync("000000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
        await Expect(ByTest(page, "dialog-error")).ToContainTextAsync("The code is not right.");
        await page.GetByLabel("Code", new() { Exact = true }).FillAsync(Totp.Code(key));
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
        await Expect(ByTest(page, "recovery-codes").Locator("li")).ToHaveCountAsync(10);
        await page.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await Expect(ByTest(page, "two-factor")).ToContainTextAsync("10 recovery codes left");

        await SignOutAsync(page);
        await SignInAsync(page, "olga", App.Address);
        await page.GetByLabel("Code of the authenticator app").FillAsync("000000");
        await page.GetByLabel("Code of the authenticator app").PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The code is not right");
        await page.GetByLabel("Code of the authenticator app").FillAsync(Totp.Code(key, 1));
        await page.GetByLabel("Code of the authenticator app").PressAsync("Enter");
        await ExpectSignedInAsync(page, $"{App.Address}/collection");

        await OpenAsync("/settings/me", page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn off" }).ClickAsync();
        await ConfirmAsync(page, PerfDashApp.Password, "Turn off");
        await Expect(ByTest(page, "two-factor")).ToContainTextAsync("Off.");
    }

    [Fact]
    public async Task A_passkey_is_added_signs_in_without_a_password_and_is_removed()
    {
        // Browsers make passkeys for host names, not for addresses.
        var address = App.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        var page = await SignedInAsync("pia", address);
        var session = await page.Context.NewCDPSessionAsync(page);
        await session.SendAsync("WebAuthn.enable");
        await session.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });

        await page.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("Laptop");
        await ConfirmAsync(page, PerfDashApp.Password, "Continue");
        await Expect(ByTest(page, "passkeys").GetByRole(AriaRole.Rowheader)).ToHaveTextAsync("Laptop");

        await SignOutAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await ExpectSignedInAsync(page, $"{address}/");
        Assert.Equal("passkey", await App.Database.ScalarAsync<string>("SELECT detail FROM access_audit WHERE action = 'sign_in' AND actor = 'pia' ORDER BY id DESC LIMIT 1"));

        await OpenAsync($"{address}/settings/me", page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Laptop" }).ClickAsync();
        await ConfirmAsync(page, PerfDashApp.Password, "Remove");
        await Expect(ByTest(page, "passkeys")).ToContainTextAsync("None.");
        await SignOutAsync(page);
        ExpectInConsole("401");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "passkey" })).ToContainTextAsync("not known here");
    }

    private async Task<IPage> SignedInAsync(string name, string address)
    {
        using var made = await App.Client.PostAsJsonAsync("/access/accounts", new { name, password = PerfDashApp.Password, role = "viewer" }, Cancellation);
        made.EnsureSuccessStatusCode();
        var page = await NewPageAsync(signedIn: false);
        await SignInAsync(page, name, address);
        await ExpectSignedInAsync(page, $"{address}/collection");
        await OpenAsync($"{address}/settings/me", page);
        return page;
    }

    private static async Task SignInAsync(IPage page, string name, string address)
    {
        await page.GotoAsync($"{address}/sign-in?returnUrl=%2Fcollection");
        await page.GetByLabel("User name or e-mail").FillAsync(name);
        await page.GetByLabel("Password").FillAsync(PerfDashApp.Password);
        await page.GetByLabel("Password").PressAsync("Enter");
    }

    // (The sign-in page has a heading too.)
    private static async Task ExpectSignedInAsync(IPage page, string address)
    {
        await Expect(page).ToHaveURLAsync(address);
        await SettledAsync(page);
    }

    private static async Task SignOutAsync(IPage page)
    {
        await SettledAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).First.ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/sign-in"));
    }

    private static async Task ConfirmAsync(IPage page, string password, string button)
    {
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Current password").FillAsync(password);
        await dialog.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
    }
}
