using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;
using PerfDash.Core.Quality;
using PerfDash.Core.Rollups;
using PerfDash.Core.Workers;
using PerfDash.Core.Workflows;

namespace PerfDash.Tests.Rollups;

/// <summary>What pages ask and the API does not.</summary>
public sealed class RollupServiceAgreementTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "Europe/Berlin")]
    [InlineData("1080p", "Asia/Kathmandu")]
    public async Task Figures_of_pages_are_the_same_with_and_without(string? tier, string timeZone)
    {
        await database.ClearAsync();
        await database.AddRandomFarmAsync(20, days: 11);
        await database.Get<RollupCloser>().CloseAsync(Cancel);
        await database.AddRandomJobsAsync(21, 50, 9, firstId: 2_000_000);
        await using var without = TestDatabase.ServicesOver($"{database.ConnectionString};Options=-c perfdash.rollups=off");
        var to = DateTimeOffset.UtcNow.AddMinutes(-7);
        var (range, filter) = (new TimeRange(to.AddDays(-10).AddMinutes(-11), to), new MetricFilter(ResolutionTier: tier));

        await AgreeAsync<HourlyLoadQueries, IReadOnlyList<HourlyLoad>>(q => q.GetAsync(range, filter, timeZone, Cancel));
        await AgreeAsync<SignificantChangeQueries, SignificantChanges>(q => q.GetAsync(range with { From = to.AddDays(-5) }, filter, Cancel));
        await AgreeAsync<WorkflowListQueries, IReadOnlyList<WorkflowListItem>>(q => q.GetAsync(range, filter, Cancel));
        await AgreeAsync<WorkflowListQueries, SortedDictionary<long, WorkflowTrendLine>>(async q => new((await q.GetTrendsAsync(range, filter, withPrevious: true, Cancel)).ToDictionary()));
        await AgreeAsync<WorkflowSeriesQueries, IReadOnlyList<SpreadBucket>>(q => q.GetSpreadAsync(1, range, filter, Bucket.Hour, timeZone, Cancel));
        await AgreeAsync<WorkflowSeriesQueries, IReadOnlyList<StageBucket>>(q => q.GetStagesAsync(1, range, filter, Bucket.Day, timeZone, Cancel));
        await AgreeAsync<WorkflowSeriesQueries, IReadOnlyList<StageBucket>>(q => q.GetStagesAsync(1, range, filter, Bucket.Day, "UTC", Cancel));
        await AgreeAsync<ScoreTrendQueries, IReadOnlyList<ScoreTrend>>(q => q.GetAsync(range, filter, Bucket.Day, Cancel));
        await AgreeAsync<ScoreTrendQueries, IReadOnlyList<WorkflowScoreTrend>>(q => q.GetByWorkflowAsync("likeness", [2, 1], range, filter, Bucket.Hour, Cancel));
        await AgreeAsync<ScoreTrendQueries, IReadOnlyList<WorkflowScoreTrend>>(q => q.GetByWorkflowAsync("clip", [1, 3], range, filter, Bucket.Day, Cancel));
        await AgreeAsync<VramHeadroomQueries, VramHeadroom>(q => q.GetAsync(range, filter, Cancel));
        await AgreeAsync<WorkerCostQueries, IReadOnlyDictionary<long, WorkerCost>>(q => q.GetAsync(range, filter, Cancel));

        async Task AgreeAsync<TQueries, TResult>(Func<TQueries, Task<TResult>> ask)
            where TQueries : notnull
        {
            var (raw, rolledUp) = (await ask(without.GetRequiredService<TQueries>()), await ask(database.Get<TQueries>()));
            var difference = JsonAgreement.Difference(JsonSerializer.SerializeToElement(raw), JsonSerializer.SerializeToElement(rolledUp), typeof(TResult).ToString());
            Assert.True(difference is null, difference);
        }
    }
}
