using Microsoft.Extensions.Configuration.Json;

namespace PerfDash.Web.Hosting;

/// <summary>Finds the one <c>appsettings.json</c>.</summary>
internal static class SettingsFile
{
    /// <summary>
    /// Puts the settings file beside the program below every other source. The framework looks in the content root
    /// only, which is the project folder under <c>dotnet run</c> and the caller's folder for a published program.
    /// </summary>
    public static void AddSettingsBesideProgram(this ConfigurationManager configuration)
    {
        var source = new JsonConfigurationSource { Path = Path.Combine(AppContext.BaseDirectory, "appsettings.json"), Optional = false };
        source.ResolveFileProvider();
        configuration.Sources.Insert(0, source);
    }
}
