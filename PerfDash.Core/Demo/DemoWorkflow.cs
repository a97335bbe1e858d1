namespace PerfDash.Core.Demo;

/// <summary>A workflow of the demo farm: what a typical job of it looks like on a GPU of speed 1 at 1080p.</summary>
public sealed record DemoWorkflow
{
    /// <summary>Place in the catalog, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Its <c>external_id</c>, for example <c>demo-workflow-07</c>.</summary>
    public string ExternalId => $"demo-workflow-{Index + 1:00}";

    public required string Name { get; init; }

    /// <summary>Share of all jobs, relative to the other workflows.</summary>
    public required double Weight { get; init; }

    /// <summary>File name of the model it loads.</summary>
    public required string Model { get; init; }

    /// <summary>Sampler name.</summary>
    public required string Sampler { get; init; }

    /// <summary>Scheduler name.</summary>
    public required string Scheduler { get; init; }

    /// <summary>Usual number of steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Usual guidance; the quality of its pictures is best there.</summary>
    public required double Cfg { get; init; }

    /// <summary>Frame counts its jobs choose from, evenly.</summary>
    public required IReadOnlyList<int> FrameCounts { get; init; }

    /// <summary>GPU milliseconds per frame at 1080p, usual steps, without loading the model.</summary>
    public required double FrameMs { get; init; }

    /// <summary>VRAM peak in MB at 1080p.</summary>
    public required int VramMb { get; init; }

    /// <summary>Milliseconds to load its model from disk.</summary>
    public required int ColdLoadMs { get; init; }

    /// <summary>Relative frequency of the tiers of <see cref="DemoTier.All"/>, in that order.</summary>
    public required IReadOnlyList<double> TierWeights { get; init; }

    /// <summary>Stages after <c>load_model</c> with their share of the work, in the order run.</summary>
    public required IReadOnlyList<DemoStageShare> Stages { get; init; }

    /// <summary>Typical scores; null where the workflow does not report one.</summary>
    public required DemoScores Scores { get; init; }

    /// <summary>Share of its jobs that fail, 0 to 1.</summary>
    public double FailureShare { get; init; } = 0.022;
}

/// <summary>A stage and its share of a job's work.</summary>
/// <param name="Name">As in <c>pipeline_stages</c>.</param>
/// <param name="Share">0 to 1; the shares of a workflow sum to 1.</param>
public readonly record struct DemoStageShare(string Name, double Share);

/// <summary>Quality scores, 0 to 1 each; null where there is none.</summary>
/// <param name="Likeness">Likeness to the character.</param>
/// <param name="FaceConfidence">Confidence of the face detector.</param>
/// <param name="MotionQuality">Smoothness of motion: video only.</param>
/// <param name="BoundarySsim">Similarity along mask and tile boundaries.</param>
public readonly record struct DemoScores(
    double? Likeness = null, double? FaceConfidence = null, double? MotionQuality = null, double? BoundarySsim = null);

/// <summary>A worker of the demo farm.</summary>
public sealed record DemoWorker
{
    /// <summary>Place in the catalog, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Its <c>external_id</c>, for example <c>demo-worker-04</c>.</summary>
    public string ExternalId => $"demo-worker-{Index + 1:00}";

    public required string Name { get; init; }

    public required string GpuModel { get; init; }

    /// <summary>VRAM of the card in MB (2^20 bytes).</summary>
    public required int GpuVramMb { get; init; }

    /// <summary>Speed relative to an RTX 4090; above 1 is faster.</summary>
    public required double Speed { get; init; }

    /// <summary>Price of one hour, in the farm's currency.</summary>
    public required decimal GpuHourPrice { get; init; }
}
