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
public sealed record Delta(double? Percent, GoodDirection Good)
{
    /// <summary>Computes it.</summary>
    public static Delta Of(double? now, double? before, GoodDirection good) =>
        new(now is { } n && before is { } b && b != 0 ? (n - b) / b * 100 : null, good);

    /// <summary>1 better, −1 worse, 0 neither or unchanged.</summary>
    public int Judgement => Percent is not { } p || Good == GoodDirection.Neither || Math.Abs(p) < 0.05
        ? 0
        : (p > 0) == (Good == GoodDirection.Up) ? 1 : -1;
}
