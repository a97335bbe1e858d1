namespace PerfDash.Web.Layout;

/// <summary>How the pages are lit.</summary>
public enum ThemeChoice
{
    /// <summary>As the operating system says.</summary>
    System,

    Light,

    Dark,
}

/// <summary>Where the choice is kept: in a cookie, so that the first byte of a page is already right.</summary>
internal static class ThemeChoices
{
    public const string Cookie = "perfdash-theme";

    public static ThemeChoice Read(string? value) => value switch
    {
        "light" => ThemeChoice.Light,
        "dark" => ThemeChoice.Dark,
        _ => ThemeChoice.System,
    };
}
