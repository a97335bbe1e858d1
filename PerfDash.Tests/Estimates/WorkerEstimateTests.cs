using PerfDash.Core.Estimates;

namespace PerfDash.Tests.Estimates;

public sealed class WorkerEstimateTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1080p")]
    [InlineData(null)]
    [InlineData("8k")]
    public async Task Each_worker_gets_the_estimate_it_would_get_alone(string? tier)
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        // Worker 5 never ran workflow 1.
        await database.AddJobsAsync([.. FarmRows.MakeUp(seed: 21, jobs: 900, new(2026, 10, 1, 0, 0, 0, DateTimeKind.Utc), days: 40).Where(j => j.WorkerId != 5 || j.WorkflowId != 1)]);
        var question = new EstimateQuestion(1, 48, null, tier);

        var answers = await database.Get<WorkerEstimateQueries>().GetAsync(question, Cancel);

        Assert.Equal([1, 2, 3, 4, 5], answers.Select(a => a.WorkerId).Order());
        Assert.Equal(answers.Select(a => a.Estimate.ExpectedGpuTimeMs).Order(), answers.Select(a => a.Estimate.ExpectedGpuTimeMs));
        foreach (var answer in answers)
        {
            var (alone, _) = await database.Get<EstimateQueries>().EstimateAsync(question with { WorkerId = answer.WorkerId }, Cancel);
            Assert.Equal(alone, answer.Estimate);
        }
    }

    [Fact]
    public async Task An_unknown_workflow_has_no_answers_and_one_without_jobs_empty_ones()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();

        Assert.Empty(await database.Get<WorkerEstimateQueries>().GetAsync(new EstimateQuestion(77, 1), Cancel));
        Assert.All(await database.Get<WorkerEstimateQueries>().GetAsync(new EstimateQuestion(1, 1), Cancel), a => Assert.Null(a.Estimate.ExpectedGpuTimeMs));
    }
}
