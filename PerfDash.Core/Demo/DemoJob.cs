using System.Text;

namespace PerfDash.Core.Demo;

/// <summary>A generated job that has ended: completed, or failed where <see cref="Error"/> is set.</summary>
public sealed record DemoJob
{
    public required DemoWorkflow Workflow { get; init; }

    public required DemoWorker Worker { get; init; }

    /// <summary>Place in <see cref="DemoCatalog.Projects"/>, or null.</summary>
    public int? ProjectIndex { get; init; }

    /// <summary>Place in <see cref="DemoCatalog.Characters"/>, or null.</summary>
    public int? CharacterIndex { get; init; }

    /// <summary>Place in <see cref="DemoCatalog.Scenes"/>, or null.</summary>
    public int? SceneIndex { get; init; }

    /// <summary>When it was queued, UTC, whole milliseconds like all its times.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>When it started, UTC.</summary>
    public required DateTime StartedAt { get; init; }

    /// <summary>When it ended, UTC.</summary>
    public required DateTime CompletedAt { get; init; }

    /// <summary>Why it failed; null when it completed. A failed job has no result.</summary>
    public string? Error { get; init; }

    /// <summary>Steps it ran with.</summary>
    public required int Steps { get; init; }

    /// <summary>Guidance it ran with.</summary>
    public required double Cfg { get; init; }

    public required long NoiseSeed { get; init; }

    /// <summary>Resolution tier.</summary>
    public required DemoTier Tier { get; init; }

    /// <summary>Frames made.</summary>
    public required int FrameCount { get; init; }

    /// <summary>GPU time in milliseconds, model load included.</summary>
    public required long GpuTimeMs { get; init; }

    /// <summary>Milliseconds of that spent loading the model: seconds when it came from disk, a blink when it was resident.</summary>
    public required int LoadModelMs { get; init; }

    /// <summary>Wall time in milliseconds: exactly <see cref="CompletedAt"/> − <see cref="StartedAt"/>.</summary>
    public required long WallTimeMs { get; init; }

    /// <summary>GPU milliseconds per frame, to two decimals.</summary>
    public double TimePerFrameMs => Math.Round((double)GpuTimeMs / FrameCount, 2);

    /// <summary>VRAM peak in MB, or null where the worker did not report it.</summary>
    public int? VramPeakMb { get; init; }

    /// <summary>Scores, or null where none were computed.</summary>
    public DemoScores? Scores { get; init; }

    /// <summary>Stages in the order run, or null where the pipeline did not report them.</summary>
    public IReadOnlyList<DemoStage>? Stages { get; init; }

    /// <summary>Whether it failed.</summary>
    public bool Failed => Error is not null;

    /// <summary>What <c>jobs.parameters</c> holds: steps, cfg, sampler, scheduler, model, seed.</summary>
    public string ParametersJson()
    {
        using var json = new DemoJobJson();
        return Encoding.UTF8.GetString(json.Parameters(this).Span);
    }

    /// <summary>What <c>jobs.result</c> holds; null for a failed job.</summary>
    public string? ResultJson()
    {
        if (Failed)
            return null;
        using var json = new DemoJobJson();
        return Encoding.UTF8.GetString(json.Result(this).Span);
    }
}

/// <summary>A stage of a job.</summary>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
public readonly record struct DemoStage(string Name, int DurationMs);
