using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Quality;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Quality;

public sealed class QualityQueriesTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Range = new(Start.AddDays(2), Start.AddDays(20));

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Every_score_and_workflow_equals_sums_made_by_hand_within_the_same_edges()
    {
        var jobs = FarmRows.MakeUp(seed: 5, jobs: 600, Start, days: 25);
        await database.AddJobsAsync(jobs);

        var scores = await database.Get<QualityQueries>().GetAsync(Range, new MetricFilter(WorkerId: 2), TestContext.Current.CancellationToken);

        Assert.Equal(["aesthetic", "likeness"], scores.Select(s => s.Name));
        foreach (var score in scores)
        {
            List<FarmRow> having =
            [
                .. jobs.Where(j => j.WorkerId == 2 && j.CompletedAt >= Range.From && j.CompletedAt < Range.To && j.Scores.ContainsKey(score.Name)),
            ];
            Assert.Equal(having.Count, score.Count);
            Near(having.Average(j => j.Scores[score.Name]), score.Avg);
            Assert.Equal(having.Select(j => j.WorkflowId).Distinct().Order(), score.Workflows.Select(w => w.WorkflowId).Order());
            Assert.Single(score.Workflows.Select(w => string.Join(' ', w.Histogram.Select(b => (b.Lower, b.Upper)))).Distinct());
            foreach (var workflow in score.Workflows)
            {
                double[] values = [.. having.Where(j => j.WorkflowId == workflow.WorkflowId).Select(j => j.Scores[score.Name])];
                Assert.Equal((values.Length, $"Workflow {workflow.WorkflowId}"), (workflow.Count, workflow.WorkflowName));
                Near(values.Average(), workflow.Avg);
                SameHistogram(values, workflow.Histogram);
            }
        }
    }

    [Fact]
    public async Task Without_jobs_there_are_no_scores() =>
        Assert.Empty(await database.Get<QualityQueries>().GetAsync(Range, MetricFilter.None, TestContext.Current.CancellationToken));
}
