namespace PerfDash.Core.Rollups;

/// <summary>A table of roll-ups and the combinations of dimensions it holds, by hour and by day.</summary>
internal sealed record RollupTable(string Name, Dimensions[] OfHours, Dimensions[] OfDays, string Condition = "true")
{
    private const Dimensions WorkflowAndTier = Dimensions.Workflow | Dimensions.Tier;

    public static readonly RollupTable Sums = new(
        "rollup_sums",
        [Dimensions.None, Dimensions.Workflow, WorkflowAndTier, Dimensions.Worker],
        [Dimensions.None, Dimensions.Workflow, WorkflowAndTier, Dimensions.Worker, WorkflowAndTier | Dimensions.Worker | Dimensions.Class]);

    /// <summary>Bins of the time per frame.</summary>
    public static readonly RollupTable TimeBins = new(
        "rollup_bins",
        [Dimensions.None, Dimensions.Workflow, WorkflowAndTier],
        [Dimensions.None, Dimensions.Workflow, WorkflowAndTier, Dimensions.Worker],
        "r.figure = 'time'");

    /// <summary>Bins of the VRAM peak.</summary>
    public static readonly RollupTable VramBins = new("rollup_bins", [], [WorkflowAndTier], "r.figure = 'vram'");

    /// <summary>GPU time by worker, for costs.</summary>
    public static readonly RollupTable WorkerGpu = new(
        "rollup_worker_gpu", [Dimensions.None, Dimensions.Workflow], [Dimensions.None, Dimensions.Workflow, WorkflowAndTier]);

    /// <summary>Pipeline stages, always by workflow and tier.</summary>
    public static readonly RollupTable Stages = new("rollup_stages", [], [WorkflowAndTier]);

    /// <summary>Bins of a score that has a column of its own.</summary>
    public static RollupTable ScoreBins(string score) => new(
        "rollup_bins", [], [Dimensions.None, Dimensions.Workflow, WorkflowAndTier], $"r.figure = '{score}'");

    /// <summary>GROUPING SETS for these combinations, each with <paramref name="more"/> columns.</summary>
    public static string GroupingSets(IEnumerable<Dimensions> combinations, params string[] more) =>
        $"GROUPING SETS ({string.Join(", ", combinations.Select(dimensions => $"({string.Join(", ", Columns(dimensions).Concat(more))})"))})";

    /// <summary>The keys of a row of these GROUPING SETS, NULL where a combination does without one, and <c>dims</c>, the combination. The class is apart.</summary>
    public static string Keys(IReadOnlyCollection<Dimensions> combinations) =>
        $"{Key(Dimensions.Workflow, combinations)}, {Key(Dimensions.Worker, combinations)}, {Key(Dimensions.Tier, combinations)}, "
        + string.Join(" + ", All.Where(d => Union(combinations).HasFlag(d)).Select(d => $"{(int)d} * (1 - GROUPING({Column(d)}))")) + " AS dims";

    /// <summary>One key of such a row.</summary>
    public static string Key(Dimensions dimension, IReadOnlyCollection<Dimensions> combinations) =>
        Union(combinations).HasFlag(dimension) ? Column(dimension) : $"NULL::{(dimension is Dimensions.Workflow or Dimensions.Worker ? "int8" : "text")} AS {Column(dimension)}";

    private static Dimensions Union(IReadOnlyCollection<Dimensions> combinations) => combinations.Aggregate((a, b) => a | b);

    private static readonly Dimensions[] All = [Dimensions.Workflow, Dimensions.Tier, Dimensions.Worker, Dimensions.Class];

    private static IEnumerable<string> Columns(Dimensions combination) => All.Where(d => combination.HasFlag(d)).Select(Column);

    private static string Column(Dimensions dimension) => dimension switch
    {
        Dimensions.Workflow => "workflow_id",
        Dimensions.Tier => "tier_key",
        Dimensions.Class => "run_class",
        _ => "worker_id",
    };
}
