namespace PerfDash.Web.Hosting.Startup;

/// <summary>Settings of the pages, section <c>PerfDash:Pages</c>.</summary>
public sealed class PagesOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "PerfDash:Pages";

    /// <summary>Whether PerfDash asks for the figures of the farm's pages by itself when it starts and every hour (default true).</summary>
    public bool KeepReady { get; set; } = true;
}
