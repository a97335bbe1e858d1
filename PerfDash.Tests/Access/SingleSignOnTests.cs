using System.Net;
using System.Text.Json;

namespace PerfDash.Tests.Access;

public sealed class SingleSignOnTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_comes_in_with_the_role_of_the_claim_and_out_at_the_provider_too()
    {
        await using var provider = await OidcProvider.StartAsync();
        await using var instance = PerfDashApp.Start(
            database.ConnectionString,
            ("PerfDash:Auth:Oidc:Authority", provider.Address),
            ("PerfDash:Auth:Oidc:ClientId", "perfdash"),
            ("PerfDash:Auth:Oidc:ClientSecret", "a secret"),
            ("PerfDash:Auth:Oidc:Roles:viewer", "artists"),
            ("PerfDash:Auth:Oidc:Roles:editor", "wranglers"),
            ("PerfDash:Auth:Oidc:Roles:admin", "render-admins"));
        var address = PerfDashApp.AddressOf(instance);
        var cookies = new CookieContainer();
        using var browser = new HttpClient(new HttpClientHandler { CookieContainer = cookies }) { BaseAddress = new Uri(address) };
        Assert.Contains("Sign in with single sign-on", await browser.GetStringAsync("/sign-in", Cancel), StringComparison.Ordinal);

        provider.Subject = ("1", "ida", ["artists", "wranglers"]);
        using var arrived = await browser.GetAsync("/sign-in/sso?returnUrl=%2Fcollection", Cancel);
        Assert.Equal("/collection", arrived.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal(("ida", "editor", "account"), await MeAsync(browser));

        // Another role there is another role here, at the next sign-in.
        provider.Subject = ("1", "ida", ["render-admins"]);
        using var other = new HttpClient(new HttpClientHandler()) { BaseAddress = new Uri(address) };
        await other.GetAsync("/sign-in/sso", Cancel);
        Assert.Equal(("ida", "admin", "account"), await MeAsync(other));
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync("/access/me", Cancel)).StatusCode);
        Assert.Equal(1, await database.ScalarAsync<long>("SELECT count(*) FROM accounts"));

        using var signedOut = await other.PostAsync("/sign-out", null, Cancel);
        Assert.Equal(1, provider.SignedOut);
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.GetAsync("/access/me", Cancel)).StatusCode);

        // Without a role nobody comes in, and a disabled account does not either.
        provider.Subject = ("2", "eve", ["guests"]);
        using var refused = await other.GetAsync("/sign-in/sso", Cancel);
        Assert.Contains("Single sign-on did not succeed", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.GetAsync("/access/me", Cancel)).StatusCode);
        await database.ExecuteAsync("UPDATE accounts SET disabled = true");
        provider.Subject = ("1", "ida", ["render-admins"]);
        await other.GetAsync("/sign-in/sso", Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.GetAsync("/access/me", Cancel)).StatusCode);
    }

    private static async Task<(string?, string?, string?)> MeAsync(HttpClient client)
    {
        var me = JsonDocument.Parse(await client.GetStringAsync("/access/me", Cancel)).RootElement;
        return (me.GetProperty("name").GetString(), me.GetProperty("role").GetString(), me.GetProperty("kind").GetString());
    }
}
