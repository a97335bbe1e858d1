using PerfDash.Core.Overview;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Overview;

/// <summary>Asks for everything the overview shows: first for the sums, then for the rest at the same time.</summary>
public sealed class OverviewPageData(OverviewQueries overviews, ThroughputQueries throughput, PeriodCoverageQueries coverages)
{
    /// <summary>The sums of the range and of the period before it, of which the page shows averages only.</summary>
    public async Task<OverviewSums> LoadSumsAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var now = overviews.GetSummaryAsync(range, filter, cancellationToken, SummaryParts.Percentiles);
        var before = overviews.GetSummaryAsync(range.Previous, filter, cancellationToken, SummaryParts.None);
        var coverage = coverages.GetAsync(range, filter, cancellationToken);
        await Task.WhenAll(now, before, coverage);
        var isEmpty = (await now).JobCount == 0 && !await overviews.AnyAsync(cancellationToken);
        return new OverviewSums(range, await now, await before, await coverage, isEmpty);
    }

    /// <summary>Charts and rankings.</summary>
    public async Task<OverviewData> LoadAsync(OverviewSums sums, MetricFilter filter, RankBy rank, CancellationToken cancellationToken)
    {
        // What the page shows: scores of workflows only, of the previous period averages only.
        var bucket = Buckets.For(sums.Range);
        var drawn = DrawnRange.From(sums.Range);
        var overview = overviews.GetOverviewAsync(sums.Range, filter, rank, cancellationToken, SummaryParts.Percentiles | SummaryParts.Scores, Evidence.FewestJobs);
        var points = throughput.GetAsync(drawn, filter, bucket, "UTC", cancellationToken, SummaryParts.Percentiles);
        var previousPoints = throughput.GetAsync(drawn.Previous, filter, bucket, "UTC", cancellationToken, SummaryParts.None);
        await Task.WhenAll(overview, points, previousPoints);
        return new OverviewData(drawn, bucket, sums, await overview, await points, await previousPoints);
    }
}

/// <summary>Everything the overview shows.</summary>
/// <param name="Range">The range that is drawn.</param>
/// <param name="Bucket">Width of the buckets.</param>
/// <param name="Sums">The sums of the range.</param>
/// <param name="Overview">Rankings.</param>
/// <param name="Points">The buckets.</param>
/// <param name="PreviousPoints">The buckets of the previous period.</param>
public sealed record OverviewData(
    TimeRange Range, Bucket Bucket, OverviewSums Sums, FarmOverview Overview, IReadOnlyList<ThroughputPoint> Points, IReadOnlyList<ThroughputPoint> PreviousPoints);

/// <summary>The sums of everything.</summary>
/// <param name="Now">Its sum.</param>
/// <param name="Before">The sum of the previous equal period.</param>
/// <param name="Coverage">How much of both has jobs.</param>
/// <param name="IsFarmEmpty">True when nothing was ever recorded.</param>
public sealed record OverviewSums(TimeRange Range, MetricSummary Now, MetricSummary Before, PeriodCoverage Coverage, bool IsFarmEmpty)
{
    /// <summary>How the previous period is called.</summary>
    public string PeriodName => Shared.PeriodName.From(Range);
}
