using PerfDash.Core.Comparison;
using PerfDash.Core.Sources.Probes;
using PerfDash.Data.Entities;
using PerfDash.Data.Sources;

namespace PerfDash.Tests.Sources.Probes;

/// <summary>What changed between runs of a probe, and what the runs say of it, worked out by hand.</summary>
public sealed class ProbeChangesTests
{
    private static readonly DateTime Start = new(2026, 11, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_new_version_is_a_change_with_the_medians_of_both_sides()
    {
        ProbeRunItem[] runs =
        [
            .. Runs(1, "0.3.64", 10_000, 10_100, 9_900, 10_200, 9_800),
            .. Runs(6, "0.27.1", 11_000, 11_100, 10_900, 11_200, 10_800, 11_050),
        ];

        var change = Assert.Single(ProbeChanges.Find(runs));

        Assert.Equal((6, Start.AddHours(6)), (change.RunId, change.At));
        Assert.Equal(["ComfyUI 0.3.64 → 0.27.1"], change.What);
        var comparison = change.Comparison!;
        // The middle of 9.8 9.9 10.0 10.1 10.2, and of 10.8 10.9 11.0 11.05 11.1 11.2.
        Assert.Equal((5, 6, 10_000, 11_025), (comparison.Before.Count, comparison.After.Count, comparison.MedianBeforeMs, comparison.MedianAfterMs));
        Assert.Equal(10.25, comparison.Percent!.Value, 1e-9);
        // The means of the logarithms differ by 9.8 %, with a spread of about 1.5 % on each side: 2.3 standard errors of it are 2 to 3 %.
        Assert.InRange(comparison.IntervalLow!.Value, 6.5, 9);
        Assert.InRange(comparison.IntervalHigh!.Value, 11, 13.5);
        Assert.Equal(Verdict.Slower, comparison.Verdict);
    }

    [Fact]
    public void Three_runs_on_a_side_are_inconclusive_however_large_the_difference()
    {
        var change = Assert.Single(ProbeChanges.Find([.. Runs(1, "1", 10_000, 10_010, 10_020, 10_030), .. Runs(5, "2", 20_000, 20_010, 20_020)]));

        Assert.Equal((4, 3, Verdict.Inconclusive), (change.Comparison!.Before.Count, change.Comparison.After.Count, change.Comparison.Verdict));
    }

    [Fact]
    public void The_same_times_after_a_change_are_equal()
    {
        double[] times = [10_000, 10_020, 9_980, 10_010, 9_990, 10_000, 10_020, 9_980];
        Assert.Equal(Verdict.Equal, Assert.Single(ProbeChanges.Find([.. Runs(1, "1", times), .. Runs(9, "2", times)])).Comparison!.Verdict);
    }

    [Fact]
    public void A_change_reaches_from_the_one_before_to_the_next()
    {
        ProbeRunItem[] runs = [.. Runs(1, "1", 1000, 1000), .. Runs(3, "2", 2000), .. Runs(4, "3", 3000, 3000, 3000)];

        var changes = ProbeChanges.Find(runs);

        Assert.Equal([(3, 2, 1), (4, 1, 3)], changes.Select(c => (c.RunId, c.Comparison!.Before.Count, c.Comparison.After.Count)).ToArray());
    }

    [Fact]
    public void Runs_of_another_class_are_not_compared()
    {
        ProbeRunItem[] runs =
        [
            .. Runs(1, "1", 1000, 1000), .. Runs(3, "1", 5000).Select(run => run with { RunClass = RunClass.Cold, CachedNodes = 0 }),
            .. Runs(4, "2", 7000).Select(run => run with { RunClass = RunClass.Cold, CachedNodes = 0 }), .. Runs(5, "2", 2000, 2000),
        ];

        var comparison = Assert.Single(ProbeChanges.Find(runs)).Comparison!;

        Assert.Equal((RunClass.Warm, 2, 2, 100d), (comparison.RunClass, comparison.Before.Count, comparison.After.Count, comparison.Percent));
        // Nothing but cold runs before, and warm ones after.
        var apart = Assert.Single(ProbeChanges.Find([runs[2], .. Runs(5, "2", 2000, 2000)])).Comparison!;
        Assert.Equal((0, 0, null, Verdict.Inconclusive), (apart.Before.Count, apart.After.Count, apart.Percent, apart.Verdict));
    }

    [Fact]
    public void Another_graph_is_marked_and_not_compared_and_another_model_is_both()
    {
        ProbeRunItem[] runs =
        [
            .. Runs(1, "1", 1000), .. Runs(2, "1", 2000).Select(run => run with { GraphHash = "other" }),
            .. Runs(3, "1", 3000).Select(run => run with { GraphHash = "other", Models = ["b.safetensors"] }),
        ];

        var changes = ProbeChanges.Find(runs);

        Assert.Equal(["Another graph", "Model a.safetensors → b.safetensors"], changes.SelectMany(c => c.What));
        Assert.Null(changes[0].Comparison);
        Assert.Equal(50, changes[1].Comparison!.Percent!.Value, 1e-9);
    }

    [Fact]
    public void What_a_server_did_not_say_is_no_change_and_failed_runs_do_not_count()
    {
        ProbeRunItem[] runs = [.. Runs(1, "1", 1000), .. Runs(2, null, 1000), .. Runs(3, "1", 1000), .. Runs(4, "2", 1).Select(run => run with { State = ProbeRunState.Failed, TotalWallTimeMs = null })];
        Assert.Empty(ProbeChanges.Find(runs));
    }

    [Fact]
    public void A_reader_may_choose_where_before_ends_and_must_find_a_larger_difference()
    {
        // 5 % slower from the fifth on: sure enough for a known change, not for a moment that was picked because of the times.
        ProbeRunItem[] runs = [.. Runs(1, "1", 10_000, 10_150, 9_850, 10_050), .. Runs(5, "1", 10_500, 10_650, 10_350, 10_550)];

        var chosen = ProbeChanges.Split(runs, 5)!;

        Assert.Empty(chosen.What);
        Assert.Equal((4, 4, Verdict.Inconclusive), (chosen.Comparison!.Before.Count, chosen.Comparison.After.Count, chosen.Comparison.Verdict));
        var known = Assert.Single(ProbeChanges.Find([.. runs[..4], .. runs[4..].Select(run => run with { Version = "2" })])).Comparison!;
        Assert.Equal((Verdict.Slower, chosen.Comparison.Percent), (known.Verdict, known.Percent));
        Assert.Null(ProbeChanges.Split(runs, 1));
        Assert.Null(ProbeChanges.Split(runs, 99));
    }

    [Fact]
    public void Sources_of_one_worker_are_kept_apart()
    {
        ProbeRunItem[] runs = [.. Runs(1, "1", 1000), .. Runs(2, "2", 2000).Select(run => run with { SourceId = 8 }), .. Runs(3, "1", 1000)];
        Assert.Empty(ProbeChanges.Find(runs));
    }

    private static IEnumerable<ProbeRunItem> Runs(int first, string? version, params double[] times) => times.Select((time, i) => new ProbeRunItem
    {
        Id = first + i,
        SourceId = 7,
        WorkerId = 1,
        PromptId = $"p{first + i}",
        State = ProbeRunState.Completed,
        SubmittedAt = Start.AddHours(first + i),
        CompletedAt = Start.AddHours(first + i),
        TotalWallTimeMs = (long)time,
        VramPeakMb = null,
        RunClass = RunClass.Warm,
        CachedNodes = 4,
        Version = version,
        PytorchVersion = "2.8.0",
        GpuModel = null,
        Models = ["a.safetensors"],
        GraphHash = "graph",
        Error = null,
    });
}
