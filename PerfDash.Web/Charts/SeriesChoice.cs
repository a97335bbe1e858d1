namespace PerfDash.Web.Charts;

/// <summary>
/// Which series of a chart are shown, as an address carries it: the keys of those shown (<c>p50,p95</c>), or after <c>-</c> the keys of those
/// hidden, whichever are fewer. Series the address does not know are hidden in the first case and shown in the second.
/// </summary>
public static class SeriesChoice
{
    /// <summary>The keys of the hidden series. An address that would leave nothing to show hides nothing.</summary>
    public static IReadOnlyList<string> Read(string? text, IReadOnlyList<ChartSeries> series)
    {
        if (string.IsNullOrEmpty(text))
            return [];
        var isHidden = text[0] == '-';
        var keys = text[(isHidden ? 1 : 0)..].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToHashSet(StringComparer.Ordinal);
        string[] hidden = [.. series.Select(s => s.Key).Where(k => keys.Contains(k) == isHidden)];
        return hidden.Length == series.Count ? [] : hidden;
    }

    /// <summary>What to write for hidden series; null where all are shown.</summary>
    public static string? Write(IReadOnlyCollection<string> hidden, IReadOnlyList<ChartSeries> series)
    {
        string[] shown = [.. series.Select(s => s.Key).Where(k => !hidden.Contains(k))];
        return shown.Length == series.Count || shown.Length == 0 ? null
            : shown.Length <= hidden.Count ? Join(shown) : "-" + Join(hidden);

        static string Join(IEnumerable<string> keys) => string.Join(',', keys.Select(k => k.StartsWith('-') ? "%2D" + Uri.EscapeDataString(k[1..]) : Uri.EscapeDataString(k)));
    }
}
