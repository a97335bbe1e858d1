using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Workflows;

namespace PerfDash.Tests.Workflows;

/// <summary>What surrounds a workflow: the typical job, the spread, stages over time, parameters in use.</summary>
public sealed class TypicalJobTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2026, 9, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Range = new(new(Start), new(Start.AddDays(20)));

    private readonly List<FarmRow> _jobs = FarmRows.MakeUp(5, 700, Start, 30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private List<FarmRow> Mine => [.. _jobs.Where(j => j.WorkflowId == 2 && j.CompletedAt < Range.To.UtcDateTime)];

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        await database.AddJobsAsync(_jobs);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static double Median(IEnumerable<double> values) => NaiveAggregates.Percentile(values, 0.5);

    private static void Same(List<FarmRow> jobs, TypicalJob typical)
    {
        Assert.Equal(jobs.Count, typical.Figures.JobCount);
        NaiveAggregates.Near(Median(jobs.Where(j => j.TimePerFrameMs is not null).Select(j => (double)j.TimePerFrameMs!)), typical.Figures.TimePerFrameMs, 1e-6);
        NaiveAggregates.Near(Median(jobs.Where(j => j.GpuTimeMs is not null).Select(j => (double)j.GpuTimeMs!)), typical.Figures.GpuTimeMs);
        NaiveAggregates.Near(Median(jobs.Where(j => j.Frames is not null).Select(j => (double)j.Frames!)), typical.Figures.FrameCount);
        Assert.Equal(["load_model", "sample", "decode"], typical.Stages.Select(s => s.Name));
        Assert.All(typical.Stages, stage =>
        {
            var runs = jobs.Select(j => j.Stages.Where(s => s.Name == stage.Name).Select(s => s.Ms).ToList()).Where(r => r.Count > 0).ToList();
            Assert.Equal(runs.Count, stage.JobCount);
            NaiveAggregates.Near(Median(runs.Select(r => r.Sum())), stage.DurationMs);
        });
        Assert.Equal(["aesthetic", "likeness"], typical.Scores.Select(s => s.Name));
        NaiveAggregates.Near(Median(jobs.Where(j => j.Scores.ContainsKey("aesthetic")).Select(j => j.Scores["aesthetic"])), typical.Scores[0].Value);
    }

    [Fact]
    public async Task The_typical_job_is_made_of_medians_of_what_each_job_reported() =>
        Same(Mine, await database.Get<TypicalJobQueries>().GetAsync(Range, new MetricFilter(WorkflowId: 2), Cancellation));

    [Fact]
    public async Task A_jobs_stratum_are_the_other_jobs_of_its_workflow_and_tier_before_it()
    {
        var queries = database.Get<TypicalJobQueries>();
        var last = _jobs.Where(j => j.WorkflowId == 2 && j.Tier == "1080p").MaxBy(j => j.CompletedAt)!;
        Same(
            [.. _jobs.Where(j => j.WorkflowId == 2 && j.Tier == "1080p" && j.CompletedAt < last.CompletedAt)],
            await queries.GetStratumAsync(2, "1080p", null, last.JobId, new(last.CompletedAt), Cancellation));

        // No tier is a tier of its own.
        var without = _jobs.Where(j => j.WorkflowId == 2 && j.Tier is null).MaxBy(j => j.CompletedAt)!;
        Same(
            [.. _jobs.Where(j => j.WorkflowId == 2 && j.Tier is null && j.CompletedAt < without.CompletedAt)],
            await queries.GetStratumAsync(2, null, null, without.JobId, new(without.CompletedAt), Cancellation));

        var first = _jobs.Where(j => j.WorkflowId == 2 && j.Tier == "1080p").MinBy(j => j.CompletedAt)!;
        var none = await queries.GetStratumAsync(2, "1080p", null, first.JobId, new(first.CompletedAt), Cancellation);
        Assert.Equal(new TypicalFigures(0, null, null, null, null, null), none.Figures);
        Assert.Empty(none.Stages);
    }

    [Fact]
    public async Task The_band_reaches_from_the_least_to_the_greatest_of_each_day()
    {
        var spread = await database.Get<WorkflowSeriesQueries>().GetSpreadAsync(2, Range, MetricFilter.None, Bucket.Day, "UTC", Cancellation);
        var expected = Mine.Where(j => j.TimePerFrameMs is not null).GroupBy(j => j.CompletedAt.Date).OrderBy(g => g.Key)
            .Select(g => new SpreadBucket(g.Key, g.Min(j => NaiveAggregates.AsWritten(j.TimePerFrameMs!.Value)), g.Max(j => NaiveAggregates.AsWritten(j.TimePerFrameMs!.Value))));
        Assert.Equal(expected, spread);
    }

    [Fact]
    public async Task The_stages_of_a_day_add_up_to_the_mean_time_of_its_jobs_with_stages()
    {
        var buckets = await database.Get<WorkflowSeriesQueries>().GetStagesAsync(2, Range, MetricFilter.None, Bucket.Day, "UTC", Cancellation);
        var days = Mine.Where(j => j.Stages.Count > 0).GroupBy(j => j.CompletedAt.Date).ToDictionary(g => g.Key, g => g.ToList());
        Assert.Equal(days.Keys.Order(), buckets.Select(s => s.BucketStart).Distinct());
        Assert.All(days, day =>
        {
            var mine = buckets.Where(s => s.BucketStart == day.Key).ToList();
            Assert.All(mine, s => Assert.Equal(day.Value.Count, s.JobCount));
            NaiveAggregates.Near(day.Value.Average(j => j.Stages.Sum(s => s.Ms)), mine.Sum(s => s.AvgDurationMs));
        });
    }

    [Fact]
    public async Task Parameters_are_listed_with_their_values_how_many_jobs_ran_with_each_and_how_fast()
    {
        var use = await database.Get<ParameterUseQueries>().GetAsync(2, Range, MetricFilter.None, Cancellation);
        Assert.Equal((Mine.Count, 2), (use.JobCount, use.ParameterCount));
        Assert.All(use.Parameters, parameter =>
        {
            var byValue = Mine.Where(j => j.Parameters.ContainsKey(parameter.Name))
                .ToLookup(j => Convert.ToString(j.Parameters[parameter.Name], System.Globalization.CultureInfo.InvariantCulture)!);
            Assert.Equal((byValue.Sum(g => g.Count()), byValue.Count), (parameter.JobCount, parameter.ValueCount));
            Assert.Equal(Math.Min(byValue.Count, ParameterUseQueries.MaxValues), parameter.Values.Count);
            Assert.Equal(byValue.Select(g => (long)g.Count()).OrderDescending().Take(parameter.Values.Count), parameter.Values.Select(v => v.JobCount));
            Assert.All(parameter.Values, v => NaiveAggregates.Near(
                NaiveAggregates.Mean(byValue[v.Value].Where(j => j.TimePerFrameMs is not null).Select(j => (double)j.TimePerFrameMs!)), v.AvgTimePerFrameMs, 1e-6));
        });
    }

    [Fact]
    public async Task Parameters_of_any_shape_are_shown_as_text()
    {
        await database.AddJobsAsync(
        [
            new FarmRow { JobId = 5000, WorkflowId = 3, CompletedAt = Start.AddDays(-40), Parameters = new Dictionary<string, object> { ["b"] = new string('x', 500) } },
            new FarmRow { JobId = 5001, WorkflowId = 3, CompletedAt = Start.AddDays(-40) },
        ]);
        await database.ExecuteAsync("""UPDATE jobs SET parameters = parameters || '{"a": [1, 2], "c": null, "d": {"e": true}}' WHERE id = 5000""");
        await database.ExecuteAsync("""UPDATE jobs SET parameters = '[1]' WHERE id = 5001""");
        var use = await database.Get<ParameterUseQueries>().GetAsync(3, new(new(Start.AddDays(-41)), new(Start.AddDays(-39))), MetricFilter.None, Cancellation);
        Assert.Equal(2, use.JobCount);
        Assert.Equal(
            [("a", "[1, 2]"), ("b", new string('x', ParameterUseQueries.MaxValueLength + 1)), ("c", "null"), ("d", """{"e": true}""")],
            use.Parameters.Select(p => (p.Name, Assert.Single(p.Values).Value)));
    }
}
