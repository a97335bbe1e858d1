using PerfDash.Web.Hosting;
using PerfDash.Web.Hosting.Startup;

namespace PerfDash.Web.Commands;

/// <summary>The settings of a command that serves nothing, from the same places as the server's.</summary>
internal static class CommandSettings
{
    /// <summary>Reads the settings file, the environment, and <c>--Key=value</c> among the arguments, later ones win; and checks them.</summary>
    /// <exception cref="StartupException">A setting is wrong.</exception>
    public static ConfigurationManager Read(string[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddSettingsBesideProgram();
        configuration.AddEnvironmentVariables();
        configuration.AddCommandLine(settings);
        foreach (var warning in SettingsCheck.Run(configuration))
            Console.Error.WriteLine(warning);
        return configuration;
    }
}
