using PerfDash.Core.Demo;
using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Demo;

/// <summary>What a first visitor of the demo farm finds on its pages.</summary>
public sealed class DemoHistoryTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public void The_default_history_covers_the_default_range_and_the_period_before_it() =>
        Assert.True(new DemoOptions().HistoryDays >= 2 * 30);

    [Fact]
    public async Task A_new_farm_has_prices_rules_and_an_open_incident_of_a_planted_truth()
    {
        var stop = TestContext.Current.CancellationToken;
        await new DemoHistory(database.DataSource, TimeProvider.System).WriteCompletedJobsAsync(4_000, days: 3, seed: 42, stop);
        await database.DrainAsync();

        Assert.Equal(0, await database.CountAsync("workers WHERE gpu_hour_price IS NULL"));
        Assert.Equal(4, await database.CountAsync("performance_alert_thresholds"));
        Assert.Equal(2, await database.CountAsync("alert_window_rules"));
        Assert.Equal(
            "quality.likeness of FLUX.1 dev fp8 character: open",
            await database.ScalarAsync<string>(
                """
                SELECT string_agg(i.metric_name || ' of ' || w.name || ': ' || i.state, ', ')
                FROM alert_incidents i JOIN workflows w ON w.id = i.subject_id WHERE i.subject_type = 'workflow' AND i.state <> 'resolved'
                """));
        // Only the last two days are evaluated: a demo does not notify of what happened months ago.
        Assert.Equal(0, await database.CountAsync("alert_incidents WHERE opened_at < now() - INTERVAL '2 days 2 hours'"));
    }
}
