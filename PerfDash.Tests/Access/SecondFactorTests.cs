using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Access;
using PerfDash.Data.Access;

namespace PerfDash.Tests.Access;

/// <summary>Codes of an authenticator app, recovery codes, and what else asks for the password again.</summary>
public sealed class SecondFactorTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private SecondFactorService Factors => app.Services.GetRequiredService<SecondFactorService>();

    [Fact]
    public async Task A_sign_in_needs_a_code_of_the_app_and_each_code_works_once()
    {
        var (actor, key, _, used) = await EnableAsync("tilda");
        var next = Totp.Code(key, 1);

        Assert.Contains("needs a code", await SignInAsync("tilda", null, HttpStatusCode.Unauthorized), StringComparison.Ordinal);
        Assert.Contains("not right", await SignInAsync("tilda", "000000", HttpStatusCode.Unauthorized), StringComparison.Ordinal);
        // (It turned two-factor authentication on.)
        Assert.Contains("used before", await SignInAsync("tilda", used, HttpStatusCode.Unauthorized), StringComparison.Ordinal);
        await SignInAsync("tilda", next, HttpStatusCode.NoContent);
        await SignInAsync("tilda", next, HttpStatusCode.Unauthorized);
        Assert.Equal("two_factor_enabled, sign_in two-factor", await app.Database.ScalarAsync<string>(
            "SELECT string_agg(concat_ws(' ', action, detail), ', ' ORDER BY id) FROM access_audit WHERE actor = 'tilda'"));
        Assert.True((await Factors.GetAsync(actor, Cancel))!.TwoFactor);
    }

    [Fact]
    public async Task The_page_asks_for_the_code_after_the_password()
    {
        var (_, key, codes, _) = await EnableAsync("petra");
        using var browser = PerfDashApp.Browser(app.Address);

        using var password = await PerfDashApp.PressAsync(browser, "/sign-in?returnUrl=%2Fworkers", ("name", "petra"), ("password", PerfDashApp.Password));
        Assert.Equal(HttpStatusCode.OK, password.StatusCode);
        var page = await password.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("name=\"code\"", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/access/me", Cancel)).StatusCode);

        using var wrong = await SendAsync(browser, page, "123456");
        Assert.Contains("The code is not right", await wrong.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using var right = await SendAsync(browser, page, Totp.Code(key, 1));
        Assert.Equal("/workers", right.Headers.Location!.OriginalString);

        // A browser that did not give the password is not asked for a code.
        using var stranger = PerfDashApp.Browser(app.Address);
        var form = await stranger.GetStringAsync("/sign-in", Cancel);
        using var refused = await SendAsync(stranger, form, codes[0]);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task A_recovery_code_signs_in_once_and_new_ones_replace_the_old()
    {
        var (actor, _, codes, _) = await EnableAsync("rolf");

        Assert.Equal(10, codes.Distinct().Count());
        await SignInAsync("rolf", codes[0].ToLowerInvariant(), HttpStatusCode.NoContent);
        await SignInAsync("rolf", codes[0], HttpStatusCode.Unauthorized);
        Assert.Equal(9, (await Factors.GetAsync(actor, Cancel))!.RecoveryCodesLeft);

        Assert.Equal("The current password is not right.", (await Factors.CreateRecoveryCodesAsync(actor, "wrong", Cancel)).Errors["password"].Single());
        var renewed = (await Factors.CreateRecoveryCodesAsync(actor, PerfDashApp.Password, Cancel)).Item!;
        await SignInAsync("rolf", codes[1], HttpStatusCode.Unauthorized);
        await SignInAsync("rolf", renewed[0], HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Guessing_the_current_password_is_slowed_down_as_at_sign_in()
    {
        var (actor, _, _, _) = await EnableAsync("gita");

        var answers = new List<string>();
        for (var i = 0; i < SignInThrottle.FreeAttempts + 2; i++)
            answers.Add((await Factors.DisableAsync(actor, $"guess {i}", Cancel)).Errors["password"].Single());

        Assert.All(answers[..SignInThrottle.FreeAttempts], a => Assert.Equal("The current password is not right.", a));
        Assert.StartsWith("Too many failed attempts.", answers[^1], StringComparison.Ordinal);
        Assert.True((await Factors.GetAsync(actor, Cancel))!.TwoFactor);
    }

    [Fact]
    public async Task An_admin_who_sets_a_new_password_removes_the_second_factor()
    {
        var (actor, _, _, _) = await EnableAsync("nora");
        Assert.True(await ItemAsync("nora"));

        using var changed = await app.Client.PutAsJsonAsync($"/access/accounts/{actor.Id}", new { password = "another long phrase" }, Cancel);

        Assert.False(await ItemAsync("nora"));
        using var browser = PerfDashApp.Browser(app.Address);
        using var answer = await browser.PostAsJsonAsync("/access/sign-in", new { name = "nora", password = "another long phrase" }, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(0, await app.Database.ScalarAsync<long>($"SELECT count(*) FROM account_tokens WHERE user_id = {actor.Id}"));
        Assert.Contains("two-factor", await app.Database.ScalarAsync<string>("SELECT detail FROM access_audit WHERE action = 'account_updated' AND target = 'nora'"), StringComparison.Ordinal);

        async Task<bool> ItemAsync(string name) => (await app.Client.GetFromJsonAsync<JsonElement>("/access/accounts", Cancel)).GetProperty("items").EnumerateArray()
            .Single(a => a.GetProperty("name").GetString() == name).GetProperty("two_factor").GetBoolean();
    }

    [Fact]
    public async Task The_database_holds_neither_the_secret_nor_the_recovery_codes_in_plain_text()
    {
        var (actor, key, codes, _) = await EnableAsync("dora");

        var stored = await app.Database.ScalarAsync<string>($"SELECT string_agg(value, ' ') FROM account_tokens WHERE user_id = {actor.Id}");
        Assert.DoesNotContain(key, stored, StringComparison.Ordinal);
        Assert.All(codes, code => Assert.DoesNotContain(code, stored, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_for_a_passkey_that_nobody_asked_for_is_refused()
    {
        using var browser = PerfDashApp.Browser(app.Address);
        foreach (var credential in new[] { "{}", "not json", new string('x', 30_000) })
        {
            using var answer = await PerfDashApp.PressAsync(browser, "/sign-in", ("credential", credential));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        using var options = await browser.PostAsync("/access/passkeys/sign-in-options", null, Cancel);
        Assert.Equal("required", (await options.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("userVerification").GetString());
        using var forged = await PerfDashApp.PressAsync(browser, "/sign-in", ("credential", "{\"id\":\"AAAA\",\"rawId\":\"AAAA\",\"type\":\"public-key\",\"response\":{}}"));
        Assert.Equal(HttpStatusCode.Unauthorized, forged.StatusCode);
    }

    private async Task<(Actor Actor, string Key, IReadOnlyList<string> Codes, string Used)> EnableAsync(string name)
    {
        using var made = await app.Client.PostAsJsonAsync("/access/accounts", new { name, password = PerfDashApp.Password, role = "viewer" }, Cancel);
        var id = (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetInt64();
        var actor = new Actor(name, ActorKind.Account, Role.Viewer, "127.0.0.1", id);
        var secret = (await Factors.StartAsync(actor, PerfDashApp.Password, Cancel)).Item!;
        Assert.StartsWith($"otpauth://totp/PerfDash:{name}?secret={secret.Key}&", secret.Uri, StringComparison.Ordinal);
        Assert.Equal(["code"], (await Factors.EnableAsync(actor, "12345", Cancel)).Errors.Keys);
        var code = Totp.Code(secret.Key);
        var codes = (await Factors.EnableAsync(actor, code, Cancel)).Item!;
        return (actor, secret.Key, codes, code);
    }

    private async Task<string> SignInAsync(string name, string? code, HttpStatusCode expected)
    {
        using var browser = PerfDashApp.Browser(app.Address);
        using var answer = await browser.PostAsJsonAsync("/access/sign-in", new { name, password = PerfDashApp.Password, code }, Cancel);
        Assert.Equal(expected, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient browser, string page, string code)
    {
        var token = page.Split("name=\"__RequestVerificationToken\" value=\"")[1].Split('"')[0];
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["__RequestVerificationToken"] = token, ["returnUrl"] = "/workers", ["code"] = code });
        return await browser.PostAsync("/sign-in", form, Cancel);
    }
}
