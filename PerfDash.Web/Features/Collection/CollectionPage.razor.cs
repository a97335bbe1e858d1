using MudBlazor;
using PerfDash.Core.Collection;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Collection;

/// <summary>State of capture, failures with retry, warnings.</summary>
public sealed partial class CollectionPage(CollectionQueries collection, DatabaseCondition database) : EditableComponent
{
    // Even a large batch is recorded sooner.
    private const double LongWaitMs = 30_000;

    private CollectionStatus? _status;
    private IReadOnlyList<FailedCollection>? _failures;
    private IReadOnlyList<JobWarnings>? _warnings;

    protected override bool IsLive => true;

    // Failing, and time itself, change this page without anything being recorded.
    protected override TimeSpan? RefreshInterval => TimeSpan.FromSeconds(3);

    private Severity? WaitMark => _status switch
    {
        { FailingSince: not null } => Severity.Error,
        { Pending: > 0, LagMs: > LongWaitMs } => Severity.Warning,
        _ => null,
    };

    private string PendingNote => _status switch
    {
        { FailingSince: not null } => "waiting; none can be recorded at present",
        { Pending: > 0, LagMs: > LongWaitMs } => "waiting longer than usual",
        _ => "queued, not yet recorded",
    };

    private string LastNote => _status?.LastRecordedAt is { } at ? $"last at {at:yyyy-MM-dd HH:mm:ss} UTC" : "none yet";

    private string RollupValue => _status?.Rollups switch
    {
        null => UnitFormat.Missing,
        { Enabled: false } => "Off",
        { ClosedUntil: { } until } => $"to {until:HH:mm} UTC",
        _ => "none yet",
    };

    private string RollupNote => _status?.Rollups switch
    {
        null => "",
        { Enabled: false } => "figures are read from the metrics",
        { DirtyHours: 0 } r => $"all {UnitFormat.Counted(r.Hours, "hour")}; {UnitFormat.Vram(r.SizeBytes / 1_000_000d)}",
        { } r => $"{UnitFormat.Count(r.DirtyHours)} of {UnitFormat.Counted(r.Hours, "hour")} still to close; {UnitFormat.Vram(r.SizeBytes / 1_000_000d)}",
    };

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        _status = await collection.GetStatusAsync(cancellationToken);
        _failures = await collection.GetFailuresAsync(cancellationToken);
        _warnings = await collection.GetWarningsAsync(cancellationToken);
    }

    private Task RetryAsync(long jobId) => ActAsync(async actor => await collection.RetryAsync(jobId, actor, CancellationToken.None)
        ? ($"Job {jobId} is being collected again.", Severity.Info)
        : ($"Job {jobId} is no longer in the list of failed collections.", Severity.Warning));

    private Task RetryAllAsync() => ActAsync(async actor =>
    {
        var count = await collection.RetryAllAsync(actor, CancellationToken.None);
        return (count == 1 ? "One job is being collected again." : $"{UnitFormat.Count(count)} jobs are being collected again.", Severity.Info);
    });
}
