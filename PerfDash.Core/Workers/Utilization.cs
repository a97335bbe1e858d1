namespace PerfDash.Core.Workers;

/// <summary>How much of a range a worker spent generating.</summary>
public sealed record Utilization
{
    /// <summary>Length of the range up to now, milliseconds; 0 for a range that lies in the future.</summary>
    public required long WindowMs { get; init; }

    /// <summary>Milliseconds of it in which at least one job ran.</summary>
    public required long GeneratingMs { get; init; }

    /// <summary>The rest of it, milliseconds.</summary>
    public required long IdleMs { get; init; }

    /// <summary>Generating, 0 to 100; null where the window is 0.</summary>
    public required double? GeneratingPercent { get; init; }

    /// <summary>Idle, 0 to 100; null where the window is 0.</summary>
    public required double? IdlePercent { get; init; }

    /// <summary>The part of <paramref name="range"/> that has already passed; empty (its ends equal) where none has.</summary>
    public static TimeRange Passed(TimeRange range, DateTimeOffset now) =>
        new(range.From, now < range.From ? range.From : now < range.To ? now : range.To);

    /// <summary>From the passed range and the length of the union of job intervals in it.</summary>
    /// <param name="passed">See <see cref="Passed"/>.</param>
    /// <param name="generating">Not longer than the range.</param>
    public static Utilization From(TimeRange passed, TimeSpan generating)
    {
        var window = passed.Length;
        var (windowMs, generatingMs) = (Milliseconds(window), Milliseconds(generating));
        double? percent = window > TimeSpan.Zero ? 100 * (generating / window) : null;
        return new Utilization
        {
            WindowMs = windowMs,
            GeneratingMs = generatingMs,
            IdleMs = windowMs - generatingMs,
            GeneratingPercent = percent,
            IdlePercent = 100 - percent,
        };
    }

    private static long Milliseconds(TimeSpan length) => (long)Math.Round(length.TotalMilliseconds, MidpointRounding.AwayFromZero);
}
