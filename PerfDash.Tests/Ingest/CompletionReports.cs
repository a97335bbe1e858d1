using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace PerfDash.Tests.Ingest;

/// <summary>Reports completions under keys of one test's own, so that none sees another's jobs, and looks at what became of them.</summary>
internal sealed class CompletionReports(PerfDashApp app)
{
    private static int _tests;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The key of the test; further keys begin with it and a hyphen.</summary>
    public string Own { get; } = string.Create(CultureInfo.InvariantCulture, $"t{Interlocked.Increment(ref _tests)}");

    public static void AssertCounts(JsonElement answer, int accepted = 0, int duplicates = 0, int rejected = 0) => Assert.Equal(
        (accepted, duplicates, rejected),
        (answer.GetProperty("accepted").GetInt32(), answer.GetProperty("duplicates").GetInt32(), answer.GetProperty("rejected").GetArrayLength()));

    public Task<HttpResponseMessage> PostAsync(string body) =>
        app.Client.PostAsync("/performance/jobs/completed", new StringContent(body, Encoding.UTF8, "application/json"), Cancel);

    public async Task<JsonElement> AcceptAsync(string body)
    {
        using var response = await PostAsync(body);
        return await AcceptedAsync(response);
    }

    /// <summary>With a byte that is no UTF-8 for each exclamation mark.</summary>
    public async Task<JsonElement> PostBytesAsync(string body)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(body).Select(b => b == (byte)'!' ? (byte)0xC3 : b)];
        using var response = await app.Client.PostAsync("/performance/jobs/completed", new ByteArrayContent(bytes) { Headers = { ContentType = new("application/json") } }, Cancel);
        return await AcceptedAsync(response);
    }

    private static async Task<JsonElement> AcceptedAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, $"{response.StatusCode}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonElement.Parse(text);
    }

    public Task<string?> MetricAsync(string key) => app.Database.ScalarAsync<string?>(
        """
        SELECT concat_ws(' ', COALESCE(m.time_per_frame_ms::text, '-'), COALESCE(m.total_gpu_time_ms::text, '-'),
            COALESCE(m.total_wall_time_ms::text, '-'), COALESCE(m.vram_peak_mb::text, '-'))
        FROM performance_metrics m JOIN jobs j ON j.id = m.job_id WHERE j.external_id = @key
        """,
        ("key", key));

    public Task<long> CountAsync(string table) => app.Database.ScalarAsync<long>(
        $"SELECT count(*) FROM {table} WHERE external_id = @key OR starts_with(external_id, @key || '-')", ("key", Own));
}
