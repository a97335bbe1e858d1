using System.Globalization;
using PerfDash.Core.Workers;

namespace PerfDash.Web.Features.Workers;

/// <summary>The matrix of workers and job types.</summary>
public sealed partial class CoverageSection(CoverageQueries coverage) : DashboardComponent
{
    private WorkerCoverage? _coverage;
    private List<TypeRow> _types = [];
    private long _most;

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var loaded = await Loader.SharedAsync(coverage.GetAsync, filter, cancellationToken)
            ?? throw new PageAddressException($"There is no worker {filter.WorkerId}. Remove the worker filter.");
        cancellationToken.ThrowIfCancellationRequested();
        _coverage = loaded;
        _most = loaded.Items.Select(c => c.JobCount).DefaultIfEmpty(1).Max();
        _types = [.. loaded.Items.GroupBy(c => (c.WorkflowId, c.ResolutionTier)).Select(g => new TypeRow(
            g.Key.WorkflowId, g.First().WorkflowName, g.Key.ResolutionTier, g.ToDictionary(c => c.WorkerId)))];
    }

    private static string TitleOf(CoverageCell cell) =>
        $"{cell.WorkerName}, {WorkerText.JobType(cell.WorkflowName, cell.ResolutionTier)}: {UnitFormat.Counted(cell.JobCount, "job")}, {UnitFormat.Count(cell.TimedJobCount)} with a time, the latest {cell.LastCompletedAt:yyyy-MM-dd HH:mm} UTC";

    // By magnitude: a few jobs must be seen beside thousands.
    private string DepthOf(CoverageCell cell) =>
        string.Create(CultureInfo.InvariantCulture, $"{6 + (44 * Math.Sqrt((double)cell.JobCount / _most)):0}%");

    private string Csv() => TableCsv.Write(
        ["Worker", "Worker id", "Workflow", "Workflow id", "Tier", "Jobs", "Jobs with a time", "Latest (UTC)"],
        _coverage!.Items.Select(c => (IReadOnlyList<object?>)
            [c.WorkerName, c.WorkerId, c.WorkflowName, c.WorkflowId, c.ResolutionTier, c.JobCount, c.TimedJobCount, c.LastCompletedAt]));

    private sealed record TypeRow(long WorkflowId, string WorkflowName, string? Tier, IReadOnlyDictionary<long, CoverageCell> Cells)
    {
        public (long, string?) Key => (WorkflowId, Tier);
    }
}
