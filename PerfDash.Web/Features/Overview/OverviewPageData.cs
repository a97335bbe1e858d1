using PerfDash.Core;
using PerfDash.Core.Comparison;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Overview;

/// <summary>Asks for everything the overview shows, at the same time.</summary>
public sealed class OverviewPageData(OverviewQueries overviews, ThroughputQueries throughput, PeriodCoverageQueries coverages)
{
    /// <summary>Loads everything.</summary>
    public async Task<OverviewData> LoadAsync(TimeRange range, MetricFilter filter, RankBy rank, CancellationToken cancellationToken)
    {
        // What the page shows: scores of workflows only, of the previous period averages only.
        var bucket = Buckets.For(range);
        var overview = overviews.GetOverviewAsync(range, filter, rank, cancellationToken, SummaryParts.Percentiles | SummaryParts.Scores, Evidence.FewestJobs);
        var previous = overviews.GetSummaryAsync(range.Previous, filter, cancellationToken, SummaryParts.None);
        var drawn = DrawnRange.From(range);
        var points = throughput.GetAsync(drawn, filter, bucket, "UTC", cancellationToken, SummaryParts.Percentiles);
        var previousPoints = throughput.GetAsync(drawn.Previous, filter, bucket, "UTC", cancellationToken, SummaryParts.None);
        var coverage = coverages.GetAsync(range, filter, cancellationToken);
        await Task.WhenAll(overview, previous, points, previousPoints, coverage);
        var isEmpty = (await overview).Summary.JobCount == 0 && !await overviews.AnyAsync(cancellationToken);
        return new OverviewData(drawn, bucket, await overview, await previous, await points, await previousPoints, isEmpty, await coverage);
    }
}

/// <summary>Everything the overview shows.</summary>
/// <param name="Range">The range.</param>
/// <param name="Bucket">Width of the steps.</param>
/// <param name="Overview">Sums and rankings.</param>
/// <param name="Previous">The sum of the previous equal period.</param>
/// <param name="Points">The steps.</param>
/// <param name="PreviousPoints">The steps of the previous period.</param>
/// <param name="IsFarmEmpty">True when nothing was ever recorded.</param>
/// <param name="Coverage">How much of both periods has jobs.</param>
public sealed record OverviewData(
    TimeRange Range,
    Bucket Bucket,
    Core.Overview.Overview Overview,
    MetricSummary Previous,
    IReadOnlyList<ThroughputPoint> Points,
    IReadOnlyList<ThroughputPoint> PreviousPoints,
    bool IsFarmEmpty,
    PeriodCoverage Coverage)
{
    /// <summary>The sums.</summary>
    public OverviewSums Sums => new(Range, Overview.Summary, Previous, Coverage);
}

/// <summary>The sums of everything.</summary>
/// <param name="Range">The range.</param>
/// <param name="Now">Its sum.</param>
/// <param name="Before">The sum of the previous equal period.</param>
/// <param name="Coverage">How much of both has jobs.</param>
public sealed record OverviewSums(TimeRange Range, MetricSummary Now, MetricSummary Before, PeriodCoverage Coverage)
{
    /// <summary>How the previous period is called.</summary>
    public string PeriodName => Shared.PeriodName.Of(Range);
}
