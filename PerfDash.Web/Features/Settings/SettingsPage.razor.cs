using PerfDash.Core.Collection;
using PerfDash.Core.Scheduling;
using PerfDash.Core.Settings;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Settings;

/// <summary>What an admin can change, and what the program was started with.</summary>
public sealed partial class SettingsPage(
    FarmSettings farm, CollectionQueries collection, ScheduledJobQueries scheduled, ConfigurationFacts facts) : EditableComponent
{
    private IReadOnlyList<Worker>? _workers;
    private IReadOnlyList<Workflow>? _workflows;
    private IReadOnlyDictionary<long, string> _unusablePrices = new Dictionary<long, string>();
    private CollectionStatus? _status;
    private IReadOnlyList<ScheduledJobItem>? _scheduled;

    private string PriceNote => _workers is null || _workers.Count(w => w.GpuHourPrice is null) is not (> 0 and var without) ? ""
        : without == _workers.Count ? " No worker has a price, so no costs are shown."
        : $" {UnitFormat.Counted(without, "worker")} without a price: their jobs are not included in costs.";

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var (workers, workflows, status) = (farm.GetWorkersAsync(cancellationToken), farm.GetWorkflowsAsync(cancellationToken), collection.GetStatusAsync(cancellationToken));
        var (jobs, prices) = (scheduled.GetAsync(cancellationToken), farm.GetUnusablePricesAsync(cancellationToken));
        await Task.WhenAll(workers, workflows, status, jobs, prices);
        cancellationToken.ThrowIfCancellationRequested();
        (_workers, _workflows, _status, _scheduled, _unusablePrices) = (await workers, await workflows, await status, await jobs, await prices);
    }

    private Task EditAsync(Worker worker) =>
        ShowAsync<WorkerDialog>($"Worker {worker.Name}", new() { { d => d.Worker, worker } }, SmallForm, $"{worker.Name} saved.");

    private Task RenameAsync(Workflow workflow) =>
        ShowAsync<WorkflowDialog>($"Workflow {workflow.Name}", new() { { d => d.Workflow, workflow } }, SmallForm, $"{workflow.Name} renamed.");

    private Task MergeAsync(Workflow workflow) =>
        ShowAsync<MergeDialog>($"Merge {workflow.Name}", new() { { d => d.Workflow, workflow } }, SmallForm, $"{workflow.Name} merged.");

    private static string Moment(DateTime? at) => at?.ToString("d MMM HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture) ?? UnitFormat.Missing;

    private string WorkersCsv() => TableCsv.Write(
        ["Worker", "Worker id", "External id", "GPU model", "Memory (MB)", $"Price per GPU hour ({UnitFormat.Currency})"],
        _workers!.Select(w => (IReadOnlyList<object?>)[w.Name, w.Id, w.ExternalId, w.GpuModel, w.GpuVramMb, w.GpuHourPrice]));
}
