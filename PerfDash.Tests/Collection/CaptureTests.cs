using PerfDash.Core.Collection;
using PerfDash.Tests.Support;
using Xunit;

namespace PerfDash.Tests.Collection;

public sealed class CaptureTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await database.ClearAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_completed_job_becomes_one_metric()
    {
        var job = await database.AddRunningJobAsync(await database.AddWorkflowAsync(), await database.AddWorkerAsync());
        await database.CompleteAsync(job);

        var batch = await CollectAsync();

        Assert.Equal(new CollectedBatch(1, 1, 0), batch);
        Assert.Equal(812.5f, await database.ScalarAsync<float>("SELECT time_per_frame_ms FROM performance_metrics"));
        Assert.Equal(0, await database.ScalarAsync<long>("SELECT count(*) FROM job_completions"));
    }

    private Task<CollectedBatch> CollectAsync() => database.Get<MetricCollector>().CollectAsync(1000, Cancel);
}
