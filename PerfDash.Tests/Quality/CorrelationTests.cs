using System.Text.Json;
using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Quality;
using static PerfDash.Tests.Support.NaiveAggregates;

namespace PerfDash.Tests.Quality;

public sealed class CorrelationTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTime Start = new(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc);
    private static readonly TimeRange Range = new(Start, Start.AddDays(25));

    public async ValueTask InitializeAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Both_coefficients_equal_those_worked_out_by_hand()
    {
        var jobs = FarmRows.MakeUp(seed: 9, jobs: 500, Start, days: 25);
        await database.AddJobsAsync(jobs);
        List<FarmRow> pairs = [.. jobs.Where(j => j.Parameters.GetValueOrDefault("cfg") is double && j.Scores.ContainsKey("likeness")).OrderBy(j => j.JobId)];
        double[] x = [.. pairs.Select(j => (double)j.Parameters["cfg"])];
        double[] y = [.. pairs.Select(j => j.Scores["likeness"])];

        var correlation = await GetAsync("cfg", "likeness");

        Assert.Equal(pairs.Count, correlation.Count);
        Near(Pearson(x, y), correlation.Pearson);
        Near(Pearson(Ranks(x), Ranks(y)), correlation.Spearman);
        Assert.Equal(pairs.Select((j, i) => new CorrelationPoint(j.JobId, x[i], y[i])), correlation.Points);
        Assert.Equal(["cfg"], correlation.Parameters);
        Assert.Equal(["cfg", "sampler"], correlation.CategoricalParameters);
        Assert.Equal(["aesthetic", "likeness"], correlation.Scores);
    }

    [Fact]
    public async Task A_parameter_of_words_is_answered_by_groups()
    {
        var jobs = FarmRows.MakeUp(seed: 9, jobs: 300, Start, days: 25);
        await database.AddJobsAsync(jobs);

        var correlation = await GetAsync("sampler", "aesthetic");

        Assert.Equal((0, null, null), (correlation.Count, correlation.Pearson, correlation.Spearman));
        Assert.Empty(correlation.Points);
        Assert.Equal(["dpm", "euler"], correlation.Groups.Select(g => g.Value).Order());
        foreach (var group in correlation.Groups)
        {
            double[] values = [.. jobs.Where(j => Equals(j.Parameters.GetValueOrDefault("sampler"), group.Value) && j.Scores.ContainsKey("aesthetic")).Select(j => j.Scores["aesthetic"])];
            Assert.Equal(values.Length, group.Count);
            Near(values.Average(), group.Avg);
        }
    }

    [Fact]
    public async Task Many_jobs_are_thinned_out_evenly_and_all_counted()
    {
        await database.AddJobsAsync([.. Enumerable.Range(1, 5003).Select(i => Pair(i, i, -2 * i))]);

        var correlation = await GetAsync("cfg", "likeness");

        Assert.Equal(5003, correlation.Count);
        Near(-1, correlation.Pearson);
        Near(-1, correlation.Spearman);
        Assert.Equal(CorrelationQueries.MaxPoints, correlation.Points.Count);
        Assert.All(correlation.Points.Zip(correlation.Points.Skip(1)), p => Assert.InRange(p.Second.JobId - p.First.JobId, 2, 3));
        Assert.InRange(correlation.Points[0].JobId, 1, 3);
        Assert.Equal(5003, correlation.Points[^1].JobId);
    }

    [Fact]
    public async Task One_job_or_a_value_that_never_changes_has_no_coefficient()
    {
        await database.AddJobsAsync([Pair(1, 0.1, 0.5)]);
        var one = await GetAsync("cfg", "likeness");
        await database.AddJobsAsync([.. Enumerable.Range(2, 50).Select(i => Pair(i, 0.1, i / 100.0))]);
        var same = await GetAsync("cfg", "likeness");

        Assert.Equal((1, null, null), (one.Count, one.Pearson, one.Spearman));
        Assert.Equal((51, null, null), (same.Count, same.Pearson, same.Spearman));
    }

    [Theory]
    [InlineData(30)]
    [InlineData(25_000)]
    public async Task Seeds_beyond_2_to_the_53_are_told_apart(int jobs)
    {
        // One double in pairs: 2^53 + 1 is the same as 2^53.
        await database.ExecuteAsync(
            """
            SET LOCAL perfdash.capture = 'off';
            INSERT INTO jobs (id, workflow_id, worker_id, status, parameters, completed_at)
            SELECT i, 1, 1, 'completed', jsonb_build_object('seed', 9007199254740992 + i % 2, 'big', (123456789012345678901234567890 + i)::numeric), @start + i * INTERVAL '1 second' FROM generate_series(1, @jobs) AS i;
            INSERT INTO performance_metrics (job_id, workflow_id, worker_id, quality_scores_json, created_at)
            SELECT id, 1, 1, jsonb_build_object('likeness', id % 2, 'rank', id), completed_at FROM jobs
            """,
            ("start", Start),
            ("jobs", jobs));

        var seed = await GetAsync("seed", "likeness");
        Assert.Equal((jobs, 1.0, 1.0), (seed.Count, Math.Round(seed.Pearson!.Value, 12), Math.Round(seed.Spearman!.Value, 12)));
        Assert.Equal(["9007199254740992", "9007199254740993"], seed.Points.Select(p => p.X.Digits!).Distinct().Order(StringComparer.Ordinal));
        Assert.Contains("\"X\":9007199254740993,", JsonSerializer.Serialize(seed.Points), StringComparison.Ordinal);
        var big = await GetAsync("big", "rank");
        Assert.Equal((1.0, 1.0), (Math.Round(big.Pearson!.Value, 12), Math.Round(big.Spearman!.Value, 12)));
    }

    [Fact]
    public async Task Numbers_beyond_reason_are_left_out_and_unknown_names_are_no_error()
    {
        await database.AddJobsAsync([Pair(1, 1e200, 0.5), Pair(2, 1, 0.5), Pair(3, 2, 1e300), Pair(4, 3, 0.7)]);

        Assert.Equal((2, 1.0), ((await GetAsync("cfg", "likeness")).Count, (await GetAsync("cfg", "likeness")).Pearson));
        Assert.Equal(0, (await GetAsync("no such", "likeness")).Count);
        Assert.Equal(["cfg"], (await GetAsync("no such", "nor this")).Parameters);
    }

    private Task<Correlation> GetAsync(string parameter, string score) =>
        database.Get<CorrelationQueries>().GetAsync(parameter, score, Range, MetricFilter.None, TestContext.Current.CancellationToken);

    private static FarmRow Pair(int id, double x, double y) => new()
    {
        JobId = id,
        Parameters = new Dictionary<string, object> { ["cfg"] = x },
        Scores = new Dictionary<string, double> { ["likeness"] = y },
        CompletedAt = Start.AddMinutes(5003 - id),
    };

    private static double Pearson(double[] x, double[] y)
    {
        var (mx, my) = (x.Average(), y.Average());
        return x.Zip(y, (a, b) => (a - mx) * (b - my)).Sum() / Math.Sqrt(x.Sum(a => (a - mx) * (a - mx)) * y.Sum(b => (b - my) * (b - my)));
    }

    /// <summary>For each value how many are less, and half of the equals.</summary>
    private static double[] Ranks(double[] values) => [.. values.Select(v => values.Count(o => o < v) + (values.Count(o => o == v) / 2.0))];
}
