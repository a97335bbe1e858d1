namespace PerfDash.Web.Shared;

/// <summary>Lists of names that jobs make up (scores, stages, parameters) have no end: a page draws the first ones and says of how many.</summary>
public static class TopList
{
    /// <summary>Names drawn at most.</summary>
    public const int Most = 25;

    /// <summary>The greatest by a figure, in the order of the list; one that is looked at is always among them.</summary>
    public static IReadOnlyList<T> Take<T>(IReadOnlyList<T> all, Func<T, double> figure, Func<T, bool>? always = null) => all.Count <= Most ? all :
    [
        .. all.Index().OrderByDescending(item => always?.Invoke(item.Item) is true).ThenByDescending(item => figure(item.Item)).ThenBy(item => item.Index)
            .Take(Most).OrderBy(item => item.Index).Select(item => item.Item),
    ];

    /// <summary>Says what is left out, for example <c>Top 25 of 487 by jobs</c>; null where nothing is.</summary>
    public static string? Note<T>(IReadOnlyList<T> all, string by) =>
        all.Count <= Most ? null : $"Top {Most} of {UnitFormat.Count(all.Count)} by {by}";
}
