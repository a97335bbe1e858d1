namespace PerfDash.Core.Estimates;

/// <summary>The hyperparameters of an estimate. The values here were chosen by the back-test (docs/estimates.md).</summary>
public sealed record EstimateTuning
{
    /// <summary>What is used.</summary>
    public static EstimateTuning Default { get; } = new();

    /// <summary>A job this much older than the newest of its sample weighs half as much.</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromDays(5);

    /// <summary>Effective jobs the worker's own history needs before others are left out.</summary>
    public double MinOwnJobs { get; init; } = 5;

    /// <summary>Newest jobs of a sample that count at most.</summary>
    public int MaxJobs { get; init; } = 2_000;
}
