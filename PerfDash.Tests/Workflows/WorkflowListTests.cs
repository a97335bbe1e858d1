using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Workflows;

namespace PerfDash.Tests.Workflows;

public sealed class WorkflowListTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2026, 9, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Range = new(new(Start.AddDays(15)), new(Start.AddDays(30)));

    private readonly List<FarmRow> _jobs = FarmRows.MakeUp(11, 900, Start, 30);

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        await database.AddJobsAsync(_jobs);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<IReadOnlyList<WorkflowListItem>> GetAsync(MetricFilter? filter = null) =>
        database.Get<WorkflowListQueries>().GetAsync(Range, filter ?? MetricFilter.None, TestContext.Current.CancellationToken);

    private Task<IReadOnlyDictionary<long, WorkflowTrendLine>> GetTrendsAsync(MetricFilter? filter = null, bool withPrevious = true) =>
        database.Get<WorkflowListQueries>().GetTrendsAsync(Range, filter ?? MetricFilter.None, withPrevious, TestContext.Current.CancellationToken);

    private static bool IsIn(FarmRow job, DateTimeOffset from, DateTimeOffset to) => job.CompletedAt >= from.UtcDateTime && job.CompletedAt < to.UtcDateTime;

    [Fact]
    public async Task Every_workflow_has_its_figures_those_of_the_period_before_and_its_trend()
    {
        var (list, trends) = (await GetAsync(), await GetTrendsAsync());
        Assert.Equal([1, 2, 3], list.Select(w => w.Figures.WorkflowId));
        Assert.All(list, item =>
        {
            var now = _jobs.Where(j => j.WorkflowId == item.Figures.WorkflowId && IsIn(j, Range.From, Range.To)).ToList();
            var before = _jobs.Where(j => j.WorkflowId == item.Figures.WorkflowId && IsIn(j, Range.Previous.From, Range.Previous.To)).ToList();
            Assert.Equal(($"Workflow {item.Figures.WorkflowId}", now.Count), (item.Figures.WorkflowName, item.Figures.JobCount));
            NaiveAggregates.Near(NaiveAggregates.Mean(Times(now)), item.Figures.AvgTimePerFrameMs, 1e-6);
            NaiveAggregates.Near(NaiveAggregates.Percentile(Times(now), 0.95), item.Figures.P95TimePerFrameMs, 1e-6);
            NaiveAggregates.Near(NaiveAggregates.Mean(now.Where(j => j.Scores.ContainsKey("likeness")).Select(j => j.Scores["likeness"])), item.Figures.AvgLikenessScore);
            var trend = trends[item.Figures.WorkflowId];
            NaiveAggregates.Near(NaiveAggregates.Mean(Times(before)), trend.PreviousAvgTimePerFrameMs, 1e-6);
            var bucket = Range.Length / WorkflowListQueries.TrendBuckets;
            for (var i = 0; i < WorkflowListQueries.TrendBuckets; i++)
                NaiveAggregates.Near(NaiveAggregates.Mean(Times(now.Where(j => IsIn(j, Range.From + (bucket * i), Range.From + (bucket * (i + 1)))))), trend.AvgTimePerFrameMs[i], 1e-6);
        });
        Assert.Contains(trends.Values.SelectMany(t => t.AvgTimePerFrameMs), value => value is null);

        static IEnumerable<double> Times(IEnumerable<FarmRow> jobs) => jobs.Where(j => j.TimePerFrameMs is not null).Select(j => (double)j.TimePerFrameMs!.Value);
    }

    [Fact]
    public async Task A_workflow_deleted_while_it_is_summed_up_is_still_named()
    {
        var list = await ConcurrentChange.AskAsync(
            database, "FROM workflows", "DELETE FROM workflows WHERE id = 2",
            s => s.GetRequiredService<WorkflowListQueries>().GetAsync(Range, MetricFilter.None, TestContext.Current.CancellationToken));
        Assert.Equal([1, 2, 3], list.Select(w => w.Figures.WorkflowId));
        Assert.Equal([1, 3], (await GetAsync()).Select(w => w.Figures.WorkflowId));
    }

    [Fact]
    public async Task A_job_deleted_while_its_stages_are_added_up_still_names_them()
    {
        var buckets = await ConcurrentChange.AskAsync(
            database, "jsonb_array_elements(m.pipeline_stages_json)", "DELETE FROM performance_metrics",
            s => s.GetRequiredService<WorkflowSeriesQueries>().GetStagesAsync(1, Range, MetricFilter.None, Bucket.Day, "UTC", TestContext.Current.CancellationToken));
        Assert.Equal(
            _jobs.Where(j => j.WorkflowId == 1 && IsIn(j, Range.From, Range.To)).SelectMany(j => j.Stages).Select(s => s.Name).ToHashSet(),
            buckets.Select(s => s.Name).ToHashSet());
    }

    [Fact]
    public async Task A_filter_holds_for_every_figure_and_the_past_is_left_out_on_request()
    {
        var filter = new MetricFilter(WorkerId: 2, ResolutionTier: "720p");
        var (list, trends) = (await GetAsync(filter), await GetTrendsAsync(filter, withPrevious: false));
        Assert.Equal(_jobs.Count(j => j.WorkerId == 2 && j.Tier == "720p" && IsIn(j, Range.From, Range.To)), list.Sum(w => w.Figures.JobCount));
        Assert.All(trends.Values, t => Assert.Null(t.PreviousAvgTimePerFrameMs));
        Assert.NotEmpty(trends);
    }

    [Fact]
    public async Task Names_are_listed_by_name_also_of_workflows_that_never_ran()
    {
        await database.ExecuteAsync("INSERT INTO workflows (id, name) VALUES (9, 'Another')");
        var names = await database.Get<WorkflowListQueries>().GetNamesAsync(TestContext.Current.CancellationToken);
        Assert.Equal([9, 1, 2, 3], names.Select(n => n.Id));
    }
}
