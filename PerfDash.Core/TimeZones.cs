using System.Text.RegularExpressions;

namespace PerfDash.Core;

/// <summary>Time zones by their IANA names.</summary>
public static partial class TimeZones
{
    // Short names of the IANA database, and a zone of the same clock that has no other meaning: PostgreSQL looks names up among
    // its abbreviations first, where CET knows no summer time. Some systems no longer install the short ones.
    private static readonly Dictionary<string, string> Short = new(StringComparer.Ordinal)
    {
        ["EST"] = "Etc/GMT+5",
        ["MST"] = "Etc/GMT+7",
        ["HST"] = "Etc/GMT+10",
        ["EST5EDT"] = "America/New_York",
        ["CST6CDT"] = "America/Chicago",
        ["MST7MDT"] = "America/Denver",
        ["PST8PDT"] = "America/Los_Angeles",
        ["CET"] = "Europe/Brussels",
        ["MET"] = "Europe/Brussels",
        ["EET"] = "Europe/Athens",
        ["WET"] = "Europe/Lisbon",
        ["UTC"] = "UTC",
        ["GMT"] = "UTC",
        ["UCT"] = "UTC",
        ["Zulu"] = "UTC",
        ["Universal"] = "UTC",
        ["Greenwich"] = "UTC",
        ["GMT0"] = "UTC",
        ["GMT+0"] = "UTC",
        ["GMT-0"] = "UTC",
    };

    /// <summary>
    /// True for a name of the IANA database, links included. Abbreviations it does not hold and POSIX rules, which PostgreSQL
    /// would also take, are refused: <c>BST</c> or <c>UTC+3</c> rarely mean what their writer thinks. So are the two folders that
    /// hold every zone again, <c>posix</c> and <c>right</c>.
    /// </summary>
    public static bool IsKnown(string name) =>
        Short.ContainsKey(name) || (Place().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId);

    /// <summary>The name under which PostgreSQL knows the zone of that name as the IANA database means it.</summary>
    public static string ForDatabase(string name) => Short.GetValueOrDefault(name, name);

    /// <summary>A region with a place, or a single name such as <c>Japan</c> or <c>NZ</c>.</summary>
    [GeneratedRegex("^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*){0,2}$", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
