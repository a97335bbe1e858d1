using System.Text.RegularExpressions;

namespace PerfDash.Core;

/// <summary>Time zones by their IANA names.</summary>
public static partial class TimeZones
{
    /// <summary>
    /// True for a name of the IANA database, as PostgreSQL reads it too. Abbreviations and POSIX rules, which PostgreSQL
    /// would also take, are refused: <c>EST</c> or <c>UTC+3</c> rarely mean what their writer thinks. So are the two
    /// folders that hold every zone again, <c>posix</c> and <c>right</c>.
    /// </summary>
    public static bool IsKnown(string name) =>
        name is "UTC" or "GMT"
        || (Place().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId);

    /// <summary>A region with a place, or one of the old names of a country, such as <c>Japan</c>.</summary>
    [GeneratedRegex("^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*){1,2}$|^[A-Z][a-z]+(-[A-Z][a-z]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
