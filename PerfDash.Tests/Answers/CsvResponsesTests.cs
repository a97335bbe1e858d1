using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Estimates;
using PerfDash.Tests.Notifications;

namespace PerfDash.Tests.Answers;

/// <summary>Lists as CSV, compared with the JSON of the same request.</summary>
public sealed partial class CsvResponsesTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private const string Span = "from=2024-02-20&to=2024-03-20";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.Database.ClearAsync();
        await app.Database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>
    /// Every route with CSV: its list, and where that stands in the JSON; <c>*</c> goes through all items. (Not coverage: the ages
    /// in it differ from one request to the next.)
    /// </summary>
    public static TheoryData<string, string?, string> Lists => new()
    {
        { "overview", null, "top_workflows bottom_workflows" },
        { "throughput", null, "points" },
        { "throughput?bucket=week&time_zone=Europe/Berlin", null, "points" },
        { "jobs?limit=1000", null, "items" },
        { "workflow/1", null, "pipeline_stages" },
        { "workflow/1", "time_per_frame_histogram", "time_per_frame.histogram" },
        { "workflow/1", "gpu_time_by_worker", "gpu_time_by_worker" },
        { "workflow/1", "gpu_time_by_resolution_tier", "gpu_time_by_resolution_tier" },
        { "workflow/1", "quality_scores", "quality_scores" },
        { "workflow/1/trend", null, "points" },
        { "worker/1", null, "job_types" },
        { "workers/comparison", null, "workers" },
        { "workers/comparison", "job_types", "job_types.*.workers" },
        { "worker/1/drift", null, "points" },
        { "workers/failures", null, "items" },
        { "quality", null, "scores.*.workflows" },
        { "quality", "histograms", "scores.*.workflows.*.histogram" },
        { "quality/correlation?parameter=cfg&score=likeness", null, "points" },
        { "quality/correlation?parameter=sampler&score=likeness", "groups", "groups" },
        { "comparison?workflows=1,2,3", null, "workflows" },
        { "comparison?workflows=1,2,3", "differences", "differences" },
        { "comparison?workflows=1,2,3", "stages", "differences.*.stage_attribution.stages" },
        { "comparison/history?workflow=1&before_from=2024-02-20&before_to=2024-03-01&after_from=2024-03-01&after_to=2024-03-20", null, "before after" },
        { "comparison/history?workflow=1&before_from=2024-02-20&before_to=2024-03-01&after_from=2024-03-01&after_to=2024-03-20", "difference", "difference" },
        { "comparison/history?workflow=1&before_from=2024-02-20&before_to=2024-03-01&after_from=2024-03-01&after_to=2024-03-20", "stages", "difference.stage_attribution.stages" },
        { "estimate/backtest", null, "levels" },
        { "estimate/backtest", "questions", "questions" },
        { "cost?score=likeness&min=0.5", null, "items" },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Every_figure_of_a_list_is_in_its_table(string route, string? list, string where)
    {
        await app.Database.AddJobsAsync(FarmRows.MakeUp(seed: 7, jobs: 400, new DateTime(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc), days: 20));
        if (route == "estimate/backtest")
        {
            await app.Database.AddJobsAsync([.. FarmRows.MakeUp(seed: 8, jobs: 400, DateTime.UtcNow.AddDays(-21), days: 20).Select(r => r with { JobId = r.JobId + 1000 })]);
            await app.Services.GetRequiredService<BackTestQueries>().RefreshAsync(TestContext.Current.CancellationToken);
        }

        var json = await JsonAsync(Address(route));
        var rows = where.Split(' ').SelectMany(path => Parts(json, path.Split('.'))).ToList();
        var (header, table) = await CsvAsync(Address(route, "format=csv", list is null ? "" : $"list={list}"));

        Assert.Equal(rows.Count, table.Count);
        Assert.NotEmpty(table);
        Assert.All(header, name => Assert.Matches("^[a-z0-9_]+$", name));
        Assert.Equal(header.Count, header.Distinct().Count());
        foreach (var (expected, row) in rows.Zip(table))
        {
            foreach (var (name, text) in Leaves(expected, "", row))
                Assert.Equal(text, row[name]);
        }
    }

    [Theory]
    [InlineData("alerts")]
    [InlineData("alerts/thresholds")]
    [InlineData("alerts/window-rules")]
    [InlineData("alerts/mutes")]
    [InlineData("alerts/audit")]
    [InlineData("alerts/channels")]
    [InlineData("alerts/deliveries")]
    public async Task Every_figure_of_a_list_of_alerts_is_in_its_table(string route)
    {
        await StoredAlerts.AddRuleAsync(app.Database);
        await PostAsync("window-rules", new { kind = "failed_share", scope_type = "global", warning_threshold = 0.1, critical_threshold = 0.2, note = "=1+1" });
        await PostAsync("mutes", new { scope_type = "workflow", scope_id = 2, until = DateTime.UtcNow.AddHours(1), comment = "Maintenance, \"tonight\"" });
        await PostAsync("channels", new { kind = "webhook", name = "Operators", url = "https://example.com/", minimum_severity = "critical" });
        var alerts = new StoredAlerts(app.Database, app.Services);
        for (var workflow = 1; workflow <= 3; workflow++)
            await alerts.OpenAsync(subject: workflow); // A warning: withheld from the channel, so nothing is sent and the list stands still.

        var rows = Parts(await JsonAsync($"/performance/{route}"), ["items"]).ToList();
        var (header, table) = await CsvAsync($"/performance/{route}?format=csv");

        Assert.Equal(rows.Count, table.Count);
        Assert.NotEmpty(table);
        Assert.All(header, name => Assert.Matches("^[a-z0-9_]+$", name));
        foreach (var (expected, row) in rows.Zip(table))
        {
            foreach (var (name, text) in Leaves(expected, "", row))
                Assert.Equal(text.StartsWith('=') ? "'" + text : text, row[name]);
        }

        async Task PostAsync(string list, object body)
        {
            using var answer = await app.Client.PostAsJsonAsync($"/performance/alerts/{list}", body, Cancel);
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("alerts")]
    [InlineData("alerts/audit")]
    [InlineData("alerts/deliveries")]
    public async Task The_link_header_leads_through_pages_of_alerts(string route)
    {
        await StoredAlerts.AddRuleAsync(app.Database);
        for (var i = 0; i < 3; i++)
        {
            using var made = await app.Client.PostAsJsonAsync("/performance/alerts/channels", new { kind = "webhook", name = $"Operators {i}", url = "https://example.com/", minimum_severity = "critical" }, Cancel);
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        }

        var alerts = new StoredAlerts(app.Database, app.Services);
        for (var workflow = 1; workflow <= 3; workflow++)
            await alerts.OpenAsync(subject: workflow);
        var (_, all) = await CsvAsync($"/performance/{route}?format=csv");
        var seen = new List<string>();
        for (var next = (string?)$"/performance/{route}?limit=2&format=csv"; next is not null;)
        {
            using var answer = await app.Client.GetAsync(next, Cancel);
            var (_, page) = Read(await answer.Content.ReadAsStringAsync(Cancel));
            Assert.InRange(page.Count, 0, 2);
            seen.AddRange(page.Select(row => row["id"]));
            next = answer.Headers.TryGetValues("Link", out var links) ? Next().Match(Assert.Single(links)).Groups[1].Value : null;
        }

        Assert.True(all.Count >= 3);
        Assert.Equal(all.Select(row => row["id"]), seen);
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_table_without_rows_still_has_its_header(string route, string? list, string where)
    {
        var (header, table) = await CsvAsync(Address(route, "format=csv", list is null ? "" : $"list={list}").Replace("2024", "2019", StringComparison.Ordinal));

        Assert.True(header.Count > 1, string.Join(',', header));
        string[] neverEmpty = ["points", "workflows", "before after", "differences", "difference"];
        if (!neverEmpty.Contains(where))
            Assert.All(table, row => Assert.DoesNotContain(row, cell => cell.Value == "0"));
    }

    [Theory]
    [InlineData("text/csv", true)]
    [InlineData("TEXT/CSV", true)]
    [InlineData("text/csv;q=0.9, application/json;q=0.5", true)]
    [InlineData("text/csv, */*", true)]
    [InlineData("text/*", true)]
    [InlineData("application/json, text/csv", false)]
    [InlineData("application/json, text/csv;q=0.5", false)]
    [InlineData("text/csv;q=0", false)]
    [InlineData("*/*", false)]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false)]
    [InlineData("text/html", false)]
    [InlineData("nonsense", false)]
    public async Task The_accept_header_chooses(string accept, bool csv)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address("jobs"));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await app.Client.SendAsync(request, Cancel);

        Assert.Equal((HttpStatusCode.OK, csv ? "text/csv" : "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal(["Accept"], answer.Headers.Vary);
    }

    [Theory]
    [InlineData("json", "text/csv", "application/json")]
    [InlineData("csv", "application/json", "text/csv")]
    [InlineData("CSV", "application/json", "text/csv")]
    public async Task The_format_outweighs_the_header(string format, string accept, string expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address("jobs", $"format={format}"));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await app.Client.SendAsync(request, Cancel);

        Assert.Equal(expected, answer.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("jobs?format=xml", "format")]
    [InlineData("jobs?format=csv,json", "format")]
    [InlineData("job/1?format=csv", "format")]
    [InlineData("collection?format=pdf", "format")]
    [InlineData("workflow/1?format=csv&list=everything", "list")]
    [InlineData("jobs?format=csv&limit=0", "limit")]
    public async Task What_cannot_be_given_is_refused_with_problem_details(string route, string field)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/performance/{route}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/csv"));
        using var answer = await app.Client.SendAsync(request, Cancel);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal([field], body.RootElement.GetProperty("errors").EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found_as_csv_either()
    {
        using var answer = await app.Client.GetAsync("/performance/workflow/99?format=csv", Cancel);

        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Null(answer.Content.Headers.ContentDisposition);
    }

    [Theory]
    [InlineData("jobs?format=csv", "perfdash-jobs.csv")]
    [InlineData("workflow/1/trend?format=csv", "perfdash-workflow-1-trend.csv")]
    [InlineData("workers/comparison?format=csv&list=job_types", "perfdash-workers-comparison-job_types.csv")]
    public async Task A_table_comes_as_a_file_with_a_name(string route, string name)
    {
        using var answer = await app.Client.GetAsync($"/performance/{route}", Cancel);

        Assert.Equal(("attachment", name), (answer.Content.Headers.ContentDisposition!.DispositionType, answer.Content.Headers.ContentDisposition.FileName!.Trim('"')));
        Assert.Equal("utf-8", answer.Content.Headers.ContentType!.CharSet);
    }

    [Fact]
    public async Task Names_that_are_formulas_are_neutralised_and_numbers_stay_numbers()
    {
        string[] names = ["=HYPERLINK(\"http://evil.example\";\"x\")", " \n＝1+1", "-2+3", "@SUM(1)"];
        for (var i = 0; i < names.Length; i++)
        {
            await app.Database.ExecuteAsync("INSERT INTO workflows (id, name) VALUES (@id, @name)", ("id", 10L + i), ("name", names[i]));
            await app.Database.AddJobsAsync(
            [
                new FarmRow
                {
                    JobId = 10 + i, WorkflowId = 10 + i, TimePerFrameMs = 5.5f, Tier = "+cmd|calc", CompletedAt = new DateTime(2024, 2, 22, 1, 2, 3, DateTimeKind.Utc),
                    ScoresJson = """{"=score": -0.25, "note": "=1+1"}""",
                },
            ]);
        }

        var (header, table) = await CsvAsync(Address("jobs?sort=created_at", "format=csv"));

        Assert.Equal(names.Select(n => "'" + n), table.Select(row => row["workflow_name"]));
        Assert.All(table, row => Assert.Equal(
            ("'+cmd|calc", "5.5", "-0.25", "'=1+1", "2024-02-22T01:02:03Z", ""),
            (row["resolution_tier"], row["time_per_frame_ms"], row["quality_scores_=score"], row["quality_scores_note"], row["created_at"], row["total_gpu_time_ms"])));
        Assert.DoesNotContain(header, name => name.StartsWith('='));
    }

    [Fact]
    public async Task The_link_header_leads_through_all_pages()
    {
        await app.Database.AddJobsAsync(FarmRows.MakeUp(seed: 1, jobs: 25, new DateTime(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc), days: 20));
        var seen = new List<long>();
        var pages = 0;
        for (var next = (string?)Address("jobs?limit=1&sort=-time_per_frame_ms&worker_id=1", "format=csv"); next is not null; pages++)
        {
            using var answer = await app.Client.GetAsync(next, Cancel);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var (_, table) = Read(await answer.Content.ReadAsStringAsync(Cancel));
            seen.AddRange(table.Select(row => long.Parse(row["job_id"], CultureInfo.InvariantCulture)));
            next = answer.Headers.TryGetValues("Link", out var links) ? Next().Match(Assert.Single(links)).Groups[1].Value : null;
            Assert.NotEqual("", next);
            if (next is not null)
                Assert.Equal("csv", QueryHelpers.ParseQuery(new Uri(new Uri(app.Address), next).Query)["format"]);
        }

        Assert.Equal(
            await app.Database.ScalarAsync<long[]>("SELECT array_agg(job_id ORDER BY job_id) FROM performance_metrics WHERE worker_id = 1"),
            seen.Order());
        Assert.Equal(seen.Count, pages);
    }

    private static string Address(string route, params string[] more) =>
        "/performance/" + string.Join('&', [route.Contains('?', StringComparison.Ordinal) ? route : route + "?" + Span, .. route.Contains('?', StringComparison.Ordinal) ? [Span] : Array.Empty<string>(), .. more]);

    private async Task<JsonElement> JsonAsync(string address) => JsonElement.Parse(await app.Client.GetStringAsync(address, Cancel));

    private async Task<(List<string> Header, List<Dictionary<string, string>> Rows)> CsvAsync(string address)
    {
        using var answer = await app.Client.GetAsync(address, Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        return Read(text);
    }

    private static (List<string> Header, List<Dictionary<string, string>> Rows) Read(string text)
    {
        var lines = CsvText.Read(text);
        List<string> header = [.. lines[0]];
        Assert.All(lines, line => Assert.Equal(header.Count, line.Length));
        return (header, [.. lines.Skip(1).Select(line => header.Zip(line).ToDictionary(c => c.First, c => c.Second))]);
    }

    /// <summary>The objects at a path, lists opened.</summary>
    private static IEnumerable<JsonElement> Parts(JsonElement at, string[] path)
    {
        if (at.ValueKind == JsonValueKind.Null)
            return [];
        if (path is [])
            return at.ValueKind == JsonValueKind.Array ? at.EnumerateArray() : [at];
        return path[0] == "*" ? at.EnumerateArray().SelectMany(item => Parts(item, path[1..])) : Parts(at.GetProperty(path[0]), path[1..]);
    }

    /// <summary>The columns a row must have, by plain recursion over the JSON.</summary>
    private static IEnumerable<(string Name, string Text)> Leaves(JsonElement value, string name, IReadOnlyDictionary<string, string> row) => value.ValueKind switch
    {
        // One cell of JSON.
        JsonValueKind.Object or JsonValueKind.Array when row.ContainsKey(name) => [(name, value.GetRawText())],
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p => Leaves(p.Value, name.Length == 0 ? p.Name : $"{name}_{p.Name}", row)),
        JsonValueKind.Array or JsonValueKind.Null => [],
        _ => [(name, value.ToString() is var text && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? text.ToLowerInvariant() : text)],
    };

    [GeneratedRegex("^<([^>]+)>; rel=\"next\"$")]
    private static partial Regex Next();
}
