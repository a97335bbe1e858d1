using Microsoft.AspNetCore.Components;
using PerfDash.Core.Workers;
using PerfDash.Data;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Workers;

/// <summary>One job type, chosen in the address, on every worker that did it.</summary>
public sealed partial class JobTypeSection(JobTypeQueries jobTypes) : DashboardComponent
{
    private IReadOnlyList<JobTypeWorker>? _workers;
    private ComparedJobType? _chosen;
    private ChartInput? _chart;
    private double _level;
    private string _title = "";
    private string _note = "";

    /// <summary>The job types of the range, the most frequent first; null while they are loading.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<ComparedJobType>? Types { get; set; }

    /// <summary>The chosen type: the workflow's id, a colon and the tier, and another and the class of run where that is known; absent for the most frequent that workers share.</summary>
    [SupplyParameterFromQuery(Name = "job_type")]
    public string? TypeWord { get; set; }

    protected override object? Choice => Wanted is { } type ? WordOf(type) : null;

    // One that only one worker did has nothing to compare.
    private ComparedJobType? Wanted =>
        Types?.FirstOrDefault(t => WordOf(t) == TypeWord) ?? Types?.FirstOrDefault(t => t.Workers.Count > 1) ?? (Types is [var first, ..] ? first : null);

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        if (Wanted is not { } type)
            return;
        var loaded = await Loader.SharedAsync(
            (jobTypes, type.WorkflowId, type.ResolutionTier, type.RunClass), static (r, range, filter, c) => r.jobTypes.GetAsync(r.WorkflowId, r.ResolutionTier, r.RunClass, range, filter, c), filter, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        // A worker with a handful of jobs is no fastest one.
        loaded = [.. loaded.OrderBy(w => w.TimedJobCount < Evidence.FewestJobs)];
        (_workers, _chosen, _level) = (loaded, type, WorkerText.Level(loaded.Select(w => w.RelativeSpeedInterval)));
        _title = WorkerText.JobType(type.WorkflowName, type.ResolutionTier, type.RunClass);
        _note = $"Average time per frame · n = {UnitFormat.Counted(loaded.Sum(w => w.TimedJobCount), "job")} on {UnitFormat.Counted(loaded.Count, "worker")}, fastest first, those with fewer than {Evidence.FewestJobs} jobs last";
        _chart = ChartOf(loaded);
    }

    /// <summary>The word of an address for a job type.</summary>
    internal static string WordOf(ComparedJobType type) => string.Create(null, $"{type.WorkflowId}:{type.ResolutionTier}{(type.RunClass is { } runClass ? $":{runClass.ToText()}" : "")}");

    /// <summary>The workers as bars, in the order given.</summary>
    public static ChartInput ChartOf(IReadOnlyList<JobTypeWorker> workers)
    {
        var name = WorkerText.UniqueNames(workers.Select(w => (w.WorkerId, w.WorkerName)));
        return new ChartInput
        {
            Kind = ChartKind.HorizontalBar,
            Axis = ChartAxis.Category,
            Unit = ValueUnit.MsPerFrame,
            XTitle = "Worker",
            Series =
            [
                new("average", "Average time per frame",
                    [.. workers.Select(w => ChartPoint.ForCategory(name(w.WorkerId, w.WorkerName), w.AvgTimePerFrameMs, color: ChartPalette.ColorFor(EntityKind.Worker, w.WorkerId)))]),
            ],
        };
    }

    private static string OptionText(ComparedJobType type) =>
        $"{WorkerText.JobType(type.WorkflowName, type.ResolutionTier, type.RunClass)} ({UnitFormat.Counted(type.Workers.Sum(w => w.JobCount), "job")} on {UnitFormat.Counted(type.Workers.Count, "worker")})";

    private void Choose(string? word) => Address.Set("job_type", word, replace: true);

    private string Csv() => TableCsv.Write(
        ["Job type", "Worker", "Worker id", "Jobs", "Jobs with a time", "Average (ms/frame)", "Median (ms/frame)", "p95 (ms/frame)", "Deviation (ms/frame)", "Relative speed", "Lower end", "Upper end", "Average VRAM (MB)"],
        _workers!.Select(w => (IReadOnlyList<object?>)
        [
            _title, w.WorkerName, w.WorkerId, w.JobCount, w.TimedJobCount, w.AvgTimePerFrameMs, w.P50TimePerFrameMs, w.P95TimePerFrameMs, w.StddevTimePerFrameMs,
            w.RelativeSpeed, w.RelativeSpeedInterval?.Low, w.RelativeSpeedInterval?.High, w.AvgVramPeakMb,
        ]));
}
