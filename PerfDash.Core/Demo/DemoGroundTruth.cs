namespace PerfDash.Core.Demo;

/// <summary>
/// What is planted in the demo farm's figures, so that a page or a test can be compared with it. Everything else varies
/// at random around each workflow's and worker's typical values.
/// </summary>
public sealed record DemoGroundTruth
{
    /// <summary>The moment the ground truth is dated from: when the farm's first history ended, UTC.</summary>
    public required DateTime HistoryEndsAt { get; init; }

    /// <summary>The worker that grows slower.</summary>
    public required DemoWorker DriftingWorker { get; init; }

    /// <summary>When it begins to, UTC.</summary>
    public DateTime DriftStartsAt => HistoryEndsAt.AddDays(-12);

    /// <summary>Share of the original time per frame added per day: 0.03 is 3 % a day.</summary>
    public double DriftPerDay { get; init; } = 0.03;

    /// <summary>The most it adds: 0.5 is half as long again.</summary>
    public double DriftCeiling { get; init; } = 0.5;

    /// <summary>The workflow whose likeness fell.</summary>
    public required DemoWorkflow LikenessWorkflow { get; init; }

    /// <summary>When its parameter changed, UTC: jobs created from then on use the new value.</summary>
    public DateTime ParameterChangedAt => HistoryEndsAt.AddDays(-9);

    /// <summary>The parameter that changed. Fewer steps also make its frames faster.</summary>
    public string ChangedParameter { get; init; } = "steps";

    /// <summary>Usual value before.</summary>
    public int StepsBefore => LikenessWorkflow.Steps;

    /// <summary>Usual value after.</summary>
    public int StepsAfter { get; init; } = 18;

    /// <summary>How much likeness fell, in points of the score (0 to 1).</summary>
    public double LikenessDrop { get; init; } = 0.07;

    /// <summary>The workflow that needs far more VRAM than the others: cards of 24 GB never run it, 1080p fills 46 GB.</summary>
    public required DemoWorkflow VramHungryWorkflow { get; init; }

    /// <summary>The ground truth of a farm whose first history ends at a moment.</summary>
    /// <param name="historyEndsAt">That moment, UTC.</param>
    public static DemoGroundTruth At(DateTime historyEndsAt) => new()
    {
        HistoryEndsAt = historyEndsAt,
        DriftingWorker = DemoCatalog.Workers[3],
        LikenessWorkflow = DemoCatalog.Workflows[2],
        VramHungryWorkflow = DemoCatalog.Workflows[14],
    };

    /// <summary>How many times as long the drifting worker takes at a moment: 1 before the drift, 1.36 twelve days into it.</summary>
    /// <param name="moment">UTC.</param>
    public double DriftFactor(DateTime moment) =>
        1 + Math.Clamp((moment - DriftStartsAt).TotalDays * DriftPerDay, 0, DriftCeiling);
}
