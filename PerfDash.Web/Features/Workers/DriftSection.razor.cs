using Microsoft.AspNetCore.Components;
using PerfDash.Core.Workers;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Workers;

/// <summary>A worker's speed over time, adjusted for its mix of jobs, with the changes found.</summary>
public sealed partial class DriftSection(WorkerDriftQueries drifts) : DashboardComponent
{
    // Hours hold too few jobs to show a drift, except in a range that is hardly longer.
    private static readonly TimeSpan ByHour = TimeSpan.FromDays(3);

    private ChartInput? _chart;
    private string? _note;
    private IReadOnlyList<SpeedChange> _changes = [];

    [Parameter, EditorRequired]
    public required long WorkerId { get; set; }

    protected override object? Choice => WorkerId;

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var bucket = range.Length <= ByHour ? Bucket.Hour : Buckets.For(range) is var usual && usual == Bucket.Hour ? Bucket.Day : usual;
        var drift = await Loader.SharedAsync((drifts, WorkerId, bucket), static (r, range, filter, c) => r.drifts.GetAsync(r.WorkerId, range, filter, r.bucket, "UTC", c), filter, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        _chart = drift is null ? new ChartInput { Kind = ChartKind.Line, Series = [] } : ChartOf(drift, range);
        _changes = drift?.Changes ?? [];
        _note = drift is null ? null : NoteOf(drift);
    }

    internal static ChartInput ChartOf(WorkerDrift drift, TimeRange range)
    {
        var hasFleet = drift.Points.Any(p => p.FleetIndex is not null);
        return new ChartInput
        {
            Kind = ChartKind.Line,
            Unit = ValueUnit.Ratio,
            StartAtZero = false,
            Thresholds = [new(1, "own mean", ChartSeverity.Info)],
            Markers = [.. drift.Changes.Select(c => new ChartMarker(c.At, $"{UnitFormat.PercentChange(c.SpeedPercent)} speed"))],
            Series =
            [
                .. hasFleet
                    ? new[]
                    {
                        Line("fleet", "Against the other workers", p => p.FleetIndex, 0, ChartSeriesStyle.Solid),
                        Line("fleet-low", "95 % interval, lower end", p => p.FleetIndexLow, 0, ChartSeriesStyle.Previous),
                        Line("fleet-high", "95 % interval, upper end", p => p.FleetIndexHigh, 0, ChartSeriesStyle.Previous),
                    }
                    : [],
                Line("own", "Against its own past", p => p.OwnIndex, 1, ChartSeriesStyle.Dashed),
            ],
        }.OverBuckets(range, drift.Bucket);

        ChartSeries Line(string key, string name, Func<DriftPoint, double?> value, int colour, ChartSeriesStyle style) =>
            new(key, name, [.. drift.Points.Select(p => ChartPoint.At(p.BucketStart, value(p)))], ChartPalette.ColorAt(colour), style);
    }

    internal static string NoteOf(WorkerDrift drift) =>
        $"Speed per {drift.Bucket.Word()} adjusted for the mix of jobs; above 1× is faster · n = {UnitFormat.Counted(drift.TimedJobCount, "job")}, {UnitFormat.Count(drift.MatchedJobCount)} comparable with other workers · "
        + (drift.Changes.Count == 0 ? "no lasting change" : $"{UnitFormat.Counted(drift.Changes.Count, "lasting change")}");
}
