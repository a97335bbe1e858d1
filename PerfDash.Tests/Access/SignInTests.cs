using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Access;

namespace PerfDash.Tests.Access;

public sealed class SignInTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Looking_at_a_link_changes_nothing_and_pressing_its_button_signs_in_once()
    {
        var link = await app.SignInAddressAsync("/collection");
        using var first = PerfDashApp.Browser(app.Address);
        using var second = PerfDashApp.Browser(app.Address);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head, HttpMethod.Get })
        {
            using var preview = await second.SendAsync(new HttpRequestMessage(method, link), Cancel);
            Assert.Equal(HttpStatusCode.OK, preview.StatusCode);
            Assert.False(preview.Headers.TryGetValues("Set-Cookie", out var cookies) && cookies.Any(c => c.StartsWith("perfdash=", StringComparison.Ordinal)));
        }

        using var once = await PerfDashApp.PressAsync(first, link);
        var late = await second.GetAsync(link, Cancel);

        Assert.Equal(HttpStatusCode.Redirect, once.StatusCode);
        Assert.Equal("/first-account?returnUrl=%2Fcollection", once.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.OK, (await first.GetAsync("/", Cancel)).StatusCode);
        Assert.Contains("\"name\":\"owner\",\"role\":\"admin\",\"kind\":\"owner\"", await first.GetStringAsync("/access/me", Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, late.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await second.GetAsync("/", Cancel)).StatusCode);
    }

    [Fact]
    public async Task A_link_without_the_token_of_the_form_does_not_sign_in()
    {
        var link = await app.SignInAddressAsync();
        using var stranger = PerfDashApp.Browser(app.Address);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = link.Split("token=")[1].Split('&')[0] });
        using var response = await stranger.PostAsync("/sign-in", form, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var pressed = await PerfDashApp.PressAsync(stranger, link);
        Assert.Equal(HttpStatusCode.Redirect, pressed.StatusCode);
    }

    [Fact]
    public async Task Of_many_who_use_a_link_at_once_one_comes_in()
    {
        var links = app.Services.GetRequiredService<SignInLinkService>();
        var token = await links.CreateAsync(Cancel);

        var let = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => links.UseAsync(token, Cancel)));

        Assert.Single(let, came => came);
        Assert.False(await links.UseAsync("", Cancel));
    }

    [Fact]
    public async Task A_link_expires_after_15_minutes()
    {
        var token = await app.Services.GetRequiredService<SignInLinkService>().CreateAsync(Cancel);
        Assert.True(await app.Database.ScalarAsync<bool>("SELECT max(expires_at) BETWEEN now() + interval '14 minutes' AND now() + interval '15 minutes' FROM sign_in_links"));
        await app.Database.ExecuteAsync("UPDATE sign_in_links SET expires_at = now() - interval '1 second'");

        Assert.False(await app.Services.GetRequiredService<SignInLinkService>().UseAsync(token, Cancel));
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
        await app.Database.ExecuteAsync("INSERT INTO accounts (user_name, normalized_user_name, role) VALUES ('there', 'THERE', 'admin') ON CONFLICT DO NOTHING");
        using var client = PerfDashApp.Browser(app.Address);
        using var response = await PerfDashApp.PressAsync(client, await app.SignInAddressAsync(returnUrl));
        await app.Database.ExecuteAsync("DELETE FROM accounts WHERE user_name = 'there'");

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal(expected, response.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task The_cookie_is_out_of_reach_of_scripts_and_good_for_every_instance_and_after_a_restart()
    {
        var cookies = new CookieContainer();
        using var client = PerfDashApp.Browser(app.Address, cookies);
        using var response = await PerfDashApp.PressAsync(client, await app.SignInAddressAsync());

        var set = response.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("perfdash=", StringComparison.Ordinal)).ToUpperInvariant();
        Assert.Contains("; HTTPONLY", set, StringComparison.Ordinal);
        Assert.Contains("; SAMESITE=LAX", set, StringComparison.Ordinal);
        for (var start = 0; start < 2; start++)
        {
            await using var other = PerfDashApp.Start(app.Database.ConnectionString);
            using var there = PerfDashApp.Browser(PerfDashApp.AddressOf(other), cookies);
            Assert.Equal(HttpStatusCode.OK, (await there.GetAsync("/performance/overview", Cancel)).StatusCode);
        }
    }

    [Fact]
    public async Task The_form_takes_name_and_password_and_a_copied_cookie_is_worth_nothing_after_signing_out()
    {
        using (await app.SignedInAsync("form", "viewer"))
        {
        }

        foreach (var (name, password, opens) in new[] { ("form", "nonsense nonsense", false), ("nobody", PerfDashApp.Password, false), ("form", "", false), (" FORM ", PerfDashApp.Password, true) })
        {
            var cookies = new CookieContainer();
            using var client = PerfDashApp.Browser(app.Address, cookies);
            using var response = await PerfDashApp.PressAsync(client, "/sign-in?returnUrl=%2Fcollection", ("name", name), ("password", password), ("returnUrl", "//evil.example"));

            Assert.Equal(opens ? HttpStatusCode.Redirect : HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal(opens ? HttpStatusCode.OK : HttpStatusCode.Redirect, (await client.GetAsync("/", Cancel)).StatusCode);
            if (!opens)
                continue;
            Assert.Equal("/", response.Headers.Location!.OriginalString);
            var copy = cookies.GetCookies(new Uri(app.Address))["perfdash"]!.Value;
            using var signedOut = await client.PostAsync("/sign-out", null, Cancel);
            using var thief = PerfDashApp.Browser(app.Address);
            thief.DefaultRequestHeaders.Add("Cookie", $"perfdash={copy}");
            Assert.Equal(HttpStatusCode.Unauthorized, (await thief.GetAsync("/performance/overview", Cancel)).StatusCode);
            Assert.Equal(HttpStatusCode.Redirect, (await client.GetAsync("/", Cancel)).StatusCode);
        }
    }

    [Fact]
    public async Task Signing_in_again_makes_another_session()
    {
        var cookies = new CookieContainer();
        using var client = await app.SignedInAsync(cookies);
        var before = cookies.GetCookies(new Uri(app.Address))["perfdash"]!.Value;

        using var again = await PerfDashApp.PressAsync(client, await app.SignInAddressAsync());

        Assert.NotEqual(before, cookies.GetCookies(new Uri(app.Address))["perfdash"]!.Value);
    }

    [Fact]
    public async Task A_dump_of_the_database_holds_neither_session_nor_key_nor_link()
    {
        var cookies = new CookieContainer();
        using var client = await app.SignedInAsync(cookies);
        using var program = await app.WithKeyAsync("viewer");
        var link = await app.Services.GetRequiredService<SignInLinkService>().CreateAsync(Cancel);
        var key = program.DefaultRequestHeaders.GetValues("X-Api-Key").Single();

        var dump = await app.Database.ScalarAsync<string>("SELECT (SELECT string_agg(s::text, ' ') FROM account_sessions AS s) || (SELECT string_agg(k::text, ' ') FROM api_keys AS k) || (SELECT string_agg(l::text, ' ') FROM sign_in_links AS l) || (SELECT string_agg(a::text, ' ') FROM access_audit AS a)");

        Assert.DoesNotContain(key, dump, StringComparison.Ordinal);
        Assert.DoesNotContain(key["pd_".Length..][..20], dump, StringComparison.Ordinal);
        Assert.DoesNotContain(link, dump, StringComparison.Ordinal);
        Assert.DoesNotContain(cookies.GetCookies(new Uri(app.Address))["perfdash"]!.Value, dump, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_post_without_a_form_is_a_quiet_400()
    {
        using var logs = new RecordedLogs();
        await using var instance = PerfDashApp.Start(app.Database.ConnectionString, logs.Record);
        using var client = PerfDashApp.Browser(PerfDashApp.AddressOf(instance));
        using var nothing = await client.PostAsync("/sign-in", null, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, nothing.StatusCode);
        Assert.DoesNotContain(logs.Lines, line => !line.Contains("Not ready", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Guessing_is_slowed_down_for_the_account_guessed_from_there_and_nobody_else()
    {
        using var victim = await app.SignedInAsync("victim", "viewer");
        using var other = await app.SignedInAsync("bystander", "viewer");
        using var client = PerfDashApp.Browser(app.Address);
        var tries = new List<HttpStatusCode>();
        for (var i = 0; i < 10; i++)
        {
            using var response = await client.PostAsJsonAsync("/access/sign-in", new { name = "victim", password = $"guess number {i}" }, Cancel);
            tries.Add(response.StatusCode);
        }

        Assert.All(tries[..SignInThrottle.FreeAttempts], s => Assert.Equal(HttpStatusCode.Unauthorized, s));
        using var paused = await client.PostAsJsonAsync("/access/sign-in", new { name = "Victim", password = PerfDashApp.Password }, Cancel);
        Assert.Equal(HttpStatusCode.TooManyRequests, paused.StatusCode);
        Assert.NotNull(paused.Headers.RetryAfter);
        // Whoever is in stays in, others come in, and the page is never refused.
        Assert.Equal(HttpStatusCode.OK, (await victim.GetAsync("/performance/overview", Cancel)).StatusCode);
        using var fine = await client.PostAsJsonAsync("/access/sign-in", new { name = "bystander", password = PerfDashApp.Password }, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, fine.StatusCode);
        Assert.True(await app.Database.ScalarAsync<long>("SELECT count(*) FROM access_audit WHERE action = 'sign_in_failed' AND target = 'victim' AND address = '127.0.0.1'") >= SignInThrottle.FreeAttempts);
    }
}
