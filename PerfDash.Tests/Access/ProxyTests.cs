using System.Net;
using System.Net.Http.Json;

namespace PerfDash.Tests.Access;

public sealed class ProxyTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.0.0.0/8, 127.0.0.0/8", true)]
    [InlineData("10.0.0.0/8", false)]
    [InlineData("", false)]
    public async Task Forwarded_headers_count_from_a_trusted_proxy_only(string trusted, bool counts)
    {
        await using var instance = PerfDashApp.Start(database.ConnectionString, ("PerfDash:Proxy:Trusted", trusted), ("AllowedHosts", "*"));
        using var client = PerfDashApp.Browser(PerfDashApp.AddressOf(instance));
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        client.DefaultRequestHeaders.Add("X-Forwarded-Host", "farm.example");

        using var failed = await client.PostAsJsonAsync("/access/sign-in", new { name = $"x{trusted.Length}", password = "wrong password" }, Cancel);
        using var page = await client.GetAsync("/workflows", Cancel);
        using var form = await client.GetAsync("/sign-in", Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, failed.StatusCode);
        Assert.Equal(counts ? "203.0.113.7" : "127.0.0.1", await database.ScalarAsync<string>($"SELECT address FROM access_audit WHERE target = 'x{trusted.Length}'"));
        Assert.StartsWith(counts ? "https://farm.example/sign-in" : PerfDashApp.AddressOf(instance), page.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(counts, form.Headers.Contains("Strict-Transport-Security"));
        var cookie = form.Headers.GetValues("Set-Cookie").Single();
        Assert.Equal(counts, cookie.StartsWith("__Host-", StringComparison.Ordinal));
        Assert.Equal(counts, cookie.Contains("secure", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Over_https_a_session_is_in_a_host_cookie_and_a_plain_one_is_worth_nothing()
    {
        await using var instance = PerfDashApp.Start(database.ConnectionString, ("PerfDash:Proxy:Trusted", "127.0.0.1"));
        var address = PerfDashApp.AddressOf(instance);
        using var automation = PerfDashApp.Browser(address);
        automation.DefaultRequestHeaders.Add("X-Api-Key", PerfDashApp.ApiKey);
        using var made = await automation.PostAsJsonAsync("/access/accounts", new { name = "https", password = PerfDashApp.Password, role = "viewer" }, Cancel);
        using var client = new HttpClient(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(address) };
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");

        using var signedIn = await client.PostAsJsonAsync("/access/sign-in", new { name = "https", password = PerfDashApp.Password }, Cancel);
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("__Host-perfdash=", StringComparison.Ordinal));
        var pair = cookie.Split(';')[0];

        Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; path=/;", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(pair));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(pair["__Host-".Length..]));

        async Task<HttpStatusCode> StatusAsync(string cookies)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/access/me") { Headers = { { "Cookie", cookies } } };
            using var response = await client.SendAsync(request, Cancel);
            return response.StatusCode;
        }
    }

    [Theory]
    [InlineData("farm.example", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.BadRequest)]
    public async Task Only_an_allowed_host_is_answered(string host, HttpStatusCode expected)
    {
        await using var instance = PerfDashApp.Start(database.ConnectionString, ("AllowedHosts", "farm.example;127.0.0.1"));
        using var client = PerfDashApp.Browser(PerfDashApp.AddressOf(instance));
        client.DefaultRequestHeaders.Host = host;

        Assert.Equal(expected, (await client.GetAsync("/sign-in", Cancel)).StatusCode);
    }
}
