using PerfDash.Core.Overview;
using PerfDash.Core.Workflows;

namespace PerfDash.Web.Features.Workflows;

/// <summary>Columns, order and export of the table of workflows.</summary>
internal static class WorkflowTable
{
    private static readonly TableSort Default = new("gpu_total", Descending: true);

    private static readonly Dictionary<string, Func<WorkflowListItem, double?>> Values = new(StringComparer.Ordinal)
    {
        ["jobs"] = w => w.Figures.JobCount,
        ["avg"] = w => w.Figures.AvgTimePerFrameMs,
        ["p50"] = w => w.Figures.P50TimePerFrameMs,
        ["p95"] = w => w.Figures.P95TimePerFrameMs,
        ["gpu_job"] = w => w.Figures.AvgGpuTimeMs,
        ["gpu_total"] = w => w.Figures.TotalGpuTimeMs,
        ["vram"] = w => w.Figures.AvgVramPeakMb,
        ["likeness"] = w => w.Figures.AvgLikenessScore,
        ["cost"] = w => (double?)w.Figures.TotalCost,
        ["change"] = w => ChangeOf(w).Percent,
    };

    /// <summary>The columns of figures: field, name, and whether it is a number.</summary>
    public static IEnumerable<(string Field, string Label, bool IsNumber)> Columns(bool withChange, bool withCost)
    {
        yield return ("jobs", "Jobs", true);
        yield return ("avg", "Average", true);
        if (withChange)
            yield return ("change", "Change", false);
        yield return ("p50", "Median", true);
        yield return ("p95", "p95", true);
        yield return ("gpu_job", "GPU per job", true);
        yield return ("gpu_total", "GPU total", true);
        yield return ("vram", "VRAM", true);
        yield return ("likeness", "Likeness", true);
        if (withCost)
            yield return ("cost", $"Cost ({UnitFormat.Currency})", true);
    }

    /// <summary>Reads the order of an address.</summary>
    public static TableSort ReadSort(string? word) => TableSort.Read(word, [.. Values.Keys, "name"], Default);

    /// <summary>The rows in order; equals by name.</summary>
    public static IEnumerable<WorkflowListItem> Sorted(IEnumerable<WorkflowListItem> rows, TableSort sort)
    {
        var byName = rows.OrderBy(w => w.Figures.WorkflowName, StringComparer.OrdinalIgnoreCase).ThenBy(w => w.Figures.WorkflowId);
        return sort.Field == "name" ? (sort.Descending ? byName.Reverse() : byName) : sort.Apply(byName, Values[sort.Field]);
    }

    /// <summary>The change of the average time per frame against the previous period; sure where that found the workflow itself faster or slower.</summary>
    public static Delta ChangeOf(WorkflowListItem item, SignificantChanges? changes = null) =>
        item.Trend is not { PreviousAvgTimePerFrameMs: { } previous } trend ? Delta.From(item.Figures.AvgTimePerFrameMs, null, GoodDirection.Down)
        : trend.Coverage.Allows(item.Figures.JobCount, trend.PreviousJobCount)
            ? Delta.From(item.Figures.AvgTimePerFrameMs, previous, GoodDirection.Down)
                .WithSignificance(Math.Sign(changes?.Items.FirstOrDefault(m => m.WorkflowId == item.Figures.WorkflowId)?.TimePerFramePercent ?? 0))
            : Delta.Without("too little data before");

    public static string Csv(IEnumerable<WorkflowListItem> rows, bool withChange)
    {
        string[] head =
        [
            "Workflow id", "Workflow", "Jobs", "Average time per frame (ms)", "Median time per frame (ms)", "p95 time per frame (ms)", "GPU time per job (ms)",
            "GPU time (ms)", "VRAM average (MB)", "VRAM peak (MB)", "Likeness", $"Cost ({UnitFormat.Currency})", .. withChange ? (string[])["Change of time per frame (%)"] : [],
        ];
        return TableCsv.Write(head, rows.Select(w => (IReadOnlyList<object?>)
        [
            w.Figures.WorkflowId, w.Figures.WorkflowName, w.Figures.JobCount, w.Figures.AvgTimePerFrameMs, w.Figures.P50TimePerFrameMs, w.Figures.P95TimePerFrameMs,
            w.Figures.AvgGpuTimeMs, w.Figures.TotalGpuTimeMs, w.Figures.AvgVramPeakMb, w.Figures.MaxVramPeakMb, w.Figures.AvgLikenessScore, w.Figures.TotalCost,
            .. withChange ? (object?[])[ChangeOf(w).Percent] : [],
        ]));
    }
}
