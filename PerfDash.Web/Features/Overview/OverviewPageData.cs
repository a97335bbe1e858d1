using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;

namespace PerfDash.Web.Features.Overview;

/// <summary>Asks for everything the overview shows, at the same time.</summary>
public sealed class OverviewPageData(OverviewQueries overviews, ThroughputQueries throughput, TimeProvider time)
{
    /// <summary>Loads it.</summary>
    public async Task<OverviewData> LoadAsync(TimeRange range, RankBy rank, CancellationToken cancellationToken)
    {
        var bucket = Buckets.For(range);
        var overview = overviews.GetOverviewAsync(range, MetricFilter.None, rank, cancellationToken);
        var previous = overviews.GetSummaryAsync(range.Previous, MetricFilter.None, cancellationToken);
        var points = throughput.GetAsync(range, MetricFilter.None, bucket, "UTC", cancellationToken);
        var previousPoints = throughput.GetAsync(range.Previous, MetricFilter.None, bucket, "UTC", cancellationToken);
        await Task.WhenAll(overview, previous, points, previousPoints);
        var isEmpty = (await overview).Summary.JobCount == 0 && !await overviews.AnyAsync(cancellationToken);
        return new OverviewData(range, bucket, await overview, await previous, await points, await previousPoints, isEmpty, time.GetUtcNow());
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
/// <param name="LoadedAt">When it was asked for.</param>
public sealed record OverviewData(
    TimeRange Range,
    Bucket Bucket,
    Core.Overview.Overview Overview,
    MetricSummary Previous,
    IReadOnlyList<ThroughputPoint> Points,
    IReadOnlyList<ThroughputPoint> PreviousPoints,
    bool IsFarmEmpty,
    DateTimeOffset LoadedAt)
{
    /// <summary>How the previous period is called.</summary>
    public string PeriodName => Range.Length.TotalHours < 48
        ? $"{Range.Length.TotalHours:0.#} hours"
        : $"{Range.Length.TotalDays:0.#} days";
}
