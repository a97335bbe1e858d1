using PerfDash.Core;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data;
using PerfDash.Data.Entities;
using PerfDash.Tests.Collection;
using static PerfDash.Tests.Alerts.AlertRows;

namespace PerfDash.Tests.Alerts;

/// <summary>What edits do to open incidents; window rules; back-tests.</summary>
public sealed class RuleEditTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly ThresholdInput Input = new() { MetricName = "time_per_frame_ms", ScopeType = AlertScope.Global, WarningThreshold = 100, CriticalThreshold = 200 };

    private ThresholdService Thresholds => database.Get<ThresholdService>();

    public async ValueTask InitializeAsync() => await database.StartOverAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Supports_global_per_workflow_and_per_worker_thresholds_with_two_levels_and_an_enabled_flag()
    {
        foreach (var (scope, id) in ((AlertScope, long?)[])[(AlertScope.Global, null), (AlertScope.Workflow, 1), (AlertScope.Worker, 1)])
            Assert.Equal(EditStatus.Done, (await Thresholds.CreateAsync(Input with { ScopeType = scope, ScopeId = id, Enabled = scope != AlertScope.Worker }, By.Admin("me"), Cancel)).Status);
        Assert.Equal("global/100/200/True workflow/100/200/True worker/100/200/False", string.Join(' ', (await Thresholds.ListAsync(Cancel)).Select(t => $"{t.ScopeType.ToText()}/{t.WarningThreshold}/{t.CriticalThreshold}/{t.Enabled}")));
    }

    [Theory]
    [InlineData("delete", "The rule was deleted.")]
    [InlineData("disable", "The rule was switched off.")]
    [InlineData("metric", "The rule watches something else now.")]
    [InlineData("scope", "The rule watches something else now.")]
    [InlineData("specific", "The workflow has a threshold of its own now.")]
    public async Task An_incident_that_no_rule_watches_any_more_resolves_and_says_why(string edit, string reason)
    {
        var id = (await Thresholds.CreateAsync(Input, By.Admin("me"), Cancel)).Item!.Id;
        await database.RunAsync(150);

        await (edit switch
        {
            "delete" => Thresholds.DeleteAsync(id, null, By.Admin("me"), Cancel),
            "disable" => Thresholds.UpdateAsync(id, Input with { Enabled = false }, null, By.Admin("me"), Cancel),
            "metric" => Thresholds.UpdateAsync(id, Input with { MetricName = "vram_peak_mb" }, null, By.Admin("me"), Cancel),
            "scope" => Thresholds.UpdateAsync(id, Input with { ScopeType = AlertScope.Workflow, ScopeId = 2 }, null, By.Admin("me"), Cancel),
            _ => Thresholds.CreateAsync(Input with { ScopeType = AlertScope.Workflow, ScopeId = 1, WarningThreshold = 300, CriticalThreshold = 400 }, By.Admin("me"), Cancel),
        });

        Assert.Equal(1, await database.CountAsync("alert_incidents WHERE state = 'resolved'"));
        Assert.Equal(reason, await database.ScalarAsync<string>("SELECT comment FROM alert_incident_events WHERE event = 'resolved'"));
    }

    [Theory]
    [InlineData("DELETE FROM performance_alert_thresholds")]
    [InlineData("UPDATE performance_alert_thresholds SET enabled = false")]
    [InlineData("DELETE FROM workflows WHERE id = 1")]
    public async Task An_edit_made_in_sql_is_noticed_by_the_next_look(string sql)
    {
        await Thresholds.CreateAsync(Input, By.Admin("me"), Cancel);
        await database.RunAsync(150);
        await database.ExecuteAsync(sql);

        Assert.Equal(1, await database.Get<WindowRuleEvaluator>().RunAsync(Cancel));

        Assert.Equal(1, await database.CountAsync("alert_incidents WHERE state = 'resolved'"));
    }

    [Fact]
    public async Task A_changed_limit_is_evaluated_from_the_next_job_on()
    {
        var id = (await Thresholds.CreateAsync(Input, By.Admin("me"), Cancel)).Item!.Id;
        await database.RunAsync(150);
        await Thresholds.UpdateAsync(id, Input with { WarningThreshold = 160 }, null, By.Admin("me"), Cancel);
        Assert.Equal(1, await database.CountAsync("alert_incidents WHERE state = 'open'"));

        await database.RunAsync(155, 165);

        Assert.Equal(Lines("1 w1 opened warning @1=150", "1 w1 resolved warning @2=155", "1 w1 opened warning @3=165"), await database.NotifiedAsync());
    }

    [Fact]
    public async Task Switched_off_and_on_again_it_evaluates_jobs_of_any_date()
    {
        var id = (await Thresholds.CreateAsync(Input, By.Admin("me"), Cancel)).Item!.Id;
        await database.RunAsync(150);
        await Thresholds.UpdateAsync(id, Input with { Enabled = false }, null, By.Admin("me"), Cancel);
        await database.RunAsync(150);
        await Thresholds.UpdateAsync(id, Input, null, By.Admin("me"), Cancel);

        await database.RunAsync(150);

        Assert.Equal(2, await database.CountAsync("alert_incidents"));
        Assert.Equal(1, await database.CountAsync("alert_incidents WHERE state = 'open' AND job_id = 3"));
    }

    [Fact]
    public async Task Of_two_edits_from_one_version_the_second_is_a_conflict_and_the_audit_names_who()
    {
        var made = (await Thresholds.CreateAsync(Input, By.Admin("ann"), Cancel)).Item!;
        Assert.Equal(EditStatus.Done, (await Thresholds.UpdateAsync(made.Id, Input with { ForJobs = 2 }, made.UpdatedAt, By.Admin("bob"), Cancel)).Status);
        Assert.Equal(EditStatus.Conflict, (await Thresholds.UpdateAsync(made.Id, Input with { ForJobs = 3 }, made.UpdatedAt, By.Admin("cid"), Cancel)).Status);
        await Thresholds.DeleteAsync(made.Id, null, By.Admin("dan"), Cancel);

        var trail = (await database.Get<AlertQueries>().GetAuditAsync(RuleType.Threshold, made.Id, 10, null, Cancel))!.Items;
        Assert.Equal("deleted by dan, updated by bob, created by ann", string.Join(", ", trail.Select(a => $"{a.Action.ToText()} by {a.Actor}")));
        Assert.Equal((true, true), (trail[0].After is null, trail[2].Before is null));
        Assert.Contains("\"for_jobs\": 2", trail[1].After, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_back_test_finds_what_live_evaluation_found()
    {
        var random = new Random(3);
        await Thresholds.CreateAsync(Input with { ForJobs = 2, ClearThreshold = 80 }, By.Admin("me"), Cancel);
        await Thresholds.CreateAsync(Input with { ScopeType = AlertScope.Worker, ScopeId = 2, WarningThreshold = 120 }, By.Admin("me"), Cancel);
        for (var i = 0; i < 400; i++)
            await database.AddJobAsync(i, random.Next(40, 240), random.Next(1, 4), random.Next(1, 4));
        await database.DrainAsync();

        foreach (var threshold in await Thresholds.ListAsync(Cancel))
        {
            var found = (await database.Get<ThresholdBackTest>().RunAsync(
                ThresholdInput.From(threshold), threshold.Id, new TimeRange(new DateTimeOffset(Noon), new DateTimeOffset(Noon.AddDays(1))), Cancel)).Item!;

            await using var context = await database.ContextAsync();
            var live = context.AlertIncidents.Where(i => i.ThresholdId == threshold.Id).ToList();
            Assert.True(live.Count > 5);
            Assert.Equal(live.Count, found.IncidentCount);
            Assert.Equal(
                live.Select(i => $"{i.SubjectId} {i.Severity} {i.OpenedAt:O} {i.RaisedAt:O} {i.ResolvedAt:O} {i.JobId}").Order(StringComparer.Ordinal),
                found.Items.Select(i => $"{i.SubjectId} {i.Severity} {i.OpenedAt:O} {i.RaisedAt:O} {i.ResolvedAt:O} {i.RaisedJobId ?? i.OpenedJobId}").Order(StringComparer.Ordinal));
            Assert.All(found.Items, i => Assert.True(i.JobIds.Contains(i.OpenedJobId) && i.BreachingJobCount >= threshold.ForJobs && i.WorstValue >= threshold.WarningThreshold));
        }
    }

    [Theory]
    [InlineData("average", "time_per_frame_ms", 150, 1)]
    [InlineData("p95", "time_per_frame_ms", 195, 1)]
    [InlineData("failed_share", null, 0.5, 1)]
    public async Task A_window_rule_opens_and_resolves_as_its_window_moves(string kind, string? metric, double expected, int minimum)
    {
        var made = await database.Get<WindowRuleService>().CreateAsync(
            new WindowRuleInput
            {
                Kind = EnumText.Find<WindowRuleKind>(kind),
                MetricName = metric,
                ScopeType = AlertScope.Workflow,
                ScopeId = 1,
                WindowMinutes = 10,
                MinimumJobs = minimum,
                WarningThreshold = (float)expected - 0.01f,
                CriticalThreshold = kind == "failed_share" ? 1 : (float)expected + 1,
            },
            By.Admin("me"),
            Cancel);
        Assert.Equal(EditStatus.Done, made.Status);
        Assert.Equal(0, await EvaluateAsync());

        await database.ExecuteAsync(
            """
            INSERT INTO jobs (workflow_id, worker_id, status, result, completed_at)
            SELECT w, 1, 'completed', jsonb_build_object('time_per_frame_ms', t), now() - INTERVAL '1 minute' FROM (VALUES (1, 100), (1, 200), (2, 9000)) AS j(w, t);
            INSERT INTO jobs (workflow_id, worker_id, status, completed_at) SELECT 1, 1, 'failed', now() - INTERVAL '1 minute' FROM generate_series(1, 2)
            """);
        await database.DrainAsync();
        Assert.Equal(1, await EvaluateAsync());
        Assert.Equal(0, await EvaluateAsync());
        Assert.Equal($"workflow 1 warning {kind switch { "failed_share" => kind, _ => metric }}", await database.ScalarAsync<string>("SELECT format('%s %s %s %s', subject_type, subject_id, severity, metric_name) FROM alert_incidents WHERE state = 'open'"));
        NaiveAggregates.Near(expected, await database.ScalarAsync<double>("SELECT last_value FROM alert_incidents"));

        await database.ExecuteAsync("DELETE FROM jobs WHERE workflow_id = 1; INSERT INTO jobs (workflow_id, worker_id, status, result, completed_at) VALUES (1, 1, 'completed', '{\"time_per_frame_ms\": 5}', now())");
        await database.DrainAsync();
        Assert.Equal(1, await EvaluateAsync());
        Assert.Equal(1, await database.CountAsync("alert_incidents WHERE state = 'resolved'"));
    }

    [Fact]
    public async Task Silence_is_minutes_since_the_last_completed_job_and_of_two_looks_at_once_one_tells()
    {
        await database.Get<WindowRuleService>().CreateAsync(
            new WindowRuleInput { Kind = WindowRuleKind.Silence, ScopeType = AlertScope.Global, WarningThreshold = 10, CriticalThreshold = 60 }, By.Admin("me"), Cancel);
        await database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status, completed_at) VALUES (1, 1, 'completed', now() - INTERVAL '30 minutes')");
        await database.DrainAsync();
        await using var other = TestDatabase.ServicesOver(database.ConnectionString);

        var changes = await Task.WhenAll(EvaluateAsync(), ((WindowRuleEvaluator)other.GetService(typeof(WindowRuleEvaluator))!).RunAsync(Cancel));

        Assert.Equal(1, changes.Sum());
        Assert.Equal("farm warning silence", await database.ScalarAsync<string>("SELECT format('%s %s %s', subject_type, severity, metric_name) FROM alert_incidents"));
        await database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status, completed_at) VALUES (1, 1, 'completed', now())");
        await database.DrainAsync();
        Assert.Equal(1, await EvaluateAsync());
    }

    [Theory]
    [InlineData("silence", "time_per_frame_ms", "metric_name")]
    [InlineData("average", null, "metric_name")]
    [InlineData("nonsense", null, "kind")]
    [InlineData(null, null, "kind")]
    public async Task A_window_rule_that_cannot_be_is_refused_with_the_field_named(string? kind, string? metric, string field)
    {
        var result = await database.Get<WindowRuleService>().CreateAsync(
            new WindowRuleInput { Kind = EnumText.Find<WindowRuleKind>(kind), MetricName = metric, ScopeType = AlertScope.Global, WarningThreshold = 1, CriticalThreshold = 2 }, By.Admin("me"), Cancel);
        Assert.Equal(field, Assert.Single(result.Errors).Key);
    }

    [Theory]
    [InlineData("failed_share", 0.5f, 1.5f, "critical_threshold", "critical_threshold must be a share from 0 to 1: 0.05 is 5 %.")]
    [InlineData("failed_share", -0.1f, 0.5f, "warning_threshold", "warning_threshold must be a share from 0 to 1: 0.05 is 5 %.")]
    [InlineData("failed_share", float.NaN, 0.5f, "warning_threshold", "warning_threshold is required: a finite number.")]
    [InlineData("silence", 0f, 60f, "warning_threshold", "warning_threshold must be a number of minutes above 0.")]
    [InlineData("average", -5f, 60f, "warning_threshold", "warning_threshold must not be negative: no job measures less than 0.")]
    public async Task A_limit_outside_of_what_the_rule_can_measure_is_refused_in_a_sentence(string kind, float warning, float critical, string field, string sentence)
    {
        var result = await database.Get<WindowRuleService>().CreateAsync(
            new WindowRuleInput { Kind = EnumText.Find<WindowRuleKind>(kind), MetricName = kind == "average" ? "vram_peak_mb" : null, ScopeType = AlertScope.Global, WarningThreshold = warning, CriticalThreshold = critical },
            By.Admin("me"),
            Cancel);
        var error = Assert.Single(result.Errors);
        Assert.Equal((field, sentence), (error.Key, Assert.Single(error.Value)));
    }

    private Task<int> EvaluateAsync() => database.Get<WindowRuleEvaluator>().RunAsync(Cancel);
}
