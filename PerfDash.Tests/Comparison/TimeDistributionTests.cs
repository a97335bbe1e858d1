using PerfDash.Core;
using PerfDash.Core.Comparison;
using PerfDash.Core.Comparison.Changes;
using PerfDash.Core.Metrics;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Comparison;

public sealed class TimeDistributionTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Before = new(Start, Start.AddDays(12));
    private static readonly TimeRange After = new(Start.AddDays(12), Start.AddDays(25));

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Every_side_equals_sums_made_by_hand_between_the_same_edges()
    {
        var jobs = FarmRows.MakeUp(seed: 3, jobs: 900, Start, days: 25);
        await database.AddJobsAsync(jobs);
        ComparedJobs[] sides = [new(1, Before), new(1, After), new(2, new TimeRange(Before.From, After.To))];

        var found = await GetAsync(sides, new MetricFilter(WorkerId: 3));

        Assert.Equal(sides.Length, found.Sides.Count);
        Assert.Single(found.Sides.Select(s => string.Join(' ', s.Histogram.Select(b => (b.Lower, b.Upper)))).Distinct());
        foreach (var (side, distribution) in sides.Zip(found.Sides))
        {
            double[] values =
            [
                .. jobs.Where(j => j.WorkflowId == side.WorkflowId && j.WorkerId == 3 && j.CompletedAt >= side.Range.From && j.CompletedAt < side.Range.To && j.TimePerFrameMs > 0)
                    .Select(j => (double)j.TimePerFrameMs!.Value),
            ];
            Assert.Equal(values.Length, distribution.Count);
            SameHistogram(values, distribution.Histogram);
        }
    }

    [Fact]
    public async Task A_side_many_times_slower_gets_edges_of_equal_ratio()
    {
        await database.AddJobsAsync([.. Enumerable.Range(1, 400).Select(i => new FarmRow { JobId = i, WorkflowId = 1 + (i % 2), TimePerFrameMs = i % 2 == 0 ? 100 + i : 20_000 + (50 * i), CompletedAt = Start.AddHours(i) })]);

        var found = await GetAsync([new(1, new(Start, Start.AddDays(25))), new(2, new(Start, Start.AddDays(25)))], MetricFilter.None);

        Assert.True(found.EqualRatios);
        // Each side spreads over several bars, though one takes a hundred times as long.
        Assert.All(found.Sides, s => Assert.True(s.Histogram.Count(b => b.Count > 0) >= 2));
        Assert.All(found.Sides, s => Assert.Equal(200, s.Histogram.Sum(b => b.Count)));
        Assert.All(found.Sides[0].Histogram, b => Assert.True(b.Upper > b.Lower));
    }

    [Fact]
    public async Task Without_times_there_are_no_bars()
    {
        var found = await GetAsync([new(1, Before), new(2, Before)], MetricFilter.None);
        Assert.All(found.Sides, s => Assert.Equal((0, 0), (s.Count, s.Histogram.Count)));
    }

    [Fact]
    public async Task Parameters_are_counted_side_by_side()
    {
        var jobs = FarmRows.MakeUp(seed: 4, jobs: 600, Start, days: 25);
        await database.AddJobsAsync(jobs);
        ComparedJobs[] sides = [new(1, Before), new(2, After)];

        var used = await database.Get<ComparedParameterQueries>().GetAsync(sides, MetricFilter.None, TestContext.Current.CancellationToken);

        Assert.Equal(["cfg", "sampler"], used.Select(u => u.Name));
        foreach (var (i, side) in sides.Index())
        {
            string[] samplers =
            [
                .. jobs.Where(j => j.WorkflowId == side.WorkflowId && j.CompletedAt >= side.Range.From && j.CompletedAt < side.Range.To && j.Parameters.ContainsKey("sampler"))
                    .Select(j => (string)j.Parameters["sampler"]),
            ];
            var usual = samplers.CountBy(s => s).MaxBy(s => s.Value);
            Assert.Equal(new SideParameter(usual.Key, (double)usual.Value / samplers.Length, 2, samplers.Length), used[1].Sides[i]);
        }
    }

    private Task<TimeDistributions> GetAsync(ComparedJobs[] sides, MetricFilter filter) =>
        database.Get<TimeDistributionQueries>().GetAsync(sides, filter, TestContext.Current.CancellationToken);
}
