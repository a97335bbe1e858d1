namespace PerfDash.Web.Shared;

/// <summary>Which way of a figure is good.</summary>
public enum GoodDirection
{
    /// <summary>Neither: more work is not better or worse.</summary>
    Neither,

    /// <summary>Less is better.</summary>
    Down,

    /// <summary>More is better.</summary>
    Up,
}

/// <summary>A figure's change against the previous equal period.</summary>
/// <param name="Percent">(now − before) ÷ before × 100; null when either is missing or before is 0.</param>
/// <param name="Good">Which way is good.</param>
/// <param name="IsSure">
/// True where the change is known not to be chance (its interval excludes 0 among jobs that are alike, or a single job lies
/// outside what is usual). Only then is it called better or worse.
/// </param>
public sealed record Delta(double? Percent, GoodDirection Good, bool IsSure = false)
{
    /// <summary>Why nothing is compared; null where something is, or simply nothing is known of the period before.</summary>
    public string? Withheld { get; init; }

    /// <summary>Nothing is compared.</summary>
    public static Delta Without(string reason) => new(null, GoodDirection.Neither) { Withheld = reason };

    /// <summary>Computes it.</summary>
    public static Delta From(double? now, double? before, GoodDirection good) =>
        new(now is { } n && before is { } b && b != 0 ? (n - b) / b * 100 : null, good);

    /// <summary>Sure where the figure is known to have changed in the direction of <paramref name="sign"/> (+1, −1; 0 is not known), and the change shown agrees.</summary>
    public Delta WithSignificance(int sign) => this with { IsSure = sign != 0 && Percent is { } p && Math.Sign(p) == sign };

    /// <summary>1 better, −1 worse, 0 neither, too small to matter or not sure.</summary>
    public int Outcome => !IsSure || Percent is not { } p || Good == GoodDirection.Neither || Math.Abs(p) < Evidence.LeastChangePercent
        ? 0
        : (p > 0) == (Good == GoodDirection.Up) ? 1 : -1;
}
