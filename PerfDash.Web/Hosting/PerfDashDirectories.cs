namespace PerfDash.Web.Hosting;

/// <summary>Where PerfDash keeps what it owns on this machine.</summary>
internal static class PerfDashDirectories
{
    /// <summary>Configuration key of the data directory.</summary>
    public const string DataDirectoryKey = "PerfDash:DataDirectory";

    /// <summary>The configured data directory, else the user's local application data folder.</summary>
    public static string Data(IConfiguration configuration)
    {
        var configured = configuration[DataDirectoryKey];
        return !string.IsNullOrWhiteSpace(configured)
            ? Path.GetFullPath(configured)
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "PerfDash");
    }
}
