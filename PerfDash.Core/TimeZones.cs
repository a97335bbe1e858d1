namespace PerfDash.Core;

/// <summary>Time zones by their IANA names.</summary>
public static class TimeZones
{
    /// <summary>
    /// True for a name of the IANA database, as PostgreSQL knows it too. Abbreviations and POSIX rules, which PostgreSQL
    /// would also take, are refused: <c>EST</c> or <c>UTC+3</c> rarely mean what their writer thinks.
    /// </summary>
    public static bool IsKnown(string name) =>
        name == "UTC" || (name.Contains('/') && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId);
}
