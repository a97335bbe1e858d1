using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace PerfDash.Tests.Access;

public sealed class AnonymousAccessTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/performance/overview")]
    [InlineData("/performance/throughput")]
    [InlineData("/performance/job/1")]
    [InlineData("/performance/collection")]
    [InlineData("/performance/nothing")]
    [InlineData("/_blazor/negotiate")]
    public async Task A_program_without_a_key_gets_401_with_problem_details(string path)
    {
        using var stranger = PerfDashApp.Browser(app.Address);
        foreach (var key in new[] { null, "wrong-key-0123456789" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (key is not null)
                request.Headers.Add("X-Api-Key", key);
            using var response = await stranger.SendAsync(request, Cancel);

            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            Assert.Equal(401, (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("status").GetInt32());
        }
    }

    [Theory]
    [InlineData("Authorization", "Bearer " + PerfDashApp.ApiKey, HttpStatusCode.OK)]
    [InlineData("Authorization", "bearer " + PerfDashApp.ApiKey, HttpStatusCode.OK)]
    [InlineData("X-Api-Key", PerfDashApp.ApiKey, HttpStatusCode.OK)]
    [InlineData("Authorization", "Bearer " + PerfDashApp.ApiKey + "x", HttpStatusCode.Unauthorized)]
    [InlineData("Authorization", "Basic " + PerfDashApp.ApiKey, HttpStatusCode.Unauthorized)]
    [InlineData("Authorization", PerfDashApp.ApiKey, HttpStatusCode.Unauthorized)]
    [InlineData("X-Api-Key", "TEST-KEY-0123456789", HttpStatusCode.Unauthorized)]
    [InlineData("X-Api-Key", " ", HttpStatusCode.Unauthorized)]
    [InlineData("Cookie", "perfdash=forged", HttpStatusCode.Unauthorized)]
    public async Task Only_the_key_itself_opens(string header, string value, HttpStatusCode expected)
    {
        using var client = PerfDashApp.Browser(app.Address);
        client.DefaultRequestHeaders.TryAddWithoutValidation(header, value);
        using var response = await client.GetAsync("/performance/overview", Cancel);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task A_wrong_key_is_refused_even_beside_a_good_cookie()
    {
        using var client = await app.SignedInAsync();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/performance/overview", Cancel)).StatusCode);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/performance/overview") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "wrong-key-0123456789") } };
        using var response = await client.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/collection?from=now-24h", "/collection?from=now-24h")]
    [InlineData("/no-such-page", "/no-such-page")]
    public async Task A_page_leads_a_stranger_to_the_sign_in_and_back(string path, string returnUrl)
    {
        using var stranger = PerfDashApp.Browser(app.Address);
        using var response = await stranger.GetAsync(path, Cancel);

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal($"/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}", response.Headers.Location!.PathAndQuery);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/sign-in")]
    [InlineData("/health/live")]
    [InlineData("/performance/overview")]
    [InlineData("/performance/nothing")]
    [InlineData("/app.css")]
    public async Task Every_answer_has_the_security_headers(string path)
    {
        using var response = await app.Client.GetAsync(path, Cancel);

        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", response.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("same-origin", response.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.Contains("camera=()", response.Headers.GetValues("Permissions-Policy").Single(), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("http://127.0.0.1:1", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("own", HttpStatusCode.NotFound)]
    [InlineData("", HttpStatusCode.NotFound)]
    public async Task Another_sites_page_cannot_use_the_cookie(string origin, HttpStatusCode expectedOfPost)
    {
        using var client = await app.SignedInAsync();
        if (origin.Length > 0)
            client.DefaultRequestHeaders.Add("Origin", origin == "own" ? app.Address : origin);

        using var post = await client.PostAsync("/performance/collection/failed/1/retry", null, Cancel);
        using var negotiate = await client.PostAsync("/_blazor/negotiate?negotiateVersion=1", null, Cancel);
        using var read = await client.GetAsync("/performance/overview", Cancel);

        Assert.Equal(expectedOfPost, post.StatusCode);
        Assert.Equal(expectedOfPost == HttpStatusCode.Forbidden ? HttpStatusCode.Forbidden : HttpStatusCode.OK, negotiate.StatusCode);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    [Theory]
    [InlineData("cross-site", HttpStatusCode.Forbidden)]
    [InlineData("same-site", HttpStatusCode.Forbidden)]
    [InlineData("same-origin", HttpStatusCode.NotFound)]
    [InlineData("none", HttpStatusCode.NotFound)]
    public async Task A_request_without_an_origin_is_known_by_where_the_browser_says_it_comes_from(string site, HttpStatusCode expected)
    {
        using var client = await app.SignedInAsync();
        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", site);

        using var post = await client.PostAsync("/performance/collection/failed/1/retry", null, Cancel);

        Assert.Equal(expected, post.StatusCode);
    }
}
