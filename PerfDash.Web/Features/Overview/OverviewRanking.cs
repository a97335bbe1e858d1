using PerfDash.Core.Overview;

namespace PerfDash.Web.Features.Overview;

/// <summary>Words for what workflows are ranked by.</summary>
internal static class OverviewRanking
{
    public static IReadOnlyList<(RankBy Rank, string Label)> Choices { get; } =
        [(RankBy.TimePerFrame, "Time per frame"), (RankBy.GpuTime, "GPU time"), (RankBy.Vram, "VRAM"), (RankBy.Likeness, "Likeness")];

    public static string Word(RankBy rank) => rank switch
    {
        RankBy.GpuTime => "gpu_time",
        RankBy.Vram => "vram",
        RankBy.Likeness => "likeness",
        _ => "time_per_frame",
    };

    public static RankBy Read(string? word) => Choices.Select(c => c.Rank).FirstOrDefault(rank => Word(rank) == word);

    public static string TopTitle(RankBy rank) => rank switch
    {
        RankBy.GpuTime => "Least GPU time per job",
        RankBy.Vram => "Least VRAM",
        RankBy.Likeness => "Best likeness",
        _ => "Fastest per frame",
    };

    public static string BottomTitle(RankBy rank) => rank switch
    {
        RankBy.GpuTime => "Most GPU time per job",
        RankBy.Vram => "Most VRAM",
        RankBy.Likeness => "Worst likeness",
        _ => "Slowest per frame",
    };
}
