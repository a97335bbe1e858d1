using PerfDash.Core.Workers;

namespace PerfDash.Web.Features.Workers;

/// <summary>Everything the workers page says of one worker. What is null has not been loaded or does not exist.</summary>
public sealed record WorkerRow(WorkerState State, ComparedWorker? Figures, WorkerFailures? Failures, WorkerCost? Cost)
{
    /// <summary>
    /// 1 for the fastest of the workers with at least <see cref="Evidence.FewestJobs"/> jobs that others did too; equal
    /// speeds share a rank. Null for the others.
    /// </summary>
    public int? Rank { get; private init; }

    /// <summary>Whether it is faster or slower than the others, all workers looked at together.</summary>
    public string Verdict { get; private init; } = "";

    public long Id => State.WorkerId;

    public string Name => State.WorkerName;

    /// <summary>Price of the work the other workers do in one hour: free of the mix of jobs. Null without a price or a speed.</summary>
    public double? PriceOfEqualWork => Figures?.RelativeSpeed is > 0 and { } speed && State.GpuHourPrice is { } price ? (double)price / speed : null;

    /// <summary>Highest VRAM peak as a share of the card's memory, 0 to 1 or above; null where either is unknown.</summary>
    public double? VramShare => Figures?.MaxVramPeakMb is { } peak && State.GpuVramMb is > 0 and { } memory ? (double)peak / memory : null;

    /// <summary>The rows, in no order.</summary>
    public static IReadOnlyList<WorkerRow> From(
        IReadOnlyList<WorkerState> states, WorkerComparison comparison, IReadOnlyList<WorkerFailures>? failures, IReadOnlyDictionary<long, WorkerCost>? costs)
    {
        var figures = comparison.Workers.ToDictionary(w => w.WorkerId);
        var failed = (failures ?? []).Where(f => f.WorkerId is not null).ToDictionary(f => f.WorkerId!.Value);
        double?[] ranked = [.. comparison.Workers.Where(IsRanked).Select(w => w.RelativeSpeed)];
        var level = WorkerText.Level(comparison.Workers.Select(w => w.RelativeSpeedInterval));
        return
        [
            .. states.Select(s =>
            {
                var own = figures.GetValueOrDefault(s.WorkerId);
                return new WorkerRow(s, own, failed.GetValueOrDefault(s.WorkerId), costs?.GetValueOrDefault(s.WorkerId))
                {
                    Rank = own is not null && IsRanked(own) ? RelativeSpeed.Rank(own.RelativeSpeed, ranked) : null,
                    Verdict = WorkerText.Verdict(own?.RelativeSpeed, own?.RelativeSpeedInterval, level),
                };
            }),
        ];

        static bool IsRanked(ComparedWorker worker) => worker.RelativeSpeedInterval?.JobCount >= Evidence.FewestJobs;
    }
}

/// <summary>The ranking's columns.</summary>
internal static class WorkerTable
{
    private static readonly TableSort ByRank = new("rank", Descending: false);

    private static readonly Dictionary<string, Func<WorkerRow, object?>> Values = new()
    {
        ["rank"] = r => r.Rank,
        ["worker"] = r => r.Name,
        ["speed"] = r => r.Figures?.RelativeSpeed,
        ["jobs"] = r => r.Figures?.JobCount,
        ["utilization"] = r => r.Figures?.Utilization?.GeneratingPercent,
        ["time"] = r => r.Figures?.AvgTimePerFrameMs,
        ["cost"] = r => r.Cost?.CostPerFrame,
        ["equal_work"] = r => r.PriceOfEqualWork,
        ["failures"] = r => r.Failures?.FailureShare,
    };

    public static TableSort ReadSort(string? word) => TableSort.Read(word, Values.Keys, ByRank);

    public static IReadOnlyList<WorkerRow> Sorted(IEnumerable<WorkerRow> rows, TableSort sort) =>
        [.. sort.Apply(rows.OrderBy(r => r.Name, StringComparer.OrdinalIgnoreCase).ThenBy(r => r.Id), Values[sort.Field])];

    public static string Csv(IEnumerable<WorkerRow> rows) => TableCsv.Write(
        [
            "Rank", "Worker", "Worker id", "GPU model", "GPU memory (MB)", "Relative speed", "Lower end", "Upper end", "Jobs of the speed", "Job types of the speed",
            "Jobs", "Utilization (%)", "Average (ms/frame)", "VRAM peak (MB)", $"Price per GPU hour ({UnitFormat.Currency})", $"Cost per frame ({UnitFormat.Currency})", $"Price for equal work ({UnitFormat.Currency})", "Failed", "Failed share (%)",
        ],
        rows.Select(r => (IReadOnlyList<object?>)
        [
            r.Rank, r.Name, r.Id, r.State.GpuModel, r.State.GpuVramMb, r.Figures?.RelativeSpeed, r.Figures?.RelativeSpeedInterval?.Low,
            r.Figures?.RelativeSpeedInterval?.High, r.Figures?.RelativeSpeedInterval?.JobCount, r.Figures?.RelativeSpeedInterval?.JobTypeCount,
            r.Figures?.JobCount ?? 0, r.Figures?.Utilization?.GeneratingPercent, r.Figures?.AvgTimePerFrameMs, r.Figures?.MaxVramPeakMb,
            r.State.GpuHourPrice, r.Cost?.CostPerFrame, r.PriceOfEqualWork, r.Failures?.FailedCount, r.Failures?.FailureShare * 100,
        ]));
}
