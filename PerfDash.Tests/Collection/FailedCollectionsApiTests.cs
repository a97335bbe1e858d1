using System.Net;
using System.Text.Json;

namespace PerfDash.Tests.Collection;

/// <summary>The list of failed collections as other programs read it.</summary>
public sealed class FailedCollectionsApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static readonly DateTime Noon = new(2026, 2, 18, 12, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_completion_without_a_worker_is_listed_with_its_error_and_attempts()
    {
        var job = await app.Database.AddCompletedJobAsync(1, null, "{}");
        await Eventually.EqualAsync(1L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM failed_collections"));

        var item = Assert.Single((await GetAsync("")).GetProperty("items").EnumerateArray());

        Assert.Equal(["attempts", "error", "first_failed_at", "job_id", "last_failed_at", "queued_at"], item.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal((job, 1), (item.GetProperty("job_id").GetInt64(), item.GetProperty("attempts").GetInt32()));
        Assert.Contains("worker", item.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("Z", item.GetProperty("queued_at").GetString(), StringComparison.Ordinal);
        Assert.True(item.GetProperty("queued_at").GetDateTime() <= item.GetProperty("first_failed_at").GetDateTime());
    }

    [Fact]
    public async Task Pages_follow_each_other_newest_first_also_where_several_failed_at_one_moment()
    {
        // Three moments for seven jobs; 3 and 5 were cancelled since.
        await AddFailuresAsync(7);
        await app.Database.ExecuteAsync("SET LOCAL session_replication_role = replica; UPDATE jobs SET status = 'cancelled' WHERE id IN (3, 5)");

        List<long> ids = [];
        string? cursor = null;
        do
        {
            var page = await GetAsync($"?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            Assert.InRange(page.GetProperty("items").GetArrayLength(), 1, 2);
            ids.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("job_id").GetInt64()));
            cursor = page.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        // By moment (id modulo 3, the greatest first), then by id.
        Assert.Equal([2L, 1L, 4L, 7L, 6L], ids);
    }

    [Fact]
    public async Task It_comes_as_csv_with_a_link_to_the_next_page()
    {
        await AddFailuresAsync(3);

        using var answer = await app.Client.GetAsync("/performance/collection/failures?limit=2&format=csv", Cancel);

        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("rel=\"next\"", Assert.Single(answer.Headers.GetValues("Link")), StringComparison.Ordinal);
        Assert.Equal(
            [
                "job_id,error,attempts,first_failed_at,last_failed_at,queued_at",
                "2,\"no, 2\",2,2026-02-18T12:00:00Z,2026-02-18T12:02:00Z,2026-02-18T11:00:00Z",
                "1,\"no, 1\",1,2026-02-18T12:00:00Z,2026-02-18T12:01:00Z,2026-02-18T11:00:00Z",
            ],
            (await answer.Content.ReadAsStringAsync(Cancel)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=1001", "limit")]
    [InlineData("?cursor=abc", "cursor")]
    [InlineData("?cusror=abc", "cusror")]
    public async Task What_cannot_be_read_is_named(string query, string field)
    {
        using var answer = await app.Client.GetAsync($"/performance/collection/failures{query}", Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.True(JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancel)).GetProperty("errors").TryGetProperty(field, out _));
    }

    private Task<int> AddFailuresAsync(int jobs) => app.Database.ExecuteAsync(
        """
        WITH made AS (
            INSERT INTO jobs (id, workflow_id, status) SELECT i, 1, 'running' FROM generate_series(1, @jobs) AS i RETURNING id
        )
        INSERT INTO failed_collections (job_id, queued_at, error, attempts, first_failed_at, last_failed_at)
        SELECT id, @noon - INTERVAL '1 hour', 'no, ' || id, id, @noon, @noon + id % 3 * INTERVAL '1 minute' FROM made;
        SET LOCAL session_replication_role = replica;
        UPDATE jobs SET status = 'completed'
        """,
        ("jobs", jobs),
        ("noon", Noon));

    private async Task<JsonElement> GetAsync(string query) =>
        JsonElement.Parse(await app.Client.GetStringAsync($"/performance/collection/failures{query}", Cancel));
}
