using PerfDash.Core.Comparison.Changes;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Comparison;

/// <summary>A change of a workflow, as charts and lists name it.</summary>
/// <param name="WorkflowName">Its name; null where the page is about it anyway.</param>
/// <param name="Proposal">The change.</param>
public sealed record WorkflowChange(long WorkflowId, string? WorkflowName, SplitProposal Proposal)
{
    /// <summary>When it happened, UTC.</summary>
    public DateTimeOffset At => new(Proposal.At, TimeSpan.Zero);

    public string Evidence => PerfDashUrls.CompareAt(WorkflowId, At);

    /// <summary>In as few words as a chart has room for.</summary>
    public string Label => (WorkflowName is null ? "" : $"{WorkflowName}: ") + Proposal switch
    {
        { Kind: "version" } => "New version",
        { Kind: "parameter" } parameter => $"{DisplayName.From(parameter.Subject)} {parameter.Before} → {parameter.After}",
        { Subject: "time_per_frame_ms" } time => $"Time per frame {Arrow(time)}",
        { Subject: "vram_peak_mb" } vram => $"VRAM {Arrow(vram)}",
        var score => $"{DisplayName.From(score.Subject["quality.".Length..])} {Arrow(score)}",
    };

    // The size is that of the comparison before and after, and stands there.
    private static string Arrow(SplitProposal proposal) => proposal.Change < 0 ? "↓" : "↑";
}

/// <summary>New versions, changes of parameters and of level as vertical lines of charts.</summary>
public static class ChangeMarkers
{
    /// <summary>Lines in a chart: more would hide the data.</summary>
    public const int Most = 20;

    /// <summary>The lines for a chart, the latest where there are too many; changes of the same moment share one.</summary>
    public static IReadOnlyList<ChartMarker> From(IReadOnlyList<WorkflowChange> changes) =>
    [
        .. changes.GroupBy(c => c.At).OrderBy(g => g.Key).TakeLast(Most)
            .Select(g => new ChartMarker(g.Key, g.First().Label + (g.Count() > 1 ? $" (and {g.Count() - 1} more)" : ""))),
    ];
}
