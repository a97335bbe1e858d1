using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace PerfDash.Tests.Access;

public sealed class AccountTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "seven blue herons", "viewer", "name")]
    [InlineData("two\nlines", "seven blue herons", "viewer", "name")]
    [InlineData("Owner", "seven blue herons", "viewer", "name")]
    [InlineData("a", "7 chars", "viewer", "password")]
    [InlineData("a", "😀😀😀😀😀😀😀", "viewer", "password")]
    [InlineData("a", "password", "viewer", "password")]
    [InlineData("a", "QWERTYUIOP", "viewer", "password")]
    [InlineData("a", "87654321", "viewer", "password")]
    [InlineData("a", null, "viewer", "password")]
    [InlineData("a", "seven blue herons", "ingest", "role")]
    [InlineData("a", "seven blue herons", "Viewer", "role")]
    [InlineData("a", "seven blue herons", null, "role")]
    public async Task An_account_that_cannot_be_is_refused_with_the_field_named(string name, string? password, string? role, string field)
    {
        using var response = await app.Client.PostAsJsonAsync("/access/accounts", new { name, password, role }, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(field, Assert.Single(problem.GetProperty("errors").EnumerateObject()).Name);
    }

    [Theory]
    [InlineData("8 letter")]
    [InlineData("päss wörd 😀\t")]
    public async Task Any_characters_make_a_password(string password)
    {
        foreach (var (name, given) in new[] { ($"any {password.Length}", password), ($"long {password.Length}", string.Concat(Enumerable.Repeat("x", 200))) })
        {
            using var made = await app.Client.PostAsJsonAsync("/access/accounts", new { name, password = given, role = "viewer" }, Cancel);
            Assert.True(made.StatusCode is HttpStatusCode.Created, await made.Content.ReadAsStringAsync(Cancel));
            using var client = PerfDashApp.Browser(app.Address);
            using var signedIn = await client.PostAsJsonAsync("/access/sign-in", new { name = name.ToUpperInvariant(), password = given }, Cancel);
            Assert.Equal(HttpStatusCode.NoContent, signedIn.StatusCode);
        }

        using var tooLong = await app.Client.PostAsJsonAsync("/access/accounts", new { name = "too long", password = new string('x', 201), role = "viewer" }, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, tooLong.StatusCode);
    }

    [Fact]
    public async Task A_name_is_taken_whatever_its_case()
    {
        using var first = await app.SignedInAsync("Grace", "viewer");
        using var again = await app.Client.PostAsJsonAsync("/access/accounts", new { name = "gRACE", password = PerfDashApp.Password, role = "viewer" }, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
        Assert.Contains("\"name\"", await again.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"role\":\"viewer\"}")]
    [InlineData("{\"disabled\":true}")]
    [InlineData("{\"password\":\"nine green lizards\"}")]
    [InlineData("sign-out")]
    [InlineData("delete")]
    public async Task Whatever_takes_rights_away_ends_the_sessions_on_every_instance(string change)
    {
        var name = $"leaving {change}";
        var cookies = new CookieContainer();
        using var person = await app.SignedInAsync(name, "editor", cookies);
        await using var other = PerfDashApp.Start(app.Database.ConnectionString);
        var address = PerfDashApp.AddressOf(other);
        using var there = PerfDashApp.Browser(address);
        there.DefaultRequestHeaders.Add("Cookie", $"perfdash={cookies.GetCookies(new Uri(app.Address))["perfdash"]!.Value}");
        Assert.Equal(HttpStatusCode.OK, (await there.GetAsync("/access/me", Cancel)).StatusCode);
        var id = await IdAsync(name);

        using var changed = change switch
        {
            "delete" => await app.Client.DeleteAsync($"/access/accounts/{id}", Cancel),
            "sign-out" => await app.Client.PostAsync($"/access/accounts/{id}/sign-out", null, Cancel),
            _ => await app.Client.PutAsync($"/access/accounts/{id}", new StringContent(change, System.Text.Encoding.UTF8, "application/json"), Cancel),
        };

        Assert.True(changed.IsSuccessStatusCode, await changed.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(HttpStatusCode.Unauthorized, (await person.GetAsync("/access/me", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await there.GetAsync("/access/me", Cancel)).StatusCode);
        using var again = await person.PostAsJsonAsync("/access/sign-in", new { name, password = PerfDashApp.Password }, Cancel);
        Assert.Equal(change is "sign-out" or "{\"role\":\"viewer\"}" ? HttpStatusCode.NoContent : HttpStatusCode.Unauthorized, again.StatusCode);
    }

    [Fact]
    public async Task The_last_enabled_admin_stays_also_when_two_are_taken_away_at_once()
    {
        await app.Database.ExecuteAsync("DELETE FROM accounts WHERE role = 'admin'");
        using var one = await app.SignedInAsync("admin one", "admin");
        var first = await IdAsync("admin one");
        foreach (var change in new[] { "{\"role\":\"editor\"}", "{\"disabled\":true}" })
        {
            using var refused = await app.Client.PutAsync($"/access/accounts/{first}", new StringContent(change, System.Text.Encoding.UTF8, "application/json"), Cancel);
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        }

        Assert.Equal(HttpStatusCode.Conflict, (await app.Client.DeleteAsync($"/access/accounts/{first}", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await one.GetAsync("/access/me", Cancel)).StatusCode);
        using var two = await app.SignedInAsync("admin two", "admin");
        var second = await IdAsync("admin two");

        var answers = await Task.WhenAll(app.Client.DeleteAsync($"/access/accounts/{first}", Cancel), app.Client.DeleteAsync($"/access/accounts/{second}", Cancel));

        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.Conflict], answers.Select(a => a.StatusCode).Order());
        await app.Database.ExecuteAsync("DELETE FROM accounts WHERE role = 'admin'");
    }

    [Fact]
    public async Task An_account_is_listed_without_its_password()
    {
        using var person = await app.SignedInAsync("listed", "editor");
        var text = await app.Client.GetStringAsync("/access/accounts", Cancel);

        var item = JsonDocument.Parse(text).RootElement.GetProperty("items").EnumerateArray().Single(a => a.GetProperty("name").GetString() == "listed");
        Assert.Equal(["id", "name", "role", "disabled", "created_at", "last_sign_in_at", "two_factor"], item.EnumerateObject().Select(p => p.Name));
        Assert.Equal("editor", item.GetProperty("role").GetString());
        Assert.NotEqual(JsonValueKind.Null, item.GetProperty("last_sign_in_at").ValueKind);
        Assert.DoesNotContain("hash", text, StringComparison.Ordinal);
        Assert.Contains("{\"name\":\"listed\",\"role\":\"editor\",\"kind\":\"account\"}", await person.GetStringAsync("/access/me", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_account_is_404_and_a_put_keeps_what_it_does_not_name()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.PutAsJsonAsync("/access/accounts/999999", new { role = "viewer" }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.DeleteAsync("/access/accounts/999999", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.PostAsync("/access/accounts/999999/sign-out", null, Cancel)).StatusCode);
        using var person = await app.SignedInAsync("kept", "editor");

        using var changed = await app.Client.PutAsJsonAsync($"/access/accounts/{await IdAsync("kept")}", new { disabled = false }, Cancel);

        Assert.Equal("editor", (await changed.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("role").GetString());
        Assert.Equal(HttpStatusCode.OK, (await person.GetAsync("/access/me", Cancel)).StatusCode);
    }

    private Task<long> IdAsync(string name) => app.Database.ScalarAsync<long>($"SELECT id FROM accounts WHERE user_name = '{name}'");
}
