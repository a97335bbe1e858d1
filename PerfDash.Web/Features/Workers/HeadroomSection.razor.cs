using PerfDash.Core.Workers;

namespace PerfDash.Web.Features.Workers;

/// <summary>The grid of job types and card sizes.</summary>
public sealed partial class HeadroomSection(VramHeadroomQueries headroom) : DashboardComponent
{
    // Below this a 99th percentile says little more than the highest of a handful.
    private const long FewJobs = 20;

    private VramHeadroom? _headroom;

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var loaded = await Loader.SharedAsync(headroom.GetAsync, filter, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        _headroom = loaded;
    }

    private string Csv() => TableCsv.Write(
        ["Workflow", "Workflow id", "Tier", "Jobs", "Average (MB)", "p99 (MB)", "Highest (MB)", "Smallest card that fits (GB)"],
        _headroom!.Items.Select(n => (IReadOnlyList<object?>)
            [n.WorkflowName, n.WorkflowId, n.ResolutionTier, n.JobCount, n.AvgVramPeakMb, n.HighVramPeakMb, n.MaxVramPeakMb, _headroom.SmallestFor(n)?.NominalGb]));
}
