using PerfDash.Web.Hosting;

namespace PerfDash.Web.Commands;

/// <summary>The settings of a command that serves nothing, from the same places as the server's.</summary>
internal static class CommandSettings
{
    /// <summary>Reads the settings file, the environment, and <c>--Key=value</c> among the arguments; later ones win.</summary>
    public static ConfigurationManager Read(IEnumerable<string> arguments)
    {
        var configuration = new ConfigurationManager();
        configuration.AddSettingsBesideProgram();
        configuration.AddEnvironmentVariables();
        configuration.AddCommandLine([.. arguments.Where(a => a.StartsWith("--", StringComparison.Ordinal) && a.Contains('='))]);
        return configuration;
    }
}
