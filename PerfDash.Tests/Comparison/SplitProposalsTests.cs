using PerfDash.Core.Comparison;
using PerfDash.Core.Comparison.Changes;
using PerfDash.Core.Statistics;

namespace PerfDash.Tests.Comparison;

public sealed class SplitProposalsTests
{
    private static readonly DateTime Start = new(2026, 2, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_change_of_level_is_found_near_where_it_is()
    {
        var random = new Random(3);
        var changes = ChangePoints.Find([.. Enumerable.Range(0, 200).Select(i => (i < 120 ? 0 : 1) + Normal(random))]);

        var change = Assert.Single(changes);
        Assert.InRange(change.Index, 110, 130);
        Assert.InRange(change.After - change.Before, 0.7, 1.3);
    }

    [Fact]
    public void Two_changes_are_found()
    {
        var random = new Random(4);
        var changes = ChangePoints.Find([.. Enumerable.Range(0, 300).Select(i => (i is >= 100 and < 200 ? 3 : 0) + Normal(random))]);

        Assert.Equal([100, 200], changes.Select(c => (int)Math.Round(c.Index / 10d) * 10));
    }

    [Fact]
    public void The_shortest_series_that_can_be_split_breaks_nothing()
    {
        // With one place to split only, shuffling now and then gives two halves that do not differ at all.
        var change = Assert.Single(ChangePoints.Find([.. Enumerable.Range(0, 20).Select(i => (double)i)]));

        Assert.Equal((10, 4.5, 14.5), (change.Index, change.Before, change.After));
    }

    [Fact]
    public void Noise_has_no_change_points()
    {
        var found = 0;
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            found += ChangePoints.Find([.. Enumerable.Range(0, 100).Select(_ => Normal(random))]).Count;
        }

        // One in a hundred by chance; 5 or more has a probability of 0.4 %.
        Assert.InRange(found, 0, 4);
        Assert.Empty(ChangePoints.Find([.. Enumerable.Repeat(1d, 100)]));
        Assert.Empty(ChangePoints.Find([1, 2, 3]));
    }

    [Fact]
    public void An_unchanged_history_of_many_figures_has_hardly_any_proposals()
    {
        var named = 0;
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(1000 + seed);
            var jobs = Enumerable.Range(0, 120).Select(i => new HistoryJob(
                Start.AddHours(i), new Stratum("1080p", random.Next(2)), 100 * Math.Exp(0.1 * Normal(random)), 8000 + (400 * Normal(random)),
                [.. Enumerable.Range(0, 4).Select(s => new KeyValuePair<string, double>($"s{s}", 0.8 + (0.05 * Normal(random))))], new Dictionary<string, string>())).ToList();
            named += SplitProposals.Find(jobs).Count > 0 ? 1 : 0;
        }

        // One in fifty by chance; 4 or more of 40 has a probability below 1 %.
        Assert.InRange(named, 0, 3);
    }

    [Fact]
    public void A_parameter_whose_usual_value_changed_is_named_and_seeds_are_not()
    {
        var random = new Random(6);
        var jobs = Enumerable.Range(0, 120).Select(i => (IReadOnlyDictionary<string, string>)new Dictionary<string, string>
        {
            ["steps"] = random.Next(5) == 0 ? "25" : i < 80 ? "30" : "18",
            ["cfg"] = random.Next(2) == 0 ? "6" : "7",
            ["seed"] = i.ToString(System.Globalization.CultureInfo.InvariantCulture),
        }).ToList();

        var change = Assert.Single(ParameterChanges.Find(jobs));

        Assert.Equal(("steps", "30", "18"), (change.Name, change.Before, change.After));
        Assert.InRange(change.Index, 78, 82);
    }

    [Fact]
    public void A_change_of_the_mix_of_workers_is_no_change_of_the_workflow()
    {
        var random = new Random(7);
        var jobs = Enumerable.Range(0, 200).Select(i =>
        {
            var worker = random.NextDouble() < (i < 100 ? 0.9 : 0.1) ? 1 : 2;
            return new HistoryJob(Start.AddHours(i), new Stratum("1080p", worker), 100 * worker * Math.Exp(0.1 * Normal(random)), null, [], new Dictionary<string, string>());
        }).ToList();

        Assert.Empty(SplitProposals.Find(jobs));
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
