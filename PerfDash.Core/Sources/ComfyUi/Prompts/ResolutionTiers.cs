namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>The resolution tier of a picture.</summary>
internal static class ResolutionTiers
{
    /// <summary>By the shorter side in pixels.</summary>
    public static string From(int width, int height) => Math.Min(width, height) switch
    {
        >= 2160 => "4k",
        >= 1440 => "1440p",
        >= 1080 => "1080p",
        >= 720 => "720p",
        >= 480 => "480p",
        _ => "sd",
    };
}
