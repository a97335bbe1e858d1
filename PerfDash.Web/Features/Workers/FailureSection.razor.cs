using PerfDash.Core.Workers;

namespace PerfDash.Web.Features.Workers;

/// <summary>Failed and cancelled jobs by worker.</summary>
public sealed partial class FailureSection(FailureQueries failures) : DashboardComponent
{
    private IReadOnlyList<WorkerFailures>? _failures;

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var loaded = await Loader.SharedAsync(failures.GetAsync, filter, cancellationToken)
            ?? throw new PageAddressException($"There is no worker {filter.WorkerId}. Remove the worker filter.");
        cancellationToken.ThrowIfCancellationRequested();
        _failures = loaded;
    }

    private string Csv() => TableCsv.Write(
        ["Worker", "Worker id", "Failed", "Share (%)", "Completed and failed", "Cancelled", "Most frequent error"],
        _failures!.Select(f => (IReadOnlyList<object?>)
            [f.WorkerName, f.WorkerId, f.FailedCount, f.FailureShare * 100, f.JobCount, f.CancelledCount, f.Errors is [var first, ..] ? first.Text : null]));
}
