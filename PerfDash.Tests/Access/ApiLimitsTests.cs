using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using PerfDash.Core.Configuration;
using PerfDash.Web.Api;

namespace PerfDash.Tests.Access;

public sealed class ApiLimitsTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private const string PerSecond = "PerfDash:Api:RequestsPerSecond";
    private const string MaxBytes = "PerfDash:Api:MaxRequestBytes";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_ask_again_and_holds_up_nobody_else()
    {
        await using var instance = PerfDashApp.Start(app.Database.ConnectionString, (PerSecond, "1"));
        using var program = ClientOf(PerfDashApp.AddressOf(instance));
        using var stranger = PerfDashApp.Browser(PerfDashApp.AddressOf(instance));

        // Two at once, then one a second: thirty in a row cannot all pass.
        var strangers = await AskAsync(stranger, 30);
        var programs = await AskAsync(program, 30);

        Assert.Equal(HttpStatusCode.Unauthorized, strangers[0].StatusCode);
        Assert.Contains(strangers, a => a.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.Equal(HttpStatusCode.OK, programs[0].StatusCode);
        var refused = programs.First(a => a.StatusCode != HttpStatusCode.OK);
        Assert.Equal((HttpStatusCode.TooManyRequests, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.Equal(429, (await refused.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("status").GetInt32());
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("/health/live", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("/sign-in", Cancel)).StatusCode);
    }

    [Fact]
    public async Task An_account_has_so_many_pages_open_and_another_when_one_is_closed()
    {
        await using var instance = PerfDashApp.Start(app.Database.ConnectionString, ("PerfDash:Auth:MaxOpenPages", "2"));
        var address = new Uri(PerfDashApp.AddressOf(instance).Replace("http", "ws", StringComparison.Ordinal) + "/_blazor");
        using var viewer = await app.WithKeyAsync("viewer");
        var otherKey = viewer.DefaultRequestHeaders.GetValues("X-Api-Key").Single();

        using var first = await OpenAsync(PerfDashApp.ApiKey);
        using var second = await OpenAsync(PerfDashApp.ApiKey);
        using var third = await OpenAsync(PerfDashApp.ApiKey);
        using var other = await OpenAsync(otherKey);

        Assert.Equal([WebSocketState.Open, WebSocketState.Open, WebSocketState.Closed, WebSocketState.Open], new[] { first, second, third, other }.Select(s => s.State));
        Assert.Equal(HttpStatusCode.TooManyRequests, third.HttpStatusCode);
        second.Abort();
        await Eventually.ThatAsync(
            async () =>
            {
                using var next = await OpenAsync(PerfDashApp.ApiKey);
                return next.State == WebSocketState.Open;
            },
            "a page in place of the one that was closed");

        async Task<ClientWebSocket> OpenAsync(string key)
        {
            var socket = new ClientWebSocket();
            socket.Options.CollectHttpResponseDetails = true;
            socket.Options.SetRequestHeader("X-Api-Key", key);
            try
            {
                await socket.ConnectAsync(address, Cancel);
            }
            catch (WebSocketException)
            {
                // Its state and status say so.
            }

            return socket;
        }
    }

    [Fact]
    public async Task Zero_sets_no_limit()
    {
        await using var instance = PerfDashApp.Start(app.Database.ConnectionString, (PerSecond, "0"));
        using var program = ClientOf(PerfDashApp.AddressOf(instance));

        Assert.All(await AskAsync(program, 100), a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_above_the_limit_is_refused_with_problem_details(bool lengthKnown)
    {
        await using var instance = PerfDashApp.Start(app.Database.ConnectionString, (MaxBytes, "2048"));
        using var program = ClientOf(PerfDashApp.AddressOf(instance));

        foreach (var (size, expected) in new[] { (2000, HttpStatusCode.Accepted), (4000, HttpStatusCode.RequestEntityTooLarge) })
        {
            const string Start = "{\"external_id\": \"limit\", \"workflow\": {\"external_id\": \"w\"}, \"parameters\": {\"prompt\": \"";
            using var body = new StringContent(Start.PadRight(size - 3, 'x') + "\"}}", Encoding.UTF8, "application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, "/performance/jobs/completed") { Content = body };
            request.Headers.TransferEncodingChunked = !lengthKnown;
            using var answer = await program.SendAsync(request, Cancel);

            Assert.Equal(expected, answer.StatusCode);
            if (expected == HttpStatusCode.RequestEntityTooLarge)
                Assert.Equal(413, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("status").GetInt32());
        }
    }

    [Theory]
    [InlineData(-1, 30_000_000, PerSecond)]
    [InlineData(1_000_001, 30_000_000, PerSecond)]
    [InlineData(0, 1023, MaxBytes)]
    [InlineData(0, 1_073_741_825, MaxBytes)]
    public void A_limit_that_cannot_be_is_named(int perSecond, long maxBytes, string key)
    {
        string?[] errors =
        [
            SettingRule.ErrorOf(PerSecond, typeof(ApiOptions).GetProperty(nameof(ApiOptions.RequestsPerSecond))!, perSecond),
            SettingRule.ErrorOf(MaxBytes, typeof(ApiOptions).GetProperty(nameof(ApiOptions.MaxRequestBytes))!, maxBytes),
        ];

        Assert.StartsWith($"{key} is \"", Assert.Single(errors.OfType<string>()), StringComparison.Ordinal);
    }

    private static HttpClient ClientOf(string address) =>
        new() { BaseAddress = new Uri(address), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", PerfDashApp.ApiKey) } };

    private static async Task<List<HttpResponseMessage>> AskAsync(HttpClient client, int times)
    {
        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < times; i++)
            answers.Add(await client.GetAsync("/performance/collection", Cancel));
        return answers;
    }
}
