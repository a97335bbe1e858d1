using Microsoft.Extensions.Time.Testing;
using PerfDash.Core.Demo;

namespace PerfDash.Tests.Demo;

public sealed class DemoLiveScheduleTests
{
    // A Wednesday.
    private static readonly DateTime Start = new(2026, 2, 18, 15, 0, 0, DateTimeKind.Utc);
    private static readonly DemoOptions Options = new();
    private static readonly double HistoryJobsPerSecond = Options.HistoryJobs / (Options.HistoryDays * 86_400.0);

    private readonly FakeTimeProvider _time = new(Start);

    [Fact]
    public async Task Jobs_come_at_the_rate_of_the_history()
    {
        var history = new DemoFarm(42, Start).Jobs(Start.AddDays(-Options.HistoryDays), Start, Options.HistoryJobs);
        var lastWednesday = history.Count(job => job.CompletedAt >= Start.AddDays(-7) && job.CompletedAt < Start.AddDays(-6));

        var live = (await StepsAsync(speed: 1, TimeSpan.FromDays(1))).Count(step => step.Kind == DemoLiveStepKind.End);

        Assert.InRange((double)live / lastWednesday, 0.75, 1.5);
    }

    [Fact]
    public async Task A_faster_farm_completes_more_jobs_in_the_same_time()
    {
        var live = (await StepsAsync(speed: 20, TimeSpan.FromHours(1))).Count(step => step.Kind == DemoLiveStepKind.End);

        Assert.InRange(live / (HistoryJobsPerSecond * 20 * 3_600), 0.5, 1.7);
    }

    [Fact]
    public async Task Jobs_run_and_wait_from_the_first_moment_with_the_times_they_began_at()
    {
        var schedule = Begin(speed: 1);
        List<(DemoLiveStep Step, DateTime At)> first = [];
        while (schedule.NextAsync(CancellationToken.None) is { IsCompletedSuccessfully: true } next)
        {
            var (step, at) = await next;
            first.Add((step, at));
            schedule.Done(step);
        }

        Assert.Contains(first, next => next.Step.Kind == DemoLiveStepKind.Start);
        Assert.DoesNotContain(first, next => next.Step.Kind == DemoLiveStepKind.End);
        Assert.All(first, next => Assert.Equal(
            next.Step.Kind == DemoLiveStepKind.Queue ? next.Step.Job.CreatedAt : next.Step.Job.StartedAt, next.At));
    }

    private DemoLiveSchedule Begin(double speed)
    {
        var schedule = new DemoLiveSchedule(HistoryJobsPerSecond * speed, speed, _time);
        schedule.Begin(new DemoFarm(42, Start).Live(Start));
        return schedule;
    }

    private async Task<List<DemoLiveStep>> StepsAsync(double speed, TimeSpan during)
    {
        var schedule = Begin(speed);
        List<DemoLiveStep> steps = [];
        while (true)
        {
            var next = schedule.NextAsync(TestContext.Current.CancellationToken);
            while (!next.IsCompleted)
            {
                if (_time.GetUtcNow() >= Start + during)
                    return steps;
                _time.Advance(TimeSpan.FromMilliseconds(500));
                await Task.Yield();
            }

            steps.Add((await next).Step);
            schedule.Done(steps[^1]);
        }
    }
}
