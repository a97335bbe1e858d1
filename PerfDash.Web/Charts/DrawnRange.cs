namespace PerfDash.Web.Charts;

/// <summary>What a chart over time draws of a range of millennia.</summary>
public static class DrawnRange
{
    private static readonly TimeRange Drawable = new(new DateTimeOffset(1600, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2400, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The range itself, or the part of it that a chart can draw.</summary>
    public static TimeRange From(TimeRange range) =>
        range.Length <= Drawable.Length ? range
        : range.From >= Drawable.To || range.To <= Drawable.From ? range with { To = range.From + Drawable.Length }
        : new(range.From > Drawable.From ? range.From : Drawable.From, range.To < Drawable.To ? range.To : Drawable.To);
}
