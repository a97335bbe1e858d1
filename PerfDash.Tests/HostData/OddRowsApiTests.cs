using System.Net;
using System.Text.Json;

namespace PerfDash.Tests.HostData;

/// <summary>Every route over a farm of odd rows: none fails, and what is good is still right.</summary>
public sealed class OddRowsApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    // What stands for the parameters that a route needs, or that lead to other queries.
    private static readonly Dictionary<string, string[]> Values = new(StringComparer.Ordinal)
    {
        ["id"] = ["1", "2", "4"],
        ["job_id"] = ["1", "10", "30", "60", "70", "110"],
        ["workflows"] = ["1,2,3,4,5,6,7"],
        ["workers"] = ["1,2,3,4"],
        ["workflow"] = ["1", "2"],
        ["frames"] = ["48"],
        ["before_from"] = ["0001-01-01"],
        ["before_to"] = ["2026-01-01"],
        ["after_from"] = ["2026-01-01"],
        ["after_to"] = ["9999-12-31T23:59:59.9999999Z"],
        ["parameter"] = ["cfg"],
        ["score"] = ["huge", "likeness"],
        ["sort"] = ["time_per_frame_ms", "-likeness", "created_at"],
        ["limit"] = ["1000"],
        ["bucket"] = ["month"],
        ["min"] = ["0.5"],
        ["status"] = ["failed"],
        ["state"] = ["failed"],
        ["worker"] = ["2"],
        ["metric_name"] = ["time_per_frame_ms"],
        ["day"] = ["9999-12-31"],
        ["workflow_id"] = ["1"],
    };

    public async ValueTask InitializeAsync()
    {
        if (await app.Database.ScalarAsync<long>("SELECT count(*) FROM workflows") > 0)
            return;
        await OddRows.WriteAsync(app.Database);
        await Eventually.EqualAsync(0L, () => app.Database.ScalarAsync<long>("SELECT count(*) FROM job_completions"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Every_completed_job_was_recorded_with_its_oddities_as_warnings()
    {
        Assert.Equal(0, await app.Database.ScalarAsync<long>("SELECT count(*) FROM failed_collections"));
        Assert.Equal(
            await app.Database.ScalarAsync<long>("SELECT count(*) FROM jobs WHERE status = 'completed'"),
            await app.Database.ScalarAsync<long>("SELECT count(*) FROM jobs AS j JOIN performance_metrics AS m ON m.job_id = j.id WHERE j.status = 'completed'"));
        Assert.Equal(5, await app.Database.ScalarAsync<long>("SELECT count(*) FROM job_collections AS c JOIN jobs AS j ON j.id = c.job_id WHERE j.status = 'completed' AND c.job_id <= 5 AND c.warnings IS NULL"));
        // Infinity, BC and the years 57881 and 294276 are no dates to store; 25 hours, 400 days and the year 9999 are ahead.
        Assert.Equal(5, await WarnedAsync("is not a date that can be stored"));
        Assert.Equal(3, await WarnedAsync("is in the future"));

        Task<long> WarnedAsync(string text) => app.Database.ScalarAsync<long>(
            "SELECT count(*) FROM job_collections, jsonb_array_elements(warnings) AS w WHERE w ->> 'field' = 'completed_at' AND w ->> 'message' LIKE '%' || @text || '%'", ("text", text));
    }

    [Fact]
    public async Task No_route_fails_over_odd_rows()
    {
        using var document = await GetAsync("/openapi/v1.json", HttpStatusCode.OK);
        List<string> failures = [];
        var calls = 0;
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject().Where(p => p.Value.TryGetProperty("get", out _)))
        {
            foreach (var address in Addresses(path.Name, path.Value.GetProperty("get")))
            {
                calls++;
                using var response = await app.Client.GetAsync(address, Cancel);
                var text = await response.Content.ReadAsStringAsync(Cancel);
                if ((int)response.StatusCode >= 500)
                    failures.Add($"{address}: {response.StatusCode}");
                else if (response.IsSuccessStatusCode && text.Contains("infinity", StringComparison.OrdinalIgnoreCase))
                    failures.Add($"{address}: answers infinity");
            }
        }

        Assert.True(calls > 100, $"{calls} calls");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Fact]
    public async Task The_good_jobs_have_their_figures()
    {
        var overview = await app.GetJsonAsync($"overview?{OddRows.Range}");
        // 1 to 5 s of GPU time at 3.6 an hour, ten frames each.
        Assert.Equal("5 300 100 500 300 15000 50 0.5 0.015", overview.Line("job_count", "avg_time_per_frame_ms", "min_time_per_frame_ms", "max_time_per_frame_ms", "p50_time_per_frame_ms", "total_gpu_time_ms", "total_frames", "avg_likeness_score", "total_cost"));
        Assert.Equal("5 300", (await app.GetJsonAsync($"worker/1?{OddRows.Range}")).Line("job_count", "avg_time_per_frame_ms"));
        Assert.Equal("5 300", (await app.GetJsonAsync($"workflow/1?{OddRows.Range}")).Line("job_count", "avg_time_per_frame_ms"));
        Assert.Equal(5, (await app.GetJsonAsync($"jobs?{OddRows.Range}")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Names_can_be_read_whatever_the_host_wrote()
    {
        var workflows = await app.GetJsonAsync("comparison?workflows=2,3,4&from=0001-01-01&to=9999-12-31");
        var names = workflows.GetProperty("workflows").EnumerateArray().Select(w => w.GetProperty("workflow_name").GetString()!).ToList();

        Assert.Equal(["Workflow 2", "Workflow 3"], names[..2]);
        Assert.Equal(201, names[2].Length);
        Assert.EndsWith("…", names[2], StringComparison.Ordinal);
    }

    private static IEnumerable<string> Addresses(string path, JsonElement operation)
    {
        var parameters = operation.TryGetProperty("parameters", out var list) ? list.EnumerateArray().Select(p => p.GetProperty("name").GetString()!).ToList() : [];
        string[] paths = [path];
        foreach (var name in parameters.Where(p => path.Contains($"{{{p}}}", StringComparison.Ordinal)))
            paths = [.. paths.SelectMany(p => Values.GetValueOrDefault(name, ["1"]).Select(value => p.Replace($"{{{name}}}", value, StringComparison.Ordinal)))];
        var query = parameters.Where(p => !path.Contains($"{{{p}}}", StringComparison.Ordinal) && Values.ContainsKey(p) && p != "workflow_id").ToList();
        var ranges = parameters.Contains("from") ? OddRows.Ranges : [""];
        foreach (var address in paths)
        {
            foreach (var range in ranges)
            {
                for (var i = 0; i < Math.Max(1, query.Select(p => Values[p].Length).DefaultIfEmpty(1).Max()); i++)
                    yield return $"{address}?{string.Join('&', query.Select(p => $"{p}={Uri.EscapeDataString(Values[p][i % Values[p].Length])}").Append(range).Where(part => part.Length > 0))}";
            }
        }
    }

    private async Task<JsonDocument> GetAsync(string address, HttpStatusCode expected)
    {
        using var response = await app.Client.GetAsync(address, Cancel);
        Assert.Equal(expected, response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
