namespace PerfDash.Core.Demo;

/// <summary>A resolution tier and what it does to a job, relative to 1080p.</summary>
/// <param name="Name">As in <c>resolution_tier</c>.</param>
/// <param name="TimeFactor">Time per frame relative to 1080p.</param>
/// <param name="VramFactor">VRAM peak relative to 1080p.</param>
public sealed record DemoTier(string Name, double TimeFactor, double VramFactor)
{
    /// <summary>All tiers, smallest first.</summary>
    public static IReadOnlyList<DemoTier> All { get; } =
    [
        new("480p", 0.22, 0.68),
        new("720p", 0.45, 0.80),
        new("1080p", 1.0, 1.0),
        new("4k", 4.0, 1.45),
    ];
}
