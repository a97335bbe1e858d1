namespace PerfDash.Web.Commands;

/// <summary>
/// Settings among the arguments of a command: <c>--Section:Key=value</c>, and where <c>dotnet</c> and test hosts pass
/// them, the host's own such as <c>--environment=Development</c>. Anything else is a mistake that is named.
/// </summary>
internal static class SettingArguments
{
    private static readonly string[] HostSettings =
        ["environment", "contentRoot", "applicationName", "webroot", "AllowedHosts", "http_ports", "https_ports", "urls",
        // Whole sections, which hosts pass without a value beside their keys.
        "PerfDash", "ConnectionStrings", "Serilog", "Kestrel", "Logging"];

    /// <summary>Sorts the arguments that no option or argument of the command took.</summary>
    /// <param name="unmatched">In their order.</param>
    /// <param name="names">Options and commands that could have been meant by a mistyped one.</param>
    /// <returns>The settings, each with its value; or what is wrong, in a sentence.</returns>
    public static (string[] Settings, string? Error) Read(IReadOnlyList<string> unmatched, IReadOnlyCollection<string> names)
    {
        var settings = new List<string>();
        for (var i = 0; i < unmatched.Count; i++)
        {
            var argument = unmatched[i];
            var name = argument.Split('=', 2)[0];
            if (!IsSetting(name))
                return ([], Unknown(argument, name, i + 1 < unmatched.Count ? unmatched[i + 1] : null, names));
            if (argument.Contains('=', StringComparison.Ordinal))
                settings.Add(argument);
            else if (i + 1 < unmatched.Count && !unmatched[i + 1].StartsWith("--", StringComparison.Ordinal))
                settings.Add($"{name}={unmatched[++i]}");
            else
                return ([], $"{name} needs a value: {name}=VALUE.");
        }

        return ([.. settings], null);
    }

    /// <summary>True for <c>--Section:Key</c> and the host's own settings.</summary>
    public static bool IsSetting(string name) =>
        name.StartsWith("--", StringComparison.Ordinal)
        && (name.Contains(':', StringComparison.Ordinal) || HostSettings.Contains(name[2..], StringComparer.OrdinalIgnoreCase));

    private static string Unknown(string argument, string name, string? next, IReadOnlyCollection<string> names)
    {
        if (!argument.StartsWith('-'))
            return $"'{argument}' is neither a command nor an option{NearestName.Suggestion(name, names.Where(n => !n.StartsWith('-')))} ./perfdash --help lists them.";
        // What other programs call it.
        if (name is "--port" or "-p" && (argument.Split('=') is [_, var value] ? value : next) is { } port)
            return $"{name} is not an option; where to listen is said with --urls http://localhost:{port}.";
        return $"{name} is not an option here{NearestName.Suggestion(name, names.Where(n => n.StartsWith("--", StringComparison.Ordinal)))} ./perfdash --help lists them.";
    }
}
