using System.Globalization;
using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Collection;
using PerfDash.Data.Entities;
using PerfDash.Tests.Collection;
using static PerfDash.Tests.Alerts.AlertRows;

namespace PerfDash.Tests.Alerts;

/// <summary>Thresholds evaluated while jobs are recorded.</summary>
public sealed class EvaluationTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await database.StartOverAsync();

    public async ValueTask DisposeAsync() => await database.ExecuteAsync(
        "DROP TRIGGER IF EXISTS refuse ON alert_incidents; DROP TRIGGER IF EXISTS refuse ON alert_incident_events");

    [Fact]
    public async Task Recorded_metrics_are_checked_against_thresholds_and_fire_alerts()
    {
        await database.AddThresholdAsync(100, 200);

        await database.RunAsync(50, 150, 250, 40);

        Assert.Equal(Lines("1 w1 opened warning @2=150", "1 w1 raised critical @3=250", "1 w1 resolved critical @4=40"), await database.NotifiedAsync());
        Assert.Equal(1, await database.CountAsync("alert_incidents WHERE state = 'resolved' AND severity = 'critical' AND job_id = 3 AND last_value = 40"));
    }

    [Fact]
    public async Task Everything_in_one_batch_is_the_same_as_one_by_one()
    {
        await database.AddThresholdAsync(100, 200);
        double[] times = [50, 150, 250, 40, 300, 10];
        for (var i = 0; i < times.Length; i++)
            await database.AddJobAsync(i + 1, times[i]);

        await database.DrainAsync();

        Assert.Equal(
            Lines("1 w1 opened warning @2=150", "1 w1 raised critical @3=250", "1 w1 resolved critical @4=40", "1 w1 opened critical @5=300", "1 w1 resolved critical @6=10"),
            await database.NotifiedAsync());
    }

    [Fact]
    public async Task So_many_jobs_in_a_row_must_breach_and_as_many_be_within_the_limit()
    {
        await database.AddThresholdAsync(100, 200, forJobs: 3);

        await database.RunAsync(150, 150, 50, 150, 150, 150, 250, 250, 250, 50, 50, 150, 50, 50, 50);

        Assert.Equal(Lines("1 w1 opened warning @6=150", "1 w1 raised critical @9=250", "1 w1 resolved critical @15=50"), await database.NotifiedAsync());
    }

    [Fact]
    public async Task Jobs_without_the_value_are_passed_over()
    {
        await database.AddThresholdAsync(100, 200, forJobs: 2);

        await database.RunAsync(150, null, 150, null, 50, null, null, 50);

        Assert.Equal(Lines("1 w1 opened warning @3=150", "1 w1 resolved warning @8=50"), await database.NotifiedAsync());
    }

    [Fact]
    public async Task It_resolves_only_beyond_the_clear_value()
    {
        await database.AddThresholdAsync(100, 200, clear: 80);

        await database.RunAsync(150, 90, 80, 79.5);

        Assert.Equal(Lines("1 w1 opened warning @1=150", "1 w1 resolved warning @4=79.5"), await database.NotifiedAsync());
    }

    [Fact]
    public async Task A_score_below_its_limit_fires_at_the_very_value()
    {
        await database.AddThresholdAsync(0.8f, 0.5f, metric: "quality.likeness", direction: "below");
        string[] scores = ["""{"likeness": 0.81}""", """{"likeness": 0.8}""", """{"other": 0.1}""", """{"likeness": 0.5}""", """{"likeness": 0.80000001}"""];
        for (var i = 0; i < scores.Length; i++)
        {
            await database.AddJobAsync(i + 1, null, scores: scores[i]);
            await database.DrainAsync();
        }

        Assert.Equal(
            Lines("1 w1 opened warning @2=0.8", "1 w1 raised critical @4=0.5", "1 w1 resolved critical @5=0.80000001"),
            await database.NotifiedAsync());
    }

    [Fact]
    public async Task A_real_metric_is_compared_as_the_decimal_it_was_reported_as()
    {
        await database.AddThresholdAsync(812.3f, 900.7f, forJobs: 2);

        await database.RunAsync(812.3, 900.7, 900.7, 812.2);

        Assert.Equal(Lines("1 w1 opened warning @2=900.7", "1 w1 raised critical @3=900.7"), await database.NotifiedAsync());
    }

    [Fact]
    public async Task Each_workflow_has_its_own_row_and_incident_of_a_global_threshold()
    {
        await database.AddThresholdAsync(100, 200, forJobs: 2);
        await database.AddJobAsync(1, 150, workflow: 1);
        await database.AddJobAsync(2, 150, workflow: 2);
        await database.AddJobAsync(3, 150, workflow: 1);
        await database.AddJobAsync(4, 50, workflow: 3);
        await database.AddJobAsync(5, 250, workflow: 2);
        await database.DrainAsync();

        Assert.Equal(Lines("1 w1 opened warning @3=150", "1 w2 opened warning @5=250"), await database.NotifiedAsync());
    }

    [Fact]
    public async Task The_most_specific_enabled_threshold_wins_and_workflow_and_worker_apply_side_by_side()
    {
        await database.AddThresholdAsync(100, 200);
        await database.AddThresholdAsync(300, 400, scope: "workflow", scopeId: 1);
        await database.AddThresholdAsync(500, 600, scope: "worker", scopeId: 2);
        await database.AddThresholdAsync(1, 2, scope: "workflow", scopeId: 3, enabled: false);
        await database.AddThresholdAsync(1, 2, scope: "worker", scopeId: 5, metric: "vram_peak_mb");

        await database.AddJobAsync(1, 150, workflow: 1, worker: 1);
        await database.AddJobAsync(2, 350, workflow: 1, worker: 1);
        await database.AddJobAsync(3, 550, workflow: 1, worker: 2);
        await database.AddJobAsync(4, 150, workflow: 2, worker: 2);
        await database.AddJobAsync(5, 150, workflow: 3, worker: 5);
        await database.DrainAsync();

        Assert.Equal(
            Lines(
                "2 w1 opened warning @2=350",
                "2 w1 raised critical @3=550",
                "3 k2 opened warning @3=550",
                "3 k2 resolved warning @4=150",
                "1 w3 opened warning @5=150"),
            await database.NotifiedAsync());
    }

    [Fact]
    public async Task Jobs_of_a_worker_with_a_threshold_of_its_own_do_not_count_for_the_global_one()
    {
        await database.AddThresholdAsync(100, 200, forJobs: 2);
        await database.AddThresholdAsync(1000, 2000, scope: "worker", scopeId: 2);

        await database.AddJobAsync(1, 150, worker: 1);
        await database.AddJobAsync(2, 50, worker: 2);
        await database.AddJobAsync(3, 150, worker: 1);
        await database.DrainAsync();

        Assert.Equal("1 w1 opened warning @3=150", await database.NotifiedAsync());
    }

    [Fact]
    public async Task Several_thresholds_of_one_scope_each_open_their_own_incident()
    {
        await database.AddThresholdAsync(100, 200, scope: "workflow", scopeId: 1);
        await database.AddThresholdAsync(120, 130, scope: "workflow", scopeId: 1, forJobs: 2);

        await database.RunAsync(150, 150);

        Assert.Equal(Lines("1 w1 opened warning @1=150", "2 w1 opened critical @2=150"), await database.NotifiedAsync());
    }

    [Fact]
    public async Task The_last_value_follows_while_it_is_open()
    {
        await database.AddThresholdAsync(100, 200, clear: 50);
        await database.RunAsync(150, 160, 90);
        await database.AddJobAsync(1.5, 170);
        await database.DrainAsync();

        Assert.Equal(90, await database.ScalarAsync<double>("SELECT last_value FROM alert_incidents"));
        Assert.Equal(1, await database.CountAsync("alert_incident_events"));
    }

    [Fact]
    public async Task A_late_job_inside_a_resolved_incident_changes_nothing()
    {
        await database.AddThresholdAsync(100, 200);
        await database.RunAsync(150, 50);
        var before = await database.IncidentsAsync();

        await database.AddJobAsync(1.5, 500);
        await database.DrainAsync();

        Assert.Equal(before, await database.IncidentsAsync());
    }

    [Fact]
    public async Task A_late_breach_that_nothing_covered_is_told_with_its_resolution()
    {
        await database.AddThresholdAsync(100, 200);
        await database.RunAsync(50, 50, 50);

        await database.AddJobAsync(1.5, 500);
        await database.DrainAsync();

        Assert.Equal(Lines("1 w1 opened critical @1.5=500", "1 w1 resolved critical @2=50"), await database.NotifiedAsync());
    }

    [Fact]
    public async Task A_late_breach_just_before_an_open_incident_is_its_beginning()
    {
        await database.AddThresholdAsync(100, 200);
        await database.RunAsync(50, 150);

        await database.AddJobAsync(1.5, 120);
        await database.DrainAsync();

        Assert.Equal("1 w1 opened warning @2=150", await database.NotifiedAsync());
        Assert.Equal(Noon.AddSeconds(1.5), await database.ScalarAsync<DateTime>("SELECT opened_at FROM alert_incidents"));
    }

    [Fact]
    public async Task A_job_that_is_more_than_a_day_late_is_recorded_without_alerts()
    {
        await database.AddThresholdAsync(100, 200);
        await database.RunAsync(50);

        await database.AddJobAsync(-86_402, 500);
        await database.AddJobAsync(-86_390, 300, workflow: 2);
        await database.DrainAsync();

        Assert.Equal("1 w2 opened critical @-86390=300", await database.NotifiedAsync());
        Assert.Equal(3, await database.CountAsync("performance_metrics"));
    }

    [Fact]
    public async Task History_is_recorded_without_alerts_and_still_counts_in_the_row()
    {
        await database.AddThresholdAsync(100, 200, forJobs: 2);
        await database.ExecuteAsync("BEGIN; SET LOCAL perfdash.capture = 'history'; INSERT INTO jobs (workflow_id, worker_id, status, result, completed_at) SELECT 1, 1, 'completed', '{\"time_per_frame_ms\": 500}', '2026-02-18 12:00:01Z'::timestamptz FROM generate_series(1, 3); COMMIT");
        await database.DrainAsync();
        Assert.Equal((3, 0), (await database.CountAsync("performance_metrics"), await database.CountAsync("alert_incidents")));

        await database.AddJobAsync(4, 150);
        await database.DrainAsync();

        Assert.Equal("1 w1 opened warning @4=150", await database.NotifiedAsync());
    }

    [Fact]
    public async Task A_job_dated_in_the_future_neither_opens_nor_silences_nor_keeps_open()
    {
        await database.AddThresholdAsync(100, 200);
        var now = DateTime.UtcNow;
        foreach (var (offset, time) in new[] { (TimeSpan.FromHours(25), 50), (TimeSpan.FromDays(400), 500), (TimeSpan.Zero, 150), (TimeSpan.FromSeconds(1), 50), (TimeSpan.FromHours(30), 500), (TimeSpan.FromSeconds(2), 160) })
        {
            await database.AddCompletedJobAsync(1, 1, $$"""{"time_per_frame_ms": {{time}}}""", now + offset);
            await database.DrainAsync();
        }

        Assert.Equal("opened 150, resolved 50, opened 160", await database.ScalarAsync<string>("SELECT string_agg(event || ' ' || value, ', ' ORDER BY id) FROM alert_incident_events"));
        Assert.Equal(6, await database.CountAsync("performance_metrics"));
    }

    [Fact]
    public async Task An_incident_keeps_what_opened_it_and_the_worst_value_beside_the_latest()
    {
        await database.AddThresholdAsync(100, 1000, forJobs: 2);
        await database.RunAsync(90, 150, 300, 120, 410, 126);
        await database.AddJobAsync(3.5, 350);
        await database.DrainAsync();
        const string Values = "SELECT format('%s %s %s', opened_value, worst_value, last_value) FROM alert_incidents";
        Assert.Equal("300 410 126", await database.ScalarAsync<string>(Values));

        await database.RunAsync(50, 60);
        Assert.Equal("300 410 60", await database.ScalarAsync<string>(Values));
        var alert = (await database.Get<AlertQueries>().GetAsync(1, Cancel))!;
        Assert.Equal((300, 410, 60, IncidentState.Resolved), (alert.OpenedValue, alert.WorstValue, alert.LastValue, alert.State));
    }

    [Fact]
    public async Task Jobs_that_completed_at_the_same_moment_stand_in_the_order_of_their_ids()
    {
        await database.AddThresholdAsync(100, 200);
        await database.AddJobAsync(1, 150);
        await database.AddJobAsync(1, 50);
        await database.DrainAsync();
        await database.AddJobAsync(1, 150);
        await database.DrainAsync();

        Assert.Equal(Lines("1 w1 opened warning @1=150", "1 w1 resolved warning @1=50", "1 w1 opened warning @1=150"), await database.NotifiedAsync());
    }

    [Fact]
    public async Task A_rule_that_cannot_be_read_is_skipped_and_the_others_are_evaluated()
    {
        await database.AddThresholdAsync(1, 2, metric: "no_such_metric");
        await database.AddThresholdAsync(1, 2, metric: "quality.");
        await database.ExecuteAsync("INSERT INTO performance_alert_thresholds (metric_name, scope_type, warning_threshold, critical_threshold) VALUES ('vram_peak_mb', 'global', 'NaN', 'Infinity'), ('vram_peak_mb', 'worker', 1, 2)");
        await database.AddThresholdAsync(100, 200);

        await database.RunAsync(150);

        Assert.Equal("5 w1 opened warning @1=150", await database.NotifiedAsync());
    }

    [Fact]
    public async Task What_makes_alerts_fail_never_stops_recording()
    {
        await database.AddThresholdAsync(100, 200);
        await database.ExecuteAsync(
            """
            CREATE OR REPLACE FUNCTION refuse_alerts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no alerts today'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON alert_incident_events FOR EACH ROW EXECUTE FUNCTION refuse_alerts()
            """);
        await database.AddJobAsync(1, 50);
        await database.AddJobAsync(2, 150);

        Assert.Equal(new CollectedBatch(2, 2, 0), await database.DrainAsync());

        Assert.Equal((2, 0, 0), (await database.CountAsync("performance_metrics"), await database.CountAsync("alert_incidents"), await database.CountAsync("failed_collections")));
    }

    [Fact]
    public async Task A_batch_that_does_not_commit_leaves_no_alert_and_no_metric()
    {
        await database.AddThresholdAsync(100, 200);
        await database.AddJobAsync(1, 150);
        // What a crash between the last statement and the commit leaves: nothing. A deferred trigger refuses the commit itself.
        await database.ExecuteAsync(
            """
            CREATE OR REPLACE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON alert_incidents DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION end_session()
            """);

        await Assert.ThrowsAnyAsync<Npgsql.NpgsqlException>(database.DrainAsync);

        Assert.Equal((0, 0, 0, 1), (await database.CountAsync("performance_metrics"), await database.CountAsync("alert_incidents"), await database.CountAsync("alert_incident_events"), await database.CountAsync("job_completions")));
        await database.ExecuteAsync("DROP TRIGGER refuse ON alert_incidents");
        await database.DrainAsync();
        Assert.Equal("1 w1 opened warning @1=150", await database.NotifiedAsync());
    }

    [Fact]
    public async Task Whoever_subscribed_is_told_after_the_commit()
    {
        await database.AddThresholdAsync(100, 200);
        using var subscription = database.Get<AlertUpdates>().Subscribe();

        await database.RunAsync(150);

        await foreach (var _ in subscription.ReadAllAsync(Cancel))
        {
            Assert.Equal(1, await database.CountAsync("alert_incidents"));
            break;
        }
    }

    [Fact]
    public async Task One_delivery_for_each_change_and_channel_is_stored_with_it()
    {
        await database.ExecuteAsync("INSERT INTO notification_channels (kind, name, target) VALUES ('webhook', 'a', 'a'), ('slack', 'b', 'b')");
        await database.AddThresholdAsync(100, 200);

        await database.RunAsync(150, 250, 50);

        Assert.Equal(6, await database.CountAsync("notification_deliveries"));
        Assert.Equal(3, await database.CountAsync("(SELECT DISTINCT event_id FROM notification_deliveries) AS e"));
    }

    [Theory]
    [InlineData("global", "NULL", true)]
    [InlineData("workflow", "1", true)]
    [InlineData("worker", "1", false)]
    public async Task A_mute_of_the_scope_withholds_the_message_not_the_incident(string scope, string id, bool muted)
    {
        await database.ExecuteAsync("INSERT INTO notification_channels (kind, name, target) VALUES ('webhook', 'a', 'a')");
        await database.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO alert_mutes (scope_type, scope_id, until, created_by) VALUES ('{scope}', {id}, now() + INTERVAL '1 hour', 'me'), ('global', NULL, now() - INTERVAL '1 hour', 'me')"));
        await database.AddThresholdAsync(100, 200);

        await database.RunAsync(150);

        Assert.Equal(1, await database.CountAsync("alert_incidents"));
        Assert.Equal(muted ? "withheld" : "pending", await database.ScalarAsync<string>("SELECT state FROM notification_deliveries"));
    }
}
