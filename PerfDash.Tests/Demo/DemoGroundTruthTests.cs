using PerfDash.Core.Demo;

namespace PerfDash.Tests.Demo;

/// <summary>What is planted must be there to be found in the reported figures alone.</summary>
public sealed class DemoGroundTruthTests
{
    private static readonly DateTime End = new(2026, 2, 18, 15, 0, 0, DateTimeKind.Utc);
    private static readonly DemoFarm Farm = new(42, End);
    private static readonly DemoJob[] Completed = [.. Farm.Jobs(End.AddDays(-30), End, 25_000).Where(job => !job.Failed)];

    [Fact]
    public void The_drifting_worker_grows_slower_by_the_planted_amount()
    {
        var groundTruth = Farm.GroundTruth;
        var drift = SpeedRatio(groundTruth.DriftingWorker, groundTruth);

        // The mean of a straight rise from day 9 to day 12 of the drift lies in its middle.
        Assert.Equal(1 + groundTruth.DriftPerDay * 10.5, drift, 0.06);
    }

    [Fact]
    public void The_other_workers_keep_their_speed()
    {
        var others = DemoCatalog.Workers.Take(DemoCatalog.UsualWorkerCount).Where(worker => worker != Farm.GroundTruth.DriftingWorker);

        Assert.All(others, worker => Assert.InRange(SpeedRatio(worker, Farm.GroundTruth), 0.93, 1.07));
    }

    [Fact]
    public void Likeness_fell_and_frames_got_faster_when_the_steps_changed()
    {
        var groundTruth = Farm.GroundTruth;
        var jobs = Completed.Where(job => job.Workflow == groundTruth.LikenessWorkflow).ToLookup(job => job.CreatedAt >= groundTruth.ParameterChangedAt);

        Assert.Equal(groundTruth.LikenessDrop, Likeness(jobs[false]) - Likeness(jobs[true]), 0.01);
        Assert.Equal(groundTruth.StepsBefore, MostFrequentSteps(jobs[false]));
        Assert.Equal(groundTruth.StepsAfter, MostFrequentSteps(jobs[true]));
        Assert.True(Warm(jobs[true], "1080p") < 0.75 * Warm(jobs[false], "1080p"));

        static double Likeness(IEnumerable<DemoJob> jobs) => jobs.Average(job => job.Scores?.Likeness)!.Value;
        static int MostFrequentSteps(IEnumerable<DemoJob> jobs) => jobs.CountBy(job => job.Steps).MaxBy(steps => steps.Value).Key;
        static double Warm(IEnumerable<DemoJob> jobs, string tier) =>
            jobs.Where(job => job.Tier.Name == tier).Average(job => (double)(job.GpuTimeMs - job.LoadModelMs) / job.FrameCount * job.Worker.Speed);
    }

    [Fact]
    public void Other_workflows_keep_their_likeness()
    {
        var groundTruth = Farm.GroundTruth;
        foreach (var jobs in Completed.Where(job => job.Workflow != groundTruth.LikenessWorkflow && job.Scores?.Likeness is not null).GroupBy(job => job.Workflow.Index))
        {
            var byHalf = jobs.ToLookup(job => job.CreatedAt >= groundTruth.ParameterChangedAt);
            Assert.Equal(byHalf[false].Average(job => job.Scores!.Value.Likeness!.Value), byHalf[true].Average(job => job.Scores!.Value.Likeness!.Value), 0.015);
        }
    }

    [Fact]
    public void The_VRAM_hungry_workflow_needs_far_more_than_any_other_and_stays_off_small_cards()
    {
        var hungry = Farm.GroundTruth.VramHungryWorkflow;
        foreach (var tier in Completed.Where(job => job.VramPeakMb is not null && job.Tier.Name != "4k").GroupBy(job => job.Tier.Name))
        {
            var means = tier.GroupBy(job => job.Workflow.Index).ToDictionary(jobs => jobs.Key, jobs => jobs.Average(job => job.VramPeakMb!.Value));
            Assert.True(means[hungry.Index] > 1.8 * means.Where(mean => mean.Key != hungry.Index).Max(mean => mean.Value));
        }
        Assert.All(Completed.Where(job => job.Workflow == hungry), job => Assert.True(job.Worker.GpuVramMb > 40_000));
    }

    [Fact]
    public void The_drift_goes_on_after_the_history_and_ends_at_its_ceiling()
    {
        var groundTruth = Farm.GroundTruth;

        Assert.Equal(1, groundTruth.DriftFactor(groundTruth.DriftStartsAt));
        Assert.Equal(1.36, groundTruth.DriftFactor(End), 1e-9);
        Assert.Equal(1.39, groundTruth.DriftFactor(End.AddDays(1)), 1e-9);
        Assert.Equal(1.5, groundTruth.DriftFactor(End.AddDays(60)), 1e-9);
    }

    /// <summary>
    /// Mean time per frame of the last three days ÷ that before the drift, per workflow × tier × steps, without jobs
    /// that loaded their model; strata weighed by their number of jobs.
    /// </summary>
    private static double SpeedRatio(DemoWorker worker, DemoGroundTruth groundTruth)
    {
        var strata = Completed
            .Where(job => job.Worker == worker && job.LoadModelMs < 0.05 * job.GpuTimeMs)
            .GroupBy(job => (job.Workflow.Index, job.Tier.Name, job.Steps))
            .Select(jobs => (
                Before: jobs.Where(job => job.StartedAt < groundTruth.DriftStartsAt).Select(job => job.TimePerFrameMs).ToArray(),
                After: jobs.Where(job => job.StartedAt >= End.AddDays(-3)).Select(job => job.TimePerFrameMs).ToArray()))
            .Where(stratum => stratum.Before.Length >= 3 && stratum.After.Length >= 1)
            .ToArray();
        return Math.Exp(strata.Sum(stratum => stratum.After.Length * Math.Log(stratum.After.Average() / stratum.Before.Average()))
            / strata.Sum(stratum => stratum.After.Length));
    }
}
