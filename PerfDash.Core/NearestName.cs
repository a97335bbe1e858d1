namespace PerfDash.Core;

/// <summary>Finds the name that was meant by a mistyped one.</summary>
public static class NearestName
{
    /// <summary>The candidate closest to a name, ignoring case; null when none is close enough to be meant.</summary>
    public static string? Find(string name, IEnumerable<string> candidates) => candidates
        .Select(candidate => (Candidate: candidate, Distance: Distance(name, candidate)))
        .Where(found => found.Distance <= Limit(name, found.Candidate))
        .OrderBy(found => found.Distance).ThenBy(found => found.Candidate, StringComparer.Ordinal)
        .FirstOrDefault().Candidate;

    /// <summary>"; did you mean X?" to follow what was said of a name, or a full stop where nothing is close.</summary>
    public static string Suggestion(string name, IEnumerable<string> candidates) =>
        Find(name, candidates) is { } nearest ? $"; did you mean {nearest}?" : ".";

    /// <summary>
    /// Damerau–Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and swaps of
    /// neighbours, ignoring case.
    /// </summary>
    public static int Distance(string a, string b)
    {
        (a, b) = (a.ToUpperInvariant(), b.ToUpperInvariant());
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(substituted, 1 + Math.Min(rows[i - 1, j], rows[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[a.Length, b.Length];
    }

    /// <summary>Edits that still count as a slip: one in a short name, a quarter of a long one.</summary>
    private static int Limit(string name, string candidate) => Math.Max(name.Length, candidate.Length) switch
    {
        <= 3 => 1,
        <= 11 => 2,
        var length => length / 4,
    };
}
