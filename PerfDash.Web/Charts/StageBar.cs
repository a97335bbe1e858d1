namespace PerfDash.Web.Charts;

/// <summary>One bar of a waterfall of stages. All times in milliseconds.</summary>
/// <param name="Name">The stage; any text.</param>
/// <param name="StartMs">From the start of the first stage.</param>
/// <param name="DurationMs">How long it took; null for a stage that is usual but did not run here.</param>
public sealed record StageBar(string Name, double StartMs, double? DurationMs)
{
    /// <summary>What is usual; null where that is not known or shown with another run of the stage.</summary>
    public double? TypicalMs { get; init; }

    /// <summary>What is compared with <see cref="TypicalMs"/> where it is not the duration: all runs of the stage together.</summary>
    public double? ComparedMs { get; init; }

    /// <summary>Jobs a typical bar rests on.</summary>
    public long? JobCount { get; init; }

    /// <summary>More words after the typical duration.</summary>
    public string? Note { get; init; }
}
