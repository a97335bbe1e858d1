using PerfDash.Core.Demo;

namespace PerfDash.Tests.Demo;

public sealed class DemoFarmTests
{
    // A Wednesday.
    private static readonly DateTime End = new(2026, 2, 18, 15, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Start = End.AddDays(-30);
    private static readonly DemoJob[] Month = [.. new DemoFarm(42, End).Jobs(Start, End, 25_000)];

    [Fact]
    public void The_same_seed_gives_the_same_jobs()
    {
        static IEnumerable<string> Describe(int seed) => new DemoFarm(seed, End).Jobs(Start, End, 500).Select(job =>
            $"{job.Workflow.ExternalId} {job.Worker.ExternalId} {job.ProjectIndex} {job.CharacterIndex} {job.SceneIndex} {job.CreatedAt:O} {job.StartedAt:O} {job.CompletedAt:O} {job.ParametersJson()} {job.ResultJson()} {job.Error}");

        Assert.Equal(Describe(42), Describe(42));
        Assert.NotEqual(Describe(42), Describe(43));
    }

    [Fact]
    public void A_history_has_the_jobs_asked_for_in_order_and_all_ended_by_its_end()
    {
        Assert.Equal(25_000, Month.Length);
        Assert.Equal(Month.OrderBy(job => job.CreatedAt), Month);
        Assert.All(Month, job =>
        {
            Assert.Equal(DateTimeKind.Utc, job.CompletedAt.Kind);
            Assert.InRange(job.CreatedAt, Start, job.StartedAt);
            Assert.InRange(job.CompletedAt, job.StartedAt, End);
            Assert.Equal(job.WallTimeMs, (job.CompletedAt - job.StartedAt).TotalMilliseconds);
        });
    }

    [Theory]
    [InlineData(1, 0.001)]
    [InlineData(200, 0.01)]
    [InlineData(0, 1)]
    public void A_span_shorter_than_a_job_still_holds_the_jobs_asked_for(int count, double days)
    {
        var jobs = new DemoFarm(1, End).Jobs(End.AddDays(-days), End, count).ToArray();

        Assert.Equal(count, jobs.Length);
        Assert.All(jobs, job => Assert.True(job.CreatedAt <= job.StartedAt && job.StartedAt <= job.CompletedAt && job.CompletedAt <= End));
    }

    [Fact]
    public void Jobs_of_the_usual_farm_do_not_overlap_on_a_worker()
    {
        Assert.Equal(DemoCatalog.UsualWorkerCount, Month.Select(job => job.Worker.Index).Distinct().Count());
        foreach (var ofWorker in Month.GroupBy(job => job.Worker.Index))
        {
            var inOrder = ofWorker.OrderBy(job => job.StartedAt).ToArray();
            Assert.All(inOrder.Zip(inOrder.Skip(1)), pair => Assert.True(pair.First.CompletedAt <= pair.Second.StartedAt));
        }
    }

    [Fact]
    public void More_load_gets_more_workers_and_then_overlaps()
    {
        var jobs = new DemoFarm(42, End).Jobs(End.AddDays(-1), End, 60_000).ToArray();

        Assert.Equal(DemoCatalog.MaxWorkerCount, jobs.Select(job => job.Worker.Index).Distinct().Count());
        Assert.Equal(60_000, jobs.Length);
        Assert.True(jobs.Average(job => (job.StartedAt - job.CreatedAt).TotalMinutes) < 45);
    }

    [Fact]
    public void Weekdays_and_afternoons_are_busier_than_weekends_and_nights()
    {
        // 28 days: as many of each weekday.
        var weeks = Month.Where(job => job.CreatedAt >= End.AddDays(-28)).ToArray();
        double PerDay(Func<DayOfWeek, bool> wanted, int days) => weeks.Count(job => wanted(job.CreatedAt.DayOfWeek)) / (double)days;
        var weekday = PerDay(day => day is not (DayOfWeek.Saturday or DayOfWeek.Sunday), 20);
        var weekend = PerDay(day => day is DayOfWeek.Saturday or DayOfWeek.Sunday, 8);
        var afternoon = weeks.Count(job => job.CreatedAt.Hour is >= 13 and < 17);
        var night = weeks.Count(job => job.CreatedAt.Hour is >= 1 and < 5);

        Assert.InRange(weekend / weekday, 0.35, 0.45);
        Assert.InRange((double)night / afternoon, 0.25, 0.40);
    }

    [Fact]
    public void Video_workflows_have_many_frames_and_only_they_have_motion()
    {
        Assert.All(Month.Where(job => job.Scores is not null), job =>
            Assert.Equal(job.Workflow.Stages.Any(stage => stage.Name == "encode_video"), job.Scores!.Value.MotionQuality is not null));
        Assert.True(Month.Where(job => job.Scores?.MotionQuality is not null).Min(job => job.FrameCount) >= 16);
        Assert.Equal(DemoCatalog.Workflows.Count, Month.Select(job => job.Workflow.Index).Distinct().Count());
        Assert.Equal(4, Month.Select(job => job.Tier.Name).Distinct().Count());
    }

    [Fact]
    public void A_few_jobs_fail_and_a_few_lack_a_value()
    {
        double Share(Func<DemoJob, bool> wanted) => (double)Month.Count(wanted) / Month.Length;

        Assert.InRange(Share(job => job.Failed), 0.02, 0.03);
        Assert.InRange(Share(job => job.VramPeakMb is null), 0.02, 0.04);
        Assert.InRange(Share(job => job.Scores is null), 0.03, 0.05);
        Assert.InRange(Share(job => job.Stages is null), 0.04, 0.06);
        Assert.All(Month.Where(job => job.Failed), job => Assert.Null(job.ResultJson()));
    }

    [Fact]
    public void Stages_sum_to_nearly_the_GPU_time()
    {
        Assert.All(Month.Where(job => job.Stages is not null), job =>
        {
            Assert.All(job.Stages!, stage => Assert.True(stage.DurationMs >= 0));
            Assert.InRange(job.Stages!.Sum(stage => (long)stage.DurationMs), job.GpuTimeMs * 0.97 - 10, job.GpuTimeMs);
            Assert.True(job.GpuTimeMs < job.WallTimeMs || job.Failed);
        });
    }

    [Fact]
    public void The_first_job_of_a_worker_after_hours_of_idling_loads_its_model_from_disk()
    {
        var afterIdling = Month.GroupBy(job => job.Worker.Index).SelectMany(ofWorker =>
        {
            var inOrder = ofWorker.OrderBy(job => job.StartedAt).ToArray();
            return inOrder.Zip(inOrder.Skip(1)).Where(pair => pair.Second.StartedAt - pair.First.CompletedAt > TimeSpan.FromHours(3)).Select(pair => pair.Second);
        }).ToArray();

        Assert.NotEmpty(afterIdling);
        Assert.All(afterIdling, job => Assert.True(IsCold(job)));
        Assert.InRange((double)Month.Count(IsCold) / Month.Length, 0.05, 0.25);
    }

    [Fact]
    public void No_job_needs_more_memory_than_its_card_has() =>
        Assert.All(Month, job => Assert.True((job.VramPeakMb ?? 0) < job.Worker.GpuVramMb));

    private static bool IsCold(DemoJob job) => job.LoadModelMs > 0.35 * job.Workflow.ColdLoadMs;
}
