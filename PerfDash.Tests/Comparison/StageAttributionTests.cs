using PerfDash.Core.Comparison;

namespace PerfDash.Tests.Comparison;

public sealed class StageAttributionTests
{
    [Fact]
    public void Parts_sum_to_the_change_with_stages_added_and_removed()
    {
        var random = new Random(5);
        for (var i = 0; i < 200; i++)
        {
            var attribution = StageAttribution.From(Draw("load", "sample", "old"), Draw("load", "sample", "new"));
            if (attribution is null)
                continue;
            Assert.Equal(attribution.ChangeMs, attribution.Stages.Sum(s => s.ChangeMs), 1e-9);
            Assert.Equal(attribution.BaselineMs, attribution.Stages.Sum(s => s.BaselineMs ?? 0), 1e-9);
            Assert.Equal(attribution.OtherMs, attribution.Stages.Sum(s => s.OtherMs ?? 0), 1e-9);
        }

        Dictionary<Stratum, StageTimes> Draw(params string[] stages) => Enumerable.Range(0, 4).Where(_ => random.Next(3) > 0).ToDictionary(
            worker => new Stratum("1080p", worker),
            _ => new StageTimes(random.Next(1, 50), 500 * random.NextDouble(), stages.ToDictionary(s => s, _ => 200 * random.NextDouble())));
    }

    [Fact]
    public void The_mix_of_workers_has_no_part_in_the_change()
    {
        // Twice as long on worker 2; the other side ran there mostly. Like for like every job takes 10 ms less to sample.
        var baseline = new Dictionary<Stratum, StageTimes>
        {
            [new("1080p", 1)] = new(90, 100, new Dictionary<string, double> { ["sample"] = 80, ["save"] = 15 }),
            [new("1080p", 2)] = new(10, 200, new Dictionary<string, double> { ["sample"] = 180, ["save"] = 15 }),
        };
        var other = new Dictionary<Stratum, StageTimes>
        {
            [new("1080p", 1)] = new(10, 90, new Dictionary<string, double> { ["sample"] = 70, ["upscale"] = 15 }),
            [new("1080p", 2)] = new(90, 190, new Dictionary<string, double> { ["sample"] = 170, ["upscale"] = 15 }),
        };

        var attribution = StageAttribution.From(baseline, other)!;

        Assert.Equal(-10, attribution.ChangeMs, 1e-9);
        Assert.Equal(150, attribution.BaselineMs, 1e-9);
        var stages = attribution.Stages.ToDictionary(s => s.Name ?? "");
        Assert.Equal((-10, "changed"), (Math.Round(stages["sample"].ChangeMs, 9), stages["sample"].Kind));
        Assert.Equal((-15, "removed"), (Math.Round(stages["save"].ChangeMs, 9), stages["save"].Kind));
        Assert.Equal((15, "added"), (Math.Round(stages["upscale"].ChangeMs, 9), stages["upscale"].Kind));
        Assert.Equal(0, stages[""].ChangeMs, 1e-9);
    }

    [Fact]
    public void Tiers_that_do_not_overlap_have_no_attribution() => Assert.Null(StageAttribution.From(
        new Dictionary<Stratum, StageTimes> { [new("720p", 1)] = new(5, 10, new Dictionary<string, double>()) },
        new Dictionary<Stratum, StageTimes> { [new("1080p", 1)] = new(5, 20, new Dictionary<string, double>()) }));
}
