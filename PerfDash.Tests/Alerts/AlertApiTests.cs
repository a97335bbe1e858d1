using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Tests.Collection;
using static PerfDash.Tests.Alerts.AlertRows;

namespace PerfDash.Tests.Alerts;

/// <summary>Incidents over HTTP, found by the running program.</summary>
public sealed class AlertApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private const string Around = "from=2026-02-18T00:00:00Z&to=2026-02-19T00:00:00Z";

    public async ValueTask InitializeAsync()
    {
        await app.Database.StartOverAsync();
        app.Services.GetRequiredService<RuleCache>().Invalidate();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Alert_threshold_checking_fires_events_that_the_api_shows()
    {
        var threshold = await app.Database.AddThresholdAsync(100, 200);
        await RecordAsync(150, 250);

        var alert = Assert.Single(await ItemsAsync(Around));
        Assert.Equal(
            $$"""{"id":1,"threshold_id":{{threshold}},"window_rule_id":null,"metric_name":"time_per_frame_ms","scope_type":"global","scope_id":null,"subject_type":"workflow","subject_id":1,"subject_name":"Workflow 1","severity":"critical","state":"open","opened_at":"2026-02-18T12:00:01Z","raised_at":"2026-02-18T12:00:02Z","resolved_at":null,"acknowledged_at":null,"acknowledged_by":null,"acknowledge_comment":null,"opened_value":150,"worst_value":250,"last_value":250,"job_id":2}""",
            alert.ToString());

        var detail = await GetAsync("/performance/alerts/1");
        Assert.Equal("opened raised", string.Join(' ', detail.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("event"))));
        Assert.Equal(threshold, detail.GetProperty("threshold").GetProperty("id").GetInt64());
        Assert.Equal(250, detail.GetProperty("last_value").GetDouble());
    }

    [Fact]
    public async Task Acknowledging_names_who_did_and_stays_until_it_resolves_also_when_raised()
    {
        await app.Database.AddThresholdAsync(100, 200);
        await RecordAsync(150);

        var (status, alert) = await AcknowledgeAsync(1, """{"comment": "On it."}""");
        Assert.Equal((HttpStatusCode.OK, "acknowledged", "automation", "On it."), (status, Text(alert, "state"), Text(alert, "acknowledged_by"), Text(alert, "acknowledge_comment")));
        Assert.Equal(Text(alert, "acknowledged_at"), Text((await AcknowledgeAsync(1, null)).Body, "acknowledged_at"));
        Assert.Equal(1, await app.Database.CountAsync("alert_incident_events WHERE event = 'acknowledged'"));
        Assert.Equal(HttpStatusCode.OK, (await AcknowledgeAsync(1, """{"comment": "Fixed soon."}""")).Status);
        Assert.Equal(1, await app.Database.CountAsync("alert_incident_events WHERE event = 'commented'"));

        await RecordAsync(250);
        Assert.Equal(("acknowledged", "critical"), (Text(await GetAsync("/performance/alerts/1"), "state"), Text(await GetAsync("/performance/alerts/1"), "severity")));
        await RecordAsync(50);
        var resolved = await GetAsync("/performance/alerts/1");
        Assert.Equal(("resolved", "automation"), (Text(resolved, "state"), Text(resolved, "acknowledged_by")));
        Assert.Equal(HttpStatusCode.Conflict, (await AcknowledgeAsync(1, null)).Status);
    }

    [Theory]
    [InlineData("1", "{", HttpStatusCode.BadRequest)]
    [InlineData("1", """{"comment": 5}""", HttpStatusCode.BadRequest)]
    [InlineData("99", "", HttpStatusCode.NotFound)]
    [InlineData("x", "", HttpStatusCode.NotFound)]
    public async Task An_acknowledgement_that_cannot_be_is_refused(string id, string body, HttpStatusCode expected)
    {
        await app.Database.AddThresholdAsync(100, 200);
        await RecordAsync(150);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await app.Client.PostAsync($"/performance/alerts/{id}/acknowledge", content, Cancel);
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(0, await app.Database.CountAsync("alert_incidents WHERE state <> 'open'"));
    }

    [Fact]
    public async Task The_list_is_filtered_by_state_range_severity_subject_and_threshold()
    {
        await app.Database.AddThresholdAsync(100, 200);
        await app.Database.AddThresholdAsync(300, 400, scope: "worker", scopeId: 2);
        await RecordAsync(150, 50, 250);
        await app.Database.AddJobAsync(4, 150, workflow: 2);
        await app.Database.AddJobAsync(5, 500, workflow: 2, worker: 2);
        await Eventually.EqualAsync(5, () => app.Database.CountAsync("performance_metrics"));
        await AcknowledgeAsync(3, null);

        Assert.Equal("4 3 2 1", await IdsAsync(Around));
        Assert.Equal("4 3 2", await IdsAsync(""));
        Assert.Equal("4 2", await IdsAsync($"{Around}&state=open"));
        Assert.Equal("3", await IdsAsync($"{Around}&state=acknowledged"));
        Assert.Equal("1", await IdsAsync($"{Around}&state=resolved"));
        Assert.Equal("4 2", await IdsAsync($"{Around}&severity=critical"));
        Assert.Equal("2 1", await IdsAsync($"{Around}&workflow_id=1"));
        Assert.Equal("4", await IdsAsync($"{Around}&subject_type=worker&subject_id=2"));
        Assert.Equal("4", await IdsAsync($"{Around}&threshold_id=2"));
        Assert.Equal("1", await IdsAsync("from=2026-02-18T12:00:01.5Z&to=2026-02-18T12:00:02.5Z"));
        Assert.Equal("1", await IdsAsync("from=2026-02-18T12:00:02Z&to=2026-02-18T12:00:03Z"));
        Assert.Equal("", await IdsAsync("from=2026-02-18T12:00:02.1Z&to=2026-02-18T12:00:03Z"));
        Assert.Equal("", await IdsAsync("from=2026-02-17T12:00:00Z&to=2026-02-18T12:00:01Z"));

        var pages = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await GetAsync($"/performance/alerts?{Around}&limit=3&cursor={cursor}");
            pages.Add(string.Join(' ', page.GetProperty("items").EnumerateArray().Select(a => a.GetProperty("id"))));
            cursor = page.GetProperty("next_cursor").GetString();
        }

        Assert.Equal("4 3 2|1", string.Join('|', pages));
    }

    [Theory]
    [InlineData("state=closed", "state")]
    [InlineData("severity=bad", "severity")]
    [InlineData("subject_type=job", "subject_type")]
    [InlineData("subject_id=x", "subject_id")]
    [InlineData("threshold_id=x", "threshold_id")]
    [InlineData("limit=0", "limit")]
    [InlineData("cursor=!", "cursor")]
    [InlineData("from=then", "from")]
    [InlineData("from=now&to=now-1h", "from")]
    public async Task A_filter_that_is_none_is_named(string query, string field)
    {
        using var answer = await app.Client.GetAsync($"/performance/alerts?{query}", Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(field, Assert.Single((await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").EnumerateObject()).Name);
    }

    [Fact]
    public async Task A_scope_is_muted_and_unmuted()
    {
        using var made = await app.Client.PostAsJsonAsync("/performance/alerts/mutes", new { scope_type = "workflow", scope_id = 1, until = "2999-01-01T00:00:00Z", comment = "Moving house" }, Cancel);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var mute = Assert.Single((await GetAsync("/performance/alerts/mutes")).GetProperty("items").EnumerateArray());
        Assert.Equal("automation", Text(mute, "created_by"));
        using var wrong = await app.Client.PostAsJsonAsync("/performance/alerts/mutes", new { scope_type = "workflow", scope_id = 77, until = "2999-01-01T00:00:00Z" }, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);

        using var gone = await app.Client.DeleteAsync($"/performance/alerts/mutes/{mute.GetProperty("id")}", Cancel);
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        Assert.Empty((await GetAsync("/performance/alerts/mutes")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_new_baseline_is_proposed_from_what_came_since_it_opened()
    {
        await app.Database.AddThresholdAsync(100, 200, forJobs: 2);
        await RecordAsync([50, 50, .. Enumerable.Range(150, 101).Select(i => (double?)i)]);

        var proposal = await GetAsync("/performance/alerts/1/baseline");

        // Opened by the second of them, 151: p95 and p99 of 151 to 250.
        Assert.Equal(JsonValueKind.Null, proposal.GetProperty("threshold_id").ValueKind);
        Assert.Equal(100, proposal.GetProperty("measured").GetProperty("sample_size").GetInt32());
        var proposed = proposal.GetProperty("threshold");
        Assert.Equal(("workflow", 1, 2), (Text(proposed, "scope_type"), proposed.GetProperty("scope_id").GetInt32(), proposed.GetProperty("for_jobs").GetInt32()));
        NaiveAggregates.Near(151 + (0.95 * 99), proposed.GetProperty("warning_threshold").GetDouble(), 1e-6);
        NaiveAggregates.Near(151 + (0.99 * 99), proposed.GetProperty("critical_threshold").GetDouble(), 1e-6);
        using var accepted = await app.Client.PostAsJsonAsync("/performance/alerts/thresholds", proposed, Cancel);
        Assert.Equal(HttpStatusCode.Created, accepted.StatusCode);
        Assert.Equal("resolved", Text(await GetAsync("/performance/alerts/1"), "state"));
    }

    [Fact]
    public async Task Limits_are_suggested_from_history()
    {
        await RecordAsync([.. Enumerable.Range(1, 100).Select(i => (double?)i)]);

        var above = await GetAsync($"/performance/alerts/thresholds/suggestions?metric_name=time_per_frame_ms&scope_type=workflow&scope_id=1&{Around}");
        NaiveAggregates.Near(95.05, above.GetProperty("warning_threshold").GetDouble(), 1e-6);
        NaiveAggregates.Near(99.01, above.GetProperty("critical_threshold").GetDouble(), 1e-6);
        var below = await GetAsync($"/performance/alerts/thresholds/suggestions?metric_name=time_per_frame_ms&direction=below&{Around}");
        NaiveAggregates.Near(5.95, below.GetProperty("warning_threshold").GetDouble(), 1e-6);
        NaiveAggregates.Near(1.99, below.GetProperty("critical_threshold").GetDouble(), 1e-6);
        var nothing = await GetAsync($"/performance/alerts/thresholds/suggestions?metric_name=quality.none&{Around}");
        Assert.Equal((JsonValueKind.Null, 0, "below"), (nothing.GetProperty("warning_threshold").ValueKind, nothing.GetProperty("sample_size").GetInt32(), Text(nothing, "direction")));
        using var wrong = await app.Client.GetAsync("/performance/alerts/thresholds/suggestions?metric_name=none", Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task For_every_workflow_each_has_suggested_limits_of_its_own_and_a_back_test_says_how_often_each_would_have_fired()
    {
        for (var i = 1; i <= 100; i++)
        {
            await app.Database.AddJobAsync(i, 1000 + i, workflow: 1);
            await app.Database.AddJobAsync(i, 34_000 + i, workflow: 2);
        }

        await app.Database.AddJobAsync(1, 90_000, workflow: 3);
        await Eventually.EqualAsync(201, () => app.Database.CountAsync("performance_metrics"));

        var suggestion = await GetAsync($"/performance/alerts/thresholds/suggestions?metric_name=time_per_frame_ms&{Around}");

        // (The one job of workflow 3 is no measure for the others.)
        NaiveAggregates.Near(34_095.05, suggestion.GetProperty("warning_threshold").GetDouble(), 1e-6);
        var workflows = suggestion.GetProperty("workflows").EnumerateArray().ToList();
        Assert.Equal([3, 2, 1], workflows.Select(w => w.GetProperty("workflow_id").GetInt32()));
        NaiveAggregates.Near(1_095.05, workflows[2].GetProperty("warning_threshold").GetDouble(), 1e-6);
        NaiveAggregates.Near(1_099.01, workflows[2].GetProperty("critical_threshold").GetDouble(), 1e-6);

        using var tested = await app.Client.PostAsJsonAsync(
            $"/performance/alerts/thresholds/backtest?{Around}",
            new { metric_name = "time_per_frame_ms", scope_type = "global", warning_threshold = 34_095.5, critical_threshold = 80_000, for_jobs = 1 },
            Cancel);
        var subjects = (await tested.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("subjects").EnumerateArray()
            .Select(s => $"{s.GetProperty("subject_name")}: {s.GetProperty("incident_count")} of {s.GetProperty("breaching_job_count")}/{s.GetProperty("job_count")}");
        Assert.Equal(["Workflow 2: 1 of 5/100", "Workflow 3: 1 of 1/1", "Workflow 1: 0 of 0/100"], subjects);
    }

    private static string? Text(JsonElement item, string field) => item.GetProperty(field).GetString();

    private async Task RecordAsync(params double?[] times)
    {
        var second = await app.Database.CountAsync("jobs");
        foreach (var time in times)
            await app.Database.AddJobAsync(++second, time);
        await Eventually.EqualAsync(second, () => app.Database.CountAsync("performance_metrics"));
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> AcknowledgeAsync(long id, string? body)
    {
        using var content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await app.Client.PostAsync($"/performance/alerts/{id}/acknowledge", content, Cancel);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }

    private async Task<JsonElement> GetAsync(string address) => await app.Client.GetFromJsonAsync<JsonElement>(address, Cancel);

    private async Task<List<JsonElement>> ItemsAsync(string query) => [.. (await GetAsync($"/performance/alerts?{query}")).GetProperty("items").EnumerateArray()];

    private async Task<string> IdsAsync(string query) => string.Join(' ', (await ItemsAsync(query)).Select(a => a.GetProperty("id")));
}
