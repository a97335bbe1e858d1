using System.Net;

namespace PerfDash.Tests.Answers;

public sealed class ConditionalGetTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private const string Span = "from=2024-02-20&to=2024-03-20";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.AddEntitiesAsync();
        await app.Database.AddJobsAsync(FarmRows.MakeUp(seed: 3, jobs: 60, new DateTime(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc), days: 20));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("overview?" + Span)]
    [InlineData("throughput?" + Span)]
    [InlineData("workflow/1?" + Span)]
    [InlineData("workflow/1/trend?" + Span)]
    [InlineData("worker/1?" + Span)]
    [InlineData("workers/comparison?" + Span)]
    [InlineData("comparison?workflows=1,2&" + Span)]
    [InlineData("quality?" + Span)]
    [InlineData("jobs?" + Span)]
    [InlineData("jobs?format=csv&" + Span)]
    [InlineData("job/1")]
    public async Task An_unchanged_answer_is_not_sent_again_and_a_changed_one_is(string route)
    {
        using var first = await GetAsync(route);
        var tag = first.Headers.ETag!.ToString();
        using var again = await GetAsync(route, tag);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal((HttpStatusCode.NotModified, tag), (again.StatusCode, again.Headers.ETag!.ToString()));
        Assert.Empty(await again.Content.ReadAsByteArrayAsync(Cancel));
        Assert.All([first, again], a => Assert.Equal("no-cache, private", a.Headers.CacheControl!.ToString()));
        Assert.All([first, again], a => Assert.Equal(["Accept"], a.Headers.Vary));

        await app.Database.ExecuteAsync("UPDATE workflows SET name = name || ' renamed'");
        await app.Database.AddJobsAsync([new FarmRow { JobId = 1000, TimePerFrameMs = 1, Scores = new Dictionary<string, double> { ["likeness"] = 0.5 }, CompletedAt = new DateTime(2024, 3, 1, 0, 0, 0, DateTimeKind.Utc) }]);
        using var changed = await GetAsync(route, tag);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tag, changed.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task A_tag_counts_weakly_among_others_and_as_any()
    {
        var route = "jobs?" + Span;
        using var first = await GetAsync(route);
        var tag = first.Headers.ETag!.ToString();

        foreach (var (sent, expected) in new[] { (tag, 304), (tag["W/".Length..], 304), ($"\"other\", {tag}", 304), ("*", 304), ("\"other\"", 200), ("nonsense", 200) })
        {
            using var answer = await GetAsync(route, sent);
            Assert.Equal((sent, expected), (sent, (int)answer.StatusCode));
        }
    }

    [Fact]
    public async Task Json_and_csv_have_tags_of_their_own()
    {
        using var json = await GetAsync("jobs?" + Span);
        using var csv = await GetAsync("jobs?format=csv&" + Span, json.Headers.ETag!.ToString());

        Assert.Equal(HttpStatusCode.OK, csv.StatusCode);
    }

    [Theory]
    [InlineData("jobs?" + Span)]
    [InlineData("jobs?format=csv&" + Span)]
    [InlineData("workflow/99")]
    [InlineData("jobs?limit=0")]
    public async Task Head_answers_as_get_does_without_the_body(string route)
    {
        using var get = await GetAsync(route);
        using var request = new HttpRequestMessage(HttpMethod.Head, $"/performance/{route}");
        using var head = await app.Client.SendAsync(request, Cancel);

        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancel));
        if (get.IsSuccessStatusCode)
            Assert.Equal(get.Content.Headers.ToString(), head.Content.Headers.ToString());
    }

    [Fact]
    public async Task An_answer_is_compressed_for_who_takes_that()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/performance/jobs?{Span}");
        request.Headers.AcceptEncoding.ParseAdd("br");
        using var compressed = await app.Client.SendAsync(request, Cancel);
        using var plain = await GetAsync($"jobs?{Span}");

        Assert.Equal(["br"], compressed.Content.Headers.ContentEncoding);
        Assert.Contains("Accept-Encoding", compressed.Headers.Vary);
        await using var brotli = new System.IO.Compression.BrotliStream(await compressed.Content.ReadAsStreamAsync(Cancel), System.IO.Compression.CompressionMode.Decompress);
        Assert.Equal(await plain.Content.ReadAsStringAsync(Cancel), await new StreamReader(brotli).ReadToEndAsync(Cancel));
    }

    [Fact]
    public async Task An_error_has_no_tag()
    {
        using var answer = await GetAsync("workflow/99", "*");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Null(answer.Headers.ETag);
    }

    private async Task<HttpResponseMessage> GetAsync(string route, string? known = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/performance/{route}");
        if (known is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
        return await app.Client.SendAsync(request, Cancel);
    }
}
