using PerfDash.Core.Estimates;
using PerfDash.Data.Entities;

namespace PerfDash.Tests.Estimates;

public sealed class EstimatorTests
{
    private const long Portrait = 1;
    private const long Clip = 2;
    private const long Fast = 10;
    private const long Slow = 20;
    private const long Other = 30;

    private static readonly DateTime Noon = new(2026, 11, 24, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void Without_history_every_figure_is_null()
    {
        var estimate = Answer(new(Portrait, 48, Fast, "1080p"), []);

        Assert.Equal(new Estimate(), estimate);
        Assert.Equal(0, estimate.SampleSize);
        Assert.Equal(EstimateBasis.None, estimate.BasisLevel);
    }

    [Fact]
    public void Jobs_of_another_workflow_are_no_history() =>
        Assert.Equal(new Estimate(), Answer(new(Portrait, 48), Same(20, Job(Clip, Fast, 1000, 10))));

    [Fact]
    public void Jobs_that_always_take_the_same_are_expected_to_take_the_same()
    {
        var estimate = Answer(
            new(Portrait, 48, Fast, "1080p"),
            Same(40, Job(Portrait, Fast, 39_000, 48) with { VramPeakMb = 18_000 }),
            prices: new() { [Fast] = 2m });

        Assert.Equal(39_000, estimate.ExpectedGpuTimeMs!.Value, 0.001);
        Assert.Equal(39_000, estimate.P10GpuTimeMs!.Value, 0.001);
        Assert.Equal(39_000, estimate.P90GpuTimeMs!.Value, 0.001);
        Assert.Equal(812.5, estimate.ExpectedTimePerFrameMs!.Value, 0.001);
        Assert.Equal(18_000, estimate.ExpectedVramPeakMb!.Value, 0.001);
        Assert.Equal(18_000, estimate.P95VramPeakMb!.Value, 0.001);
        // 39 s at 2 an hour.
        Assert.Equal(39m / 3600 * 2, estimate.ExpectedCost!.Value, 8);
        Assert.Equal(40, estimate.SampleSize);
        Assert.Equal(EstimateBasis.WorkflowTierWorker, estimate.BasisLevel);
    }

    [Fact]
    public void A_warm_run_is_expected_to_take_what_warm_runs_took()
    {
        PastJob[] history = [.. Same(30, Job(Portrait, Fast, 30_000, 10) with { RunClass = RunClass.Cold }), .. Same(20, Job(Portrait, Fast, 10_000, 10) with { RunClass = RunClass.Warm })];

        var warm = Answer(new(Portrait, 10, Fast, "1080p"), history);
        var cold = Answer(new(Portrait, 10, Fast, "1080p", RunClass.Cold), history);
        var onlyCold = Answer(new(Portrait, 10, Fast, "1080p"), history[..30]);

        Assert.Equal((10_000, 20, RunClass.Warm, 30), (warm.ExpectedGpuTimeMs!.Value, warm.SampleSize, warm.RunClass, warm.LeftOutJobs));
        Assert.Equal((30_000, 30, RunClass.Cold, 20), (cold.ExpectedGpuTimeMs!.Value, cold.SampleSize, cold.RunClass, cold.LeftOutJobs));
        // Those of which nothing is known count while there are few of the class.
        PastJob[] unknown = Same(40, Job(Portrait, Fast, 20_000, 10));
        Assert.Equal((10_000, 40), (Answer(new(Portrait, 10, Fast, "1080p"), [.. unknown, .. history[30..]]) is var known ? known.ExpectedGpuTimeMs!.Value : 0, known.LeftOutJobs));
        Assert.InRange(Answer(new(Portrait, 10, Fast, "1080p"), [.. unknown, .. history[48..]]).ExpectedGpuTimeMs!.Value, 19_000, 20_000);
        // Better a cold estimate than none.
        Assert.Equal((30_000, 30, null, 0), (onlyCold.ExpectedGpuTimeMs!.Value, onlyCold.SampleSize, onlyCold.RunClass, onlyCold.LeftOutJobs));
    }

    [Fact]
    public void Bounds_of_99_jobs_of_one_age_are_the_10th_and_90th_from_the_bottom()
    {
        // Of n values the k-th lowest has k ÷ (n + 1) of what comes below it: 10 of 100 and 90 of 100.
        PastJob[] jobs = [.. Enumerable.Range(1, 99).Select(i => Job(Portrait, Fast, i * 1000, 10))];

        var estimate = Answer(new(Portrait, 10, Fast, "1080p"), jobs);

        Assert.Equal(10_000, estimate.P10GpuTimeMs!.Value, 0.01);
        Assert.Equal(90_000, estimate.P90GpuTimeMs!.Value, 0.01);
        Assert.Equal(50_000, estimate.ExpectedGpuTimeMs!.Value, 0.01);
    }

    [Fact]
    public void Few_jobs_have_wider_bounds_than_many()
    {
        long[] times = [9_000, 10_000, 11_000];
        double Width(int repeats) => Answer(
                new(Portrait, 10, Fast, "1080p"),
                [.. Enumerable.Range(0, repeats).SelectMany(_ => times).Select(ms => Job(Portrait, Fast, ms, 10))]) is var e
            ? e.P90GpuTimeMs!.Value - e.P10GpuTimeMs!.Value
            : 0;

        Assert.True(Width(1) > Width(4));
        Assert.True(Width(4) >= Width(40));
    }

    [Fact]
    public void One_job_gives_bounds_by_the_usual_spread()
    {
        var estimate = Answer(new(Portrait, 10, Fast, "1080p"), [Job(Portrait, Fast, 10_000, 10)]);

        // Student's t of 4 degrees at 0.9 is 1.5332; a fifth either way, for the job and for the one behind it.
        var wide = Math.Exp(1.5332 * 0.2 * Math.Sqrt(2));
        Assert.Equal(10_000 * wide, estimate.P90GpuTimeMs!.Value, 5d);
        Assert.Equal(10_000 / wide, estimate.P10GpuTimeMs!.Value, 5d);
        Assert.Equal(10_000, estimate.ExpectedGpuTimeMs!.Value, 0.01);
        Assert.Equal(1, estimate.SampleSize);
        Assert.Equal(EstimateBasis.WorkflowTierWorker, estimate.BasisLevel);
    }

    [Fact]
    public void One_job_a_hundred_times_as_long_does_not_carry_the_mean_away()
    {
        PastJob[] jobs = [.. Same(30, Job(Portrait, Fast, 10_000, 10)), Job(Portrait, Fast, 1_000_000, 10)];

        Assert.Equal(10_000, Answer(new(Portrait, 10, Fast, "1080p"), jobs).ExpectedGpuTimeMs!.Value, 0.01);
    }

    [Fact]
    public void Time_follows_frames_that_never_ran()
    {
        var estimate = Answer(new(Portrait, 100, Fast, "1080p"), Same(20, Job(Portrait, Fast, 10_000, 10)));

        Assert.Equal(100_000, estimate.ExpectedGpuTimeMs!.Value, 0.01);
        Assert.Equal(1_000, estimate.ExpectedTimePerFrameMs!.Value, 0.01);
    }

    [Fact]
    public void A_fixed_part_is_told_from_the_frames()
    {
        // 5 s of loading and 1 s a frame.
        PastJob[] jobs = [.. Enumerable.Range(0, 4).Select(i => 5 << i).SelectMany(frames => Same(10, Job(Portrait, Fast, 5_000 + frames * 1000, frames)))];

        Assert.Equal(7_000, Answer(new(Portrait, 2, Fast, "1080p"), jobs).ExpectedGpuTimeMs!.Value, 0.01);
        Assert.Equal(105_000, Answer(new(Portrait, 100, Fast, "1080p"), jobs).ExpectedGpuTimeMs!.Value, 0.01);
    }

    [Fact]
    public void Jobs_whose_time_does_not_depend_on_frames_are_not_scaled()
    {
        PastJob[] jobs = [.. Enumerable.Range(0, 3).Select(i => 1 + 40 * i).SelectMany(frames => Same(10, Job(Portrait, Fast, 5_000, frames)))];

        Assert.Equal(5_000, Answer(new(Portrait, 1000, Fast, "1080p"), jobs).ExpectedGpuTimeMs!.Value, 0.01);
    }

    [Fact]
    public void Recent_jobs_weigh_more()
    {
        PastJob[] jobs =
        [
            .. Same(20, Job(Portrait, Fast, 10_000, 10, Noon.AddDays(-5))),
            .. Same(20, Job(Portrait, Fast, 20_000, 10, Noon)),
        ];

        // Five days are one half-life: 20 jobs of weight 1 beside 20 of weight 1/2.
        Assert.Equal((20_000 + 10_000 / 2d) / 1.5, Answer(new(Portrait, 10, Fast, "1080p"), jobs).ExpectedGpuTimeMs!.Value, 0.01);
    }

    [Fact]
    public void A_history_that_ended_years_ago_is_still_one() =>
        Assert.Equal(
            10_000,
            Answer(new(Portrait, 10, Fast, "1080p"), Same(20, Job(Portrait, Fast, 10_000, 10, Noon.AddYears(-20)))).ExpectedGpuTimeMs!.Value,
            0.01);

    [Fact]
    public void Too_few_jobs_of_the_worker_are_joined_by_those_of_others_at_its_speed()
    {
        // The fast worker takes half the time of the slow one in the workflow that both know.
        PastJob[] jobs =
        [
            .. Same(30, Job(Clip, Fast, 5_000, 10)),
            .. Same(30, Job(Clip, Slow, 10_000, 10)),
            .. Same(30, Job(Portrait, Slow, 40_000, 10)),
        ];

        var newToIt = Answer(new(Portrait, 10, Fast, "1080p"), jobs, prices: new() { [Fast] = 3.6m, [Slow] = 1m });

        Assert.Equal(EstimateBasis.WorkflowTierSpeed, newToIt.BasisLevel);
        Assert.Equal(20_000, newToIt.ExpectedGpuTimeMs!.Value, 0.01);
        Assert.Equal(30, newToIt.SampleSize);
        Assert.Equal(0.02m, newToIt.ExpectedCost!.Value, 8);
    }

    [Fact]
    public void Enough_jobs_of_the_worker_leave_others_out()
    {
        PastJob[] jobs = [.. Same(30, Job(Portrait, Slow, 40_000, 10)), .. Same(6, Job(Portrait, Fast, 20_000, 10))];

        var own = Answer(new(Portrait, 10, Fast, "1080p"), jobs);

        Assert.Equal(EstimateBasis.WorkflowTierWorker, own.BasisLevel);
        Assert.Equal(6, own.SampleSize);
        Assert.Equal(20_000, own.ExpectedGpuTimeMs!.Value, 0.01);
    }

    [Fact]
    public void A_worker_whose_speed_is_not_known_gets_the_jobs_of_others_as_they_are()
    {
        var estimate = Answer(new(Portrait, 10, Other, "1080p"), Same(30, Job(Portrait, Slow, 40_000, 10)));

        Assert.Equal(EstimateBasis.WorkflowTier, estimate.BasisLevel);
        Assert.Equal(40_000, estimate.ExpectedGpuTimeMs!.Value, 0.01);
    }

    [Fact]
    public void Without_a_worker_the_tier_is_the_history()
    {
        PastJob[] jobs =
        [
            .. Same(10, Job(Portrait, Slow, 40_000, 10)),
            .. Same(10, Job(Portrait, Fast, 20_000, 10)),
            .. Same(10, Job(Portrait, Fast, 80_000, 10) with { ResolutionTier = "4k" }),
        ];

        var estimate = Answer(new(Portrait, 10, null, "1080p"), jobs, prices: new() { [Slow] = 1m, [Fast] = 4m });

        Assert.Equal(EstimateBasis.WorkflowTier, estimate.BasisLevel);
        Assert.Equal(30_000, estimate.ExpectedGpuTimeMs!.Value, 0.01);
        // A third of the hours at 4 and two thirds at 1: 2 an hour, for 30 s.
        Assert.Equal(2m * 30 / 3600, estimate.ExpectedCost!.Value, 8);
    }

    [Fact]
    public void A_tier_that_never_ran_falls_back_to_the_workflow()
    {
        PastJob[] jobs = [.. Same(10, Job(Portrait, Slow, 40_000, 10)), .. Same(10, Job(Portrait, Fast, 20_000, 10))];

        Assert.Equal(EstimateBasis.Workflow, Answer(new(Portrait, 10, null, "4k"), jobs).BasisLevel);
        Assert.Equal(EstimateBasis.WorkflowSpeed, Answer(new(Portrait, 10, Fast, "4k"), jobs).BasisLevel);
        Assert.Equal(20_000, Answer(new(Portrait, 10, Fast, "4k"), jobs).ExpectedGpuTimeMs!.Value, 0.01);
        Assert.Equal(EstimateBasis.Workflow, Answer(new(Portrait, 10, Other, "4k"), jobs).BasisLevel);
    }

    [Fact]
    public void Without_a_tier_the_workers_own_jobs_of_any_tier_come_first()
    {
        PastJob[] jobs =
        [
            .. Same(10, Job(Portrait, Slow, 40_000, 10)),
            .. Same(10, Job(Portrait, Fast, 20_000, 10)),
            .. Same(10, Job(Portrait, Fast, 60_000, 10) with { ResolutionTier = "4k" }),
        ];

        var estimate = Answer(new(Portrait, 10, Fast), jobs);

        Assert.Equal(EstimateBasis.WorkflowWorker, estimate.BasisLevel);
        Assert.Equal(20, estimate.SampleSize);
        Assert.Equal(40_000, estimate.ExpectedGpuTimeMs!.Value, 0.01);
    }

    [Fact]
    public void Without_GPU_time_only_the_time_per_frame_is_estimated()
    {
        PastJob[] jobs = Same(20, Job(Portrait, Fast, 0, 10) with { TotalGpuTimeMs = null, TimePerFrameMs = 800, TotalWallTimeMs = 8_000 });

        var estimate = Answer(new(Portrait, 48, Fast, "1080p"), jobs, prices: new() { [Fast] = 1m });

        Assert.Equal(800, estimate.ExpectedTimePerFrameMs!.Value, 0.01);
        Assert.Null(estimate.ExpectedGpuTimeMs);
        Assert.Null(estimate.P10GpuTimeMs);
        Assert.Null(estimate.P90GpuTimeMs);
        Assert.Null(estimate.ExpectedCost);
        Assert.Null(estimate.ExpectedVramPeakMb);
        Assert.Equal(20, estimate.SampleSize);
    }

    [Fact]
    public void Without_any_time_VRAM_is_still_estimated()
    {
        PastJob[] jobs = Same(20, Job(Portrait, Fast, 0, 10) with { TotalGpuTimeMs = null, VramPeakMb = 9_000 });

        var estimate = Answer(new(Portrait, 48, Fast, "1080p"), jobs);

        Assert.Equal(9_000, estimate.ExpectedVramPeakMb!.Value, 0.01);
        Assert.Null(estimate.ExpectedTimePerFrameMs);
        Assert.Equal(20, estimate.SampleSize);
        Assert.Equal(EstimateBasis.WorkflowTierWorker, estimate.BasisLevel);
    }

    [Fact]
    public void VRAM_rests_on_jobs_of_similar_frames_where_there_are_enough()
    {
        PastJob[] jobs =
        [
            .. Same(10, Job(Portrait, Fast, 10_000, 10) with { VramPeakMb = 9_000 }),
            .. Same(10, Job(Portrait, Fast, 80_000, 80) with { VramPeakMb = 20_000 }),
        ];

        Assert.Equal(20_000, Answer(new(Portrait, 60, Fast, "1080p"), jobs).ExpectedVramPeakMb!.Value, 0.01);
        Assert.Equal(14_500, Answer(new(Portrait, 1000, Fast, "1080p"), jobs).ExpectedVramPeakMb!.Value, 0.01);
    }

    [Fact]
    public void A_worker_without_a_price_has_no_cost()
    {
        var jobs = Same(20, Job(Portrait, Fast, 10_000, 10));

        Assert.Null(Answer(new(Portrait, 10, Fast, "1080p"), jobs, prices: new() { [Slow] = 1m }).ExpectedCost);
        Assert.Null(Answer(new(Portrait, 10), jobs, prices: new() { [Slow] = 1m }).ExpectedCost);
    }

    private static PastJob Job(long workflow, long worker, long gpuTimeMs, int frames, DateTime? at = null) => new()
    {
        WorkflowId = workflow,
        WorkerId = worker,
        ResolutionTier = "1080p",
        FrameCount = frames,
        TotalGpuTimeMs = gpuTimeMs,
        CreatedAt = at ?? Noon,
    };

    private static PastJob[] Same(int count, PastJob job) => [.. Enumerable.Repeat(job, count)];

    private static Estimate Answer(EstimateQuestion question, PastJob[] history, Dictionary<long, decimal>? prices = null)
    {
        var speeds = new WorkerSpeeds(EstimateTuning.Default.HalfLife);
        foreach (var job in history)
            speeds.Add(job);
        return new Estimator(EstimateTuning.Default, speeds, prices ?? []).Answer(question, history);
    }
}
