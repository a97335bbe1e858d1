using System.Globalization;
using Microsoft.AspNetCore.Components;
using PerfDash.Core.Workers;
using PerfDash.Web.Charts;
using PerfDash.Web.Features.Workers.Probes;
using PerfDash.Web.Layout;

namespace PerfDash.Web.Features.Workers;

/// <summary>One worker: what it does, how busy and how fast it is, whether it drifts, what fails on it.</summary>
[PageSections(typeof(WorkerDaySection), typeof(ProbeSection))]
public sealed partial class WorkerPage(WorkerQueries workers, WorkerStateQueries states, FailureQueries failures) : DashboardComponent
{
    // Grey, because it is nobody's; far enough from both grounds.
    private const string IdleColour = "#8A93A0";

    private WorkerState? _state;
    private WorkerDetail? _detail;
    private WorkerFailures? _failures;
    private ChartInput? _pie;
    private bool _isUnknown;

    /// <summary>The worker's id, as it stands in the address.</summary>
    [Parameter]
    public required string Id { get; set; }

    /// <summary>The order of the job types; see <see cref="TableSort"/>.</summary>
    [SupplyParameterFromQuery(Name = "sort")]
    public string? SortWord { get; set; }

    protected override object? Choice => Id;

    private string? Note => _state is { } s && Loader.LoadedText is { } at
        ? $"{s.GpuModel ?? "GPU unknown"}{(s.GpuVramMb is { } memory ? $" · {UnitFormat.Vram(memory)}" : "")}{(s.GpuHourPrice is { } price ? $" · {UnitFormat.Money((double)price)} per GPU hour" : "")} · updated {at}"
        : null;

    private string? NowNote => _state switch
    {
        { RunningJobs: [var job, ..] } s => $"job {job.JobId}, {job.WorkflowName}{(job.StartedAt is { } started ? $", for {UnitFormat.Duration(Math.Max(0, (s.At - started).TotalMilliseconds))}" : "")}",
        { LastJobAt: { } last } => $"last job ended {last:yyyy-MM-dd HH:mm} UTC",
        _ => null,
    };

    private string SpeedNote => _detail?.RelativeSpeedInterval is { } interval
        ? $"{WorkerText.Verdict(_detail.RelativeSpeed, interval)} · 95 %: {WorkerText.Interval(interval)} · n = {UnitFormat.Counted(interval.JobCount, "job")} of {UnitFormat.Counted(interval.JobTypeCount, "type")}{WorkerText.LeftOut(interval)}"
        : "no job types shared with other workers in this range";

    private string TimeNote => _detail?.P95TimePerFrameMs is { } p95
        ? $"median {UnitFormat.MsPerFrame(_detail.P50TimePerFrameMs)} · p95 {UnitFormat.MsPerFrame(p95)} · n = {UnitFormat.Counted(_detail.TimeCount, "job")}"
        : "not reported";

    private string VramNote => (_detail?.MaxVramPeakMb, _state?.GpuVramMb) switch
    {
        ({ } peak, > 0 and { } memory) => $"{UnitFormat.Percent(100d * peak / memory)} of {UnitFormat.Vram(memory)} · average {UnitFormat.Vram(_detail!.AvgVramPeakMb)} · n = {UnitFormat.Count(_detail.VramCount)}",
        ({ }, _) => $"average {UnitFormat.Vram(_detail!.AvgVramPeakMb)} · n = {UnitFormat.Count(_detail.VramCount)} · GPU memory unknown",
        _ => "not reported",
    };

    private string? CostNote => _detail is null ? null
        : $"{UnitFormat.Count(_detail.TotalFrames)} frames{(_detail.TotalCost is { } cost ? $" · cost {UnitFormat.Money((double)cost)}" : "")}";

    private string? PieNote => _detail is { Utilization: { WindowMs: > 0 } u } ? $"of {UnitFormat.Duration(u.WindowMs)}; overlapping jobs count once" : null;

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        if (!long.TryParse(Id, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            _isUnknown = true;
            return;
        }

        // A worker chosen in the header is a choice for other pages: this one is about its own.
        var own = filter with { WorkerId = id };
        var being = Loader.SharedAsync(states, static (states, _, filter, c) => states.GetAsync(filter.WorkerId, c), own, cancellationToken);
        var knowing = Loader.SharedAsync(id, workers.GetAsync, own, cancellationToken);
        var failing = Loader.SharedAsync(failures.GetAsync, own, cancellationToken);
        await Task.WhenAll(being, knowing, failing);
        cancellationToken.ThrowIfCancellationRequested();
        var detail = await knowing;
        _isUnknown = detail is null;
        _detail = detail;
        _state = (await being).Count > 0 ? (await being)[0] : null;
        _failures = (await failing) is { Count: > 0 } found ? found[0] : null;
        _pie = detail is null ? null : PieOf(detail.Utilization);
    }

    /// <summary>The two parts of the window; nothing for a window that has not begun.</summary>
    public static ChartInput PieOf(Utilization utilization) => new()
    {
        Kind = ChartKind.Donut,
        Axis = ChartAxis.Category,
        Unit = ValueUnit.DurationMs,
        XTitle = "State",
        Series = utilization.WindowMs == 0
            ? []
            :
            [
                new("time", "Time",
                [
                    ChartPoint.ForCategory("Generating", utilization.GeneratingMs, color: ChartPalette.Light[0]),
                    ChartPoint.ForCategory("Idle", utilization.IdleMs, color: IdleColour),
                ]),
            ],
    };
}
