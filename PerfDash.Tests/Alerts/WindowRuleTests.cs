using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PerfDash.Core;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Core.Collection;
using PerfDash.Data;
using PerfDash.Data.Entities;
using PerfDash.Tests.Collection;
using static PerfDash.Tests.Alerts.AlertRows;

namespace PerfDash.Tests.Alerts;

/// <summary>Window rules while completions wait to be recorded, without data, and over history.</summary>
public sealed class WindowRuleTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private ServiceProvider _instance = null!;

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    private WindowRuleService Rules => database.Get<WindowRuleService>();

    public async ValueTask InitializeAsync()
    {
        await database.StartOverAsync();
        _instance = TestDatabase.ServicesOver(database.ConnectionString, services => services.AddSingleton<TimeProvider>(_time));
    }

    public ValueTask DisposeAsync() => _instance.DisposeAsync();

    [Fact]
    public async Task Silence_is_not_found_while_completions_wait_to_be_recorded()
    {
        await AddRuleAsync(new() { Kind = WindowRuleKind.Silence, ScopeType = AlertScope.Workflow, ScopeId = 1, WarningThreshold = 10, CriticalThreshold = 60 });
        await AddAsync(Now.AddMinutes(-45));
        await database.DrainAsync();
        // PerfDash was stopped: since then a job every 15 seconds, behind a long queue of another workflow (a longer one: LongQueueTests).
        await database.ExecuteAsync(
            "INSERT INTO jobs (workflow_id, worker_id, status, completed_at) SELECT 2, 1, 'completed', @from + i * INTERVAL '10 ms' FROM generate_series(1, 3000) AS i", ("from", Now.AddMinutes(-44)));
        for (var second = 15; second <= 44 * 60; second += 15)
            await AddAsync(Now.AddMinutes(-45).AddSeconds(second));

        Assert.Equal(0, await EvaluateAsync());
        var waiting = Assert.Single(await Rules.GetEvaluationsAsync(Cancel)).Value;
        Assert.Equal((176, true), (waiting.WaitingJobs, waiting.IsWaiting(Now)));
        Assert.InRange(waiting.EvaluatedUntil, Now.AddMinutes(-45), Now.AddMinutes(-44));
        while ((await database.Get<MetricCollector>().CollectAsync(500, Cancel)).Claimed > 0)
            Assert.Equal(0, await EvaluateAsync());
        Assert.Equal(0, Assert.Single(await Rules.GetEvaluationsAsync(Cancel)).Value.WaitingJobs);

        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, await EvaluateAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_completion_without_a_moment_or_a_worker_is_no_silence_either(bool hasWorker)
    {
        await AddRuleAsync(new() { Kind = WindowRuleKind.Silence, ScopeType = AlertScope.Global, WarningThreshold = 10, CriticalThreshold = 60 });
        // However long there was none before: it is over.
        await AddAsync(Now.AddMinutes(-45));
        await database.DrainAsync();
        await database.AddCompletedJobAsync(1, hasWorker ? 1 : null, "{}");

        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, await EvaluateAsync());
        await database.DrainAsync();
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, await EvaluateAsync());
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, await EvaluateAsync());
    }

    [Fact]
    public async Task A_share_is_not_taken_while_the_completed_jobs_of_its_window_wait()
    {
        await AddRuleAsync(new() { Kind = WindowRuleKind.FailedShare, ScopeType = AlertScope.Global, WindowMinutes = 10, WarningThreshold = 0.5f, CriticalThreshold = 0.9f });
        await database.ExecuteAsync("INSERT INTO jobs (workflow_id, worker_id, status, completed_at) VALUES (1, 1, 'failed', @at)", ("at", Now.AddMinutes(-1)));
        for (var i = 1; i <= 9; i++)
            await AddAsync(Now.AddMinutes(-2).AddSeconds(i));

        Assert.Equal(0, await EvaluateAsync());
        await database.DrainAsync();
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, await EvaluateAsync());
        Assert.Equal(0, await database.CountAsync("alert_incidents"));
    }

    [Fact]
    public async Task An_average_is_not_resolved_by_what_was_recorded_first_and_late_jobs_do_not_turn_it_back()
    {
        await AddRuleAsync(new() { Kind = WindowRuleKind.Average, MetricName = "time_per_frame_ms", ScopeType = AlertScope.Workflow, ScopeId = 1, WindowMinutes = 10, WarningThreshold = 100, CriticalThreshold = 1000 });
        await AddAsync(Now.AddMinutes(-5), 300);
        await database.DrainAsync();
        Assert.Equal(1, await EvaluateAsync());

        // A quick one is recorded; slow ones that completed before it are not yet.
        await AddAsync(Now.AddSeconds(30), 10, workflow: 2);
        await AddAsync(Now.AddSeconds(10), 500);
        await AddAsync(Now.AddSeconds(20), 10);
        var quick = await database.ScalarAsync<long>("SELECT max(id) FROM job_completions");
        await database.ExecuteAsync("CREATE TABLE held AS SELECT * FROM job_completions WHERE id <> @id; DELETE FROM job_completions WHERE id <> @id", ("id", quick));
        await database.DrainAsync();
        await database.ExecuteAsync("INSERT INTO job_completions OVERRIDING SYSTEM VALUE SELECT * FROM held; DROP TABLE held");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, await EvaluateAsync());
        await database.DrainAsync();
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(0, await EvaluateAsync());
        NaiveAggregates.Near(255, await database.ScalarAsync<double>("SELECT last_value FROM alert_incidents"));

        // Resolved since; a completion from before waits for a moment: the past is not looked at again.
        _time.Advance(TimeSpan.FromMinutes(1));
        await AddAsync(Now.AddSeconds(-1), 10);
        await database.DrainAsync();
        Assert.Equal(1, await EvaluateAsync());
        await AddAsync(Now.AddMinutes(-10), 9000);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, await EvaluateAsync());
        Assert.Equal("opened resolved", await database.ScalarAsync<string>("SELECT string_agg(event, ' ' ORDER BY id) FROM alert_incident_events"));
    }

    [Theory]
    [InlineData("average", 1, "No data for 10 min: the window had no job.")]
    [InlineData("p95", 3, "No data for 10 min: the window had fewer than 3 jobs.")]
    [InlineData("failed_share", 1, "No data for 10 min: the window had no job.")]
    public async Task An_incident_ends_with_the_reason_when_its_window_had_no_data_for_its_length(string kind, int minimum, string reason)
    {
        await AddRuleAsync(new()
        {
            Kind = EnumText.Find<WindowRuleKind>(kind),
            MetricName = kind == "failed_share" ? null : "time_per_frame_ms",
            ScopeType = AlertScope.Workflow,
            ScopeId = 1,
            WindowMinutes = 10,
            MinimumJobs = minimum,
            WarningThreshold = 0.5f,
            CriticalThreshold = 1,
        });
        for (var i = 0; i < minimum; i++)
            await AddAsync(Now.AddMinutes(-1), 300, status: kind == "failed_share" ? "failed" : "completed");
        await database.DrainAsync();
        Assert.Equal(1, await EvaluateAsync());

        // Empty from the 9th minute on.
        for (var minutes = 0; minutes < 18; minutes++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(0, await EvaluateAsync());
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await EvaluateAsync());
        Assert.Equal(reason, await database.ScalarAsync<string>("SELECT comment FROM alert_incident_events WHERE event = 'resolved'"));
    }

    [Fact]
    public async Task However_late_jobs_are_recorded_each_value_is_that_of_all_that_completed_in_its_window()
    {
        var step = Gen.Frequency((4, Gen.Int[0, 90].Select(s => (Kind: 0, Number: s))), (2, Gen.Int[1, 4].Select(n => (1, n))), (3, Gen.Int[5, 200].Select(s => (2, s))));
        await step.Array[5, 40].SampleAsync(
            async steps =>
            {
                await database.StartOverAsync();
                await AddRuleAsync(new() { Kind = WindowRuleKind.Average, MetricName = "time_per_frame_ms", ScopeType = AlertScope.Global, WindowMinutes = 3, WarningThreshold = 0, CriticalThreshold = 1e9f });
                var until = DateTime.MinValue;
                foreach (var (kind, number) in steps)
                {
                    if (kind == 0)
                        await AddAsync(Now.AddSeconds(-number), 100 + number);
                    if (kind == 1)
                        await database.Get<MetricCollector>().CollectAsync(number, Cancel);
                    if (kind != 2)
                        continue;
                    _time.Advance(TimeSpan.FromSeconds(number));
                    await EvaluateAsync();
                    var evaluated = Assert.Single(await Rules.GetEvaluationsAsync(Cancel)).Value.EvaluatedUntil;
                    Assert.True(evaluated >= until);
                    if (evaluated == until)
                        continue;
                    until = evaluated;
                    // Jobs dated before what was evaluated already come too late; all others are in.
                    Assert.True(await database.ScalarAsync<bool>(
                        """
                        SELECT NOT EXISTS (
                            SELECT FROM alert_incidents AS i
                            WHERE i.state = 'open' AND i.last_value_at = @until AND abs(i.last_value - (
                                SELECT avg((j.result ->> 'time_per_frame_ms')::float8) FROM jobs AS j
                                WHERE j.completed_at > @until - INTERVAL '3 minutes' AND j.completed_at <= @until)) > 1e-6)
                        """,
                        ("until", until)));
                }
            },
            iter: 25,
            threads: 1);
    }

    [Fact]
    public async Task A_back_test_finds_what_the_windows_had_and_limits_are_suggested_from_them()
    {
        // An hour of jobs at 100 ms, 20 minutes at 500 ms, an hour at 100 ms, one job a minute; then nothing for two hours.
        var start = Now.AddHours(-6);
        for (var minute = 1; minute <= 140; minute++)
            await AddAsync(start.AddMinutes(minute), minute is > 60 and <= 80 ? 500 : 100);
        await database.DrainAsync();
        var range = new TimeRange(new DateTimeOffset(start), new DateTimeOffset(start.AddHours(4)));
        var backTest = database.Get<WindowRuleBackTest>();
        var average = new WindowRuleInput { Kind = WindowRuleKind.Average, MetricName = "time_per_frame_ms", ScopeType = AlertScope.Global, WindowMinutes = 12, WarningThreshold = 300, CriticalThreshold = 450 };

        // A window a minute. At the 66th 6 of 12 jobs are slow: 300; at the 71st 11 of 12: 466.7; at the 87th 5 of 12: 266.7.
        var found = Assert.Single((await backTest.RunAsync(average, range, Cancel)).Item!.Items);
        Assert.Equal((AlertSeverity.Critical, 66d, 71d, 87d, 300d, 500d), (found.Severity, Minute(found.OpenedAt), Minute(found.RaisedAt), Minute(found.ResolvedAt), found.OpenedValue, found.WorstValue));
        var suggested = (await backTest.SuggestAsync(average, range, Cancel)).Item!;
        Assert.Equal((500f, 525f, 151), (suggested.WarningThreshold, suggested.CriticalThreshold, suggested.WindowCount));

        var silence = new WindowRuleInput { Kind = WindowRuleKind.Silence, ScopeType = AlertScope.Global, WarningThreshold = 30, CriticalThreshold = 60 };
        var pause = Assert.Single((await backTest.RunAsync(silence, range, Cancel)).Item!.Items);
        Assert.Equal((AlertSeverity.Critical, 170d, 200d, null, 100d), (pause.Severity, Minute(pause.OpenedAt), Minute(pause.RaisedAt), pause.ResolvedAt, Math.Round(pause.WorstValue, 6)));
        Assert.Equal((100f, 200f), ((await backTest.SuggestAsync(silence, range, Cancel)).Item!.WarningThreshold, (await backTest.SuggestAsync(silence, range, Cancel)).Item!.CriticalThreshold));

        double? Minute(DateTime? at) => at is { } moment ? Math.Round((moment - start).TotalMinutes, 3) : null;
    }

    [Theory]
    [InlineData("average", 1.7e308)]
    [InlineData("p95", 1.7e308)]
    public async Task Scores_whose_sum_is_no_double_are_evaluated_like_any_other(string kind, double expected)
    {
        await AddRuleAsync(new() { Kind = EnumText.Find<WindowRuleKind>(kind), MetricName = "quality.huge", ScopeType = AlertScope.Workflow, ScopeId = 1, WindowMinutes = 10, WarningThreshold = 1, CriticalThreshold = 2 });
        for (var i = 1; i <= 7; i++)
            await database.AddCompletedJobAsync(1, 1, """{"quality_scores": {"huge": 1.7e308}}""", Now.AddMinutes(-1).AddSeconds(i));
        await database.DrainAsync();

        Assert.Equal(1, await EvaluateAsync());
        Assert.Equal(1, await database.ScalarAsync<double>("SELECT last_value FROM alert_incidents") / expected, 1e-12);
        var range = new TimeRange(new DateTimeOffset(Now.AddMinutes(-30)), new DateTimeOffset(Now.AddMinutes(5)));
        var found = await database.Get<WindowRuleBackTest>().RunAsync(new WindowRuleInput { Kind = EnumText.Find<WindowRuleKind>(kind), MetricName = "quality.huge", ScopeType = AlertScope.Workflow, ScopeId = 1, WindowMinutes = 10, WarningThreshold = 1, CriticalThreshold = 2 }, range, Cancel);
        Assert.Equal(1, Assert.Single(found.Item!.Items).WorstValue / expected, 1e-12);
    }

    [Fact]
    public async Task Metrics_without_a_finite_time_or_date_do_not_fail_a_rule()
    {
        await AddRuleAsync(new() { Kind = WindowRuleKind.Average, MetricName = "time_per_frame_ms", ScopeType = AlertScope.Workflow, ScopeId = 1, WindowMinutes = 10, WarningThreshold = 50, CriticalThreshold = 500 });
        await AddRuleAsync(new() { Kind = WindowRuleKind.Silence, ScopeType = AlertScope.Workflow, ScopeId = 2, WarningThreshold = 10, CriticalThreshold = 60 });
        await AddAsync(Now.AddMinutes(-1), 100);
        await database.DrainAsync();
        // As another program may write them.
        await database.ExecuteAsync(
            """
            WITH made AS (INSERT INTO jobs (workflow_id, worker_id, status) SELECT w, 1, 'running' FROM unnest(ARRAY[1, 1, 2]) AS w RETURNING id, workflow_id),
                 numbered AS (SELECT *, row_number() OVER (ORDER BY id)::int4 AS n FROM made)
            INSERT INTO performance_metrics (job_id, workflow_id, worker_id, time_per_frame_ms, created_at)
            SELECT id, workflow_id, 1, (ARRAY['Infinity', 'NaN', '1']::real[])[n], (ARRAY[@at, @at, '-infinity'])[n] FROM numbered
            """,
            ("at", Now.AddSeconds(-30)));

        Assert.Equal(1, await EvaluateAsync());
        Assert.Equal(100, await database.ScalarAsync<double>("SELECT last_value FROM alert_incidents"));
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(0, await EvaluateAsync());
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("average silence", await Silent());

        async Task<string> Silent()
        {
            await EvaluateAsync();
            return await database.ScalarAsync<string>("SELECT string_agg(DISTINCT r.kind, ' ' ORDER BY r.kind) FROM alert_incidents AS i JOIN alert_window_rules AS r ON r.id = i.window_rule_id");
        }
    }

    private async Task AddRuleAsync(WindowRuleInput input) => Assert.Equal(EditStatus.Done, (await Rules.CreateAsync(input, By.Admin("me"), Cancel)).Status);

    private Task<int> AddAsync(DateTime at, double timePerFrameMs = 100, long workflow = 1, string status = "completed") => database.ExecuteAsync(
        "INSERT INTO jobs (workflow_id, worker_id, status, result, completed_at) VALUES (@workflow, 1, @status, jsonb_build_object('time_per_frame_ms', @time), @at)",
        ("workflow", workflow), ("status", status), ("time", timePerFrameMs), ("at", at));

    private Task<int> EvaluateAsync() => _instance.GetRequiredService<WindowRuleEvaluator>().RunAsync(Cancel);
}
