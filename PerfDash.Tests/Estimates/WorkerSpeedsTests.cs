using PerfDash.Core.Estimates;

namespace PerfDash.Tests.Estimates;

public sealed class WorkerSpeedsTests
{
    private static readonly DateTime Noon = new(2026, 11, 24, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Speed_does_not_depend_on_the_mix_of_jobs()
    {
        // Worker 2 is twice as fast as worker 1, and mostly runs the workflow that takes ten times as long.
        var speeds = Of(
            [.. Times(90, 1, 1, 100), .. Times(10, 2, 1, 1000), .. Times(10, 1, 2, 50), .. Times(90, 2, 2, 500)]);

        Assert.Equal(0.5, speeds.TimeFactor(2, 1)!.Value, 0.0001);
        Assert.Equal(2, speeds.TimeFactor(1, 2)!.Value, 0.0001);
        Assert.Equal(1, speeds.TimeFactor(7, 7));
    }

    [Fact]
    public void A_chain_of_shared_job_types_compares_workers_that_share_none()
    {
        var speeds = Of([.. Times(5, 1, 1, 100), .. Times(5, 1, 2, 200), .. Times(5, 2, 2, 1000), .. Times(5, 2, 3, 3000)]);

        Assert.Equal(6, speeds.TimeFactor(3, 1)!.Value, 0.001);
    }

    [Fact]
    public void Workers_that_nothing_joins_are_not_compared()
    {
        var speeds = Of([.. Times(5, 1, 1, 100), .. Times(5, 1, 2, 200), .. Times(5, 2, 3, 100), .. Times(5, 2, 4, 100)]);

        Assert.Null(speeds.TimeFactor(1, 3));
        Assert.Null(speeds.TimeFactor(1, 99));
        Assert.Equal(0.5, speeds.TimeFactor(1, 2)!.Value, 0.0001);
    }

    [Fact]
    public void Recent_speed_counts_even_after_years_of_another()
    {
        var speeds = Of(
            [.. Times(50, 1, 1, 100, Noon.AddYears(-30)), .. Times(50, 1, 2, 100, Noon.AddYears(-30)), .. Times(5, 1, 1, 100), .. Times(5, 1, 2, 300)]);

        Assert.Equal(3, speeds.TimeFactor(2, 1)!.Value, 0.0001);
    }

    [Fact]
    public void What_a_worker_ran_of_one_workflow_can_be_hidden()
    {
        var speeds = Of([.. Times(5, 1, 1, 100), .. Times(5, 1, 2, 200), .. Times(5, 2, 1, 100), .. Times(5, 2, 2, 800)]);

        Assert.Equal(Math.Sqrt(2 * 8), speeds.TimeFactor(2, 1)!.Value, 0.001);
        Assert.Equal(8, speeds.Without(1, 2).TimeFactor(2, 1)!.Value, 0.001);
    }

    private static IEnumerable<PastJob> Times(int count, long workflow, long worker, float msPerFrame, DateTime? at = null) =>
        Enumerable.Repeat(new PastJob { WorkflowId = workflow, WorkerId = worker, TimePerFrameMs = msPerFrame, CreatedAt = at ?? Noon }, count);

    private static WorkerSpeeds Of(PastJob[] jobs)
    {
        var speeds = new WorkerSpeeds(TimeSpan.FromDays(5));
        foreach (var job in jobs)
            speeds.Add(job);
        return speeds;
    }
}
