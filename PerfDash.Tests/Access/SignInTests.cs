using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Web.Access;

namespace PerfDash.Tests.Access;

public sealed partial class SignInTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_signs_in_once_and_the_next_one_is_announced()
    {
        var links = app.Services.GetRequiredService<SignInLinks>();
        List<string> announced = [];
        links.Renewed += announced.Add;
        var link = app.SignInAddress("/collection");
        using var first = AnonymousAccessTests.Browser(app.Address);
        using var second = AnonymousAccessTests.Browser(app.Address);

        using var once = await first.GetAsync(link, Cancel);
        using var twice = await second.GetAsync(link, Cancel);

        Assert.Equal(HttpStatusCode.Redirect, once.StatusCode);
        Assert.Equal("/collection", once.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.OK, (await first.GetAsync("/", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, twice.StatusCode);
        Assert.False(twice.Headers.Contains("Set-Cookie") && twice.Headers.GetValues("Set-Cookie").Any(c => c.StartsWith("perfdash=", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.Redirect, (await second.GetAsync("/", Cancel)).StatusCode);
        Assert.Contains(links.Current, announced);
        Assert.DoesNotContain(links.Current, link, StringComparison.Ordinal);
        Assert.True(links.Current.Length >= 43, "256 bits in base64url");
    }

    [Fact]
    public void Of_many_who_use_a_link_at_once_one_comes_in()
    {
        var links = new SignInLinks();
        var token = links.Current;

        var let = Enumerable.Range(0, 200).AsParallel().Count(_ => links.Use(token));

        Assert.Equal(1, let);
        Assert.False(links.Use(""));
        Assert.True(links.Use(links.Current));
    }

    [Theory]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("", "/")]
    [InlineData("/collection?from=now-7d", "/collection?from=now-7d")]
    [InlineData("/?name=ü", "/?name=%C3%BC")]
    public async Task Only_an_address_of_this_application_is_returned_to(string returnUrl, string expected)
    {
        using var client = AnonymousAccessTests.Browser(app.Address);
        using var response = await client.GetAsync(app.SignInAddress(returnUrl), Cancel);

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal(expected, response.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task The_cookie_is_out_of_reach_of_scripts_and_good_for_every_instance_and_after_a_restart()
    {
        var cookies = new CookieContainer();
        using var client = AnonymousAccessTests.Browser(app.Address, cookies);
        using var response = await client.GetAsync(app.SignInAddress(), Cancel);

        var set = response.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("perfdash=", StringComparison.Ordinal)).ToUpperInvariant();
        Assert.Contains("; HTTPONLY", set, StringComparison.Ordinal);
        Assert.Contains("; SAMESITE=LAX", set, StringComparison.Ordinal);
        for (var start = 0; start < 2; start++)
        {
            await using var other = PerfDashApp.Start(app.Database.ConnectionString);
            using var there = AnonymousAccessTests.Browser(PerfDashApp.AddressOf(other), cookies);
            Assert.Equal(HttpStatusCode.OK, (await there.GetAsync("/performance/overview", Cancel)).StatusCode);
        }
    }

    [Fact]
    public async Task The_form_takes_the_key_or_the_token_and_signing_out_ends_it()
    {
        foreach (var (secret, opens) in new[] { ("nonsense", false), ("", false), (PerfDashApp.ApiKey, true), (app.Services.GetRequiredService<SignInLinks>().Current, true) })
        {
            using var client = AnonymousAccessTests.Browser(app.Address);
            var page = await client.GetStringAsync("/sign-in?returnUrl=%2Fcollection", Cancel);
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["secret"] = secret,
                ["returnUrl"] = "//evil.example",
                ["__RequestVerificationToken"] = Antiforgery().Match(page).Groups[1].Value,
            });
            using var response = await client.PostAsync("/sign-in", form, Cancel);

            Assert.Equal(opens ? HttpStatusCode.Redirect : HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal(opens ? HttpStatusCode.OK : HttpStatusCode.Redirect, (await client.GetAsync("/", Cancel)).StatusCode);
            if (!opens)
                continue;
            Assert.Equal("/", response.Headers.Location!.OriginalString);
            using var signedOut = await client.PostAsync("/sign-out", null, Cancel);
            Assert.Equal(HttpStatusCode.Redirect, (await client.GetAsync("/", Cancel)).StatusCode);
        }
    }

    [Fact]
    public async Task A_post_without_a_form_is_a_quiet_400()
    {
        using var logs = new RecordedLogs();
        await using var instance = PerfDashApp.Start(app.Database.ConnectionString, logs.Record);
        using var client = AnonymousAccessTests.Browser(PerfDashApp.AddressOf(instance));
        using var nothing = await client.PostAsync("/sign-in", null, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, nothing.StatusCode);
        Assert.Empty(logs.Lines);
    }

    [Fact]
    public async Task Guessing_is_slowed_down()
    {
        await using var instance = PerfDashApp.Start(app.Database.ConnectionString);
        using var client = AnonymousAccessTests.Browser(PerfDashApp.AddressOf(instance));
        var tries = new List<HttpStatusCode>();
        for (var i = 0; i < 25; i++)
        {
            using var response = await client.GetAsync($"/sign-in?token=guess-{i}", Cancel);
            tries.Add(response.StatusCode);
        }

        Assert.All(tries[..20], s => Assert.Equal(HttpStatusCode.Unauthorized, s));
        Assert.All(tries[20..], s => Assert.Equal(HttpStatusCode.TooManyRequests, s));
        // Nobody else is held up by it.
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live", Cancel)).StatusCode);
    }

    [GeneratedRegex("""name="__RequestVerificationToken" value="([^"]+)"|value="([^"]+)" name="__RequestVerificationToken" """)]
    private static partial Regex Antiforgery();
}
