using PerfDash.Core;
using PerfDash.Core.Comparison;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;

namespace PerfDash.Tests.Overview;

/// <summary>When the farm is busy, and what changed on it.</summary>
public sealed class HourlyLoadAndSignificantChangeTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    // A Monday.
    private static readonly DateTime Start = new(2026, 3, 23, 0, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Load_is_by_hour_of_the_week_and_divided_by_how_often_that_hour_came()
    {
        await database.AddJobsAsync(
        [
            new() { JobId = 1, CompletedAt = Start.AddHours(10.5) },
            new() { JobId = 2, CompletedAt = Start.AddHours(10.9) },
            new() { JobId = 3, CompletedAt = Start.AddDays(7).AddHours(10) },
            new() { JobId = 4, CompletedAt = Start.AddDays(6).AddHours(23) },
        ]);

        var hours = await database.Get<HourlyLoadQueries>().GetAsync(new TimeRange(Start, Start.AddDays(14)), MetricFilter.None, "UTC", Cancel);

        Assert.Equal(168, hours.Count);
        Assert.All(hours, h => Assert.Equal(2, h.Occurrences));
        Assert.Equal((3, 1.5), From(hours, 1, 10));
        Assert.Equal((1, 0.5), From(hours, 7, 23));
        Assert.Equal(4, hours.Sum(h => h.JobCount));
    }

    [Fact]
    public async Task A_range_of_millennia_has_its_hours_too()
    {
        await database.AddJobsAsync([new() { JobId = 1, CompletedAt = Start.AddHours(10.5) }]);
        // Four hundred years are 20,871 whole weeks.
        var from = new DateTimeOffset(1, 1, 1, 0, 0, 0, TimeSpan.Zero);

        var hours = await database.Get<HourlyLoadQueries>().GetAsync(new TimeRange(from, from.AddYears(8000)), MetricFilter.None, "UTC", Cancel);

        Assert.Equal(168, hours.Count);
        Assert.All(hours, h => Assert.Equal(20 * 20_871, h.Occurrences));
        Assert.Equal(1, hours.Sum(h => h.JobCount));
    }

    [Fact]
    public async Task Hours_follow_the_clock_of_the_zone_through_its_change()
    {
        // Berlin puts its clock on in the night to Sunday 29 March: there is no hour from 2 to 3.
        await database.AddJobsAsync([new() { JobId = 1, CompletedAt = Start.AddDays(6).AddHours(1.5) }]);

        var hours = await database.Get<HourlyLoadQueries>().GetAsync(new TimeRange(Start, Start.AddDays(7)), MetricFilter.None, "Europe/Berlin", Cancel);

        Assert.DoesNotContain(hours, h => (h.IsoWeekday, h.Hour) == (7, 2));
        Assert.Equal((1, 1), From(hours, 7, 3));
    }

    [Fact]
    public async Task What_changed_names_the_workflows_that_moved_like_for_like_the_largest_first()
    {
        // One became a third slower, two a tenth faster, three stayed; each on the same worker and tier.
        await database.AddJobsAsync([.. Jobs(1, 300, 400), .. Jobs(2, 200, 180), .. Jobs(3, 100, 100)]);

        var changes = await database.Get<SignificantChangeQueries>().GetAsync(new TimeRange(Start, Start.AddDays(7)), MetricFilter.None, Cancel);

        Assert.Equal(3, changes.WorkflowsLookedAt);
        Assert.Equal([(1L, Verdict.Slower), (2L, Verdict.Faster)], changes.Items.Select(m => (m.WorkflowId, m.Verdict)));
        Assert.InRange(changes.Items[0].TimePerFramePercent, 30, 37);
        Assert.InRange(changes.Items[1].TimePerFramePercent, -13, -7);
        Assert.Equal((60, 60), (changes.Items[0].JobsBefore, changes.Items[0].JobsAfter));
    }

    [Fact]
    public async Task On_an_empty_farm_nothing_changed()
    {
        var changes = await database.Get<SignificantChangeQueries>().GetAsync(new TimeRange(Start, Start.AddDays(7)), MetricFilter.None, Cancel);

        Assert.Equal(0, changes.WorkflowsLookedAt);
        Assert.Empty(changes.Items);
    }

    private static (long, double) From(IReadOnlyList<HourlyLoad> hours, int day, int hour)
    {
        var found = hours.Single(h => (h.IsoWeekday, h.Hour) == (day, hour));
        return (found.JobCount, found.JobsPerHour);
    }

    private static IEnumerable<FarmRow> Jobs(long workflow, float before, float after) => Enumerable.Range(0, 120).Select(i => new FarmRow
    {
        JobId = (workflow * 1000) + i,
        WorkflowId = workflow,
        WorkerId = 1 + (i % 3),
        Tier = "720p",
        // Two percent to and fro.
        TimePerFrameMs = (i < 60 ? before : after) * (1 + (0.02f * ((i % 5) - 2) / 2)),
        GpuTimeMs = 10_000 * (4 - workflow),
        Frames = 10,
        CompletedAt = (i < 60 ? Start.AddDays(-7) : Start).AddHours(2 * (i % 60)),
    });
}
