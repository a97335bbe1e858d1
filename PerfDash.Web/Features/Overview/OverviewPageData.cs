using System.Collections.Concurrent;
using PerfDash.Core;
using PerfDash.Core.Live;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;

namespace PerfDash.Web.Features.Overview;

/// <summary>
/// Asks for everything the overview shows, at the same time. Pages that ask for the same while it is being loaded share
/// one load: a completed job refreshes all of them at once.
/// </summary>
public sealed class OverviewPageData(OverviewQueries overviews, ThroughputQueries throughput, LiveUpdates live, TimeProvider time)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<Request, Lazy<Task<OverviewData>>> _loads = new();

    /// <summary>Loads it, or waits for who loads the same already.</summary>
    public async Task<OverviewData> LoadAsync(TimeRange range, MetricFilter filter, RankBy rank, CancellationToken cancellationToken)
    {
        // The newest recorded job is part of the request, so that nobody is given what was loaded before it.
        var request = new Request(Aligned(range), filter, rank, live.Current);
        var load = _loads.GetOrAdd(request, wanted => new Lazy<Task<OverviewData>>(() => LoadSharedAsync(wanted)));
        return await load.Value.WaitAsync(cancellationToken);
    }

    private async Task<OverviewData> LoadSharedAsync(Request request)
    {
        try
        {
            return await QueryAsync(request, CancellationToken.None);
        }
        finally
        {
            _loads.TryRemove(request, out _);
        }
    }

    private async Task<OverviewData> QueryAsync(Request request, CancellationToken cancellationToken)
    {
        var (range, filter, rank, _) = request;
        // The page shows scores of workflows only.
        var bucket = Buckets.For(range);
        var overview = overviews.GetOverviewAsync(range, filter, rank, cancellationToken, withScores: false);
        var previous = overviews.GetSummaryAsync(range.Previous, filter, cancellationToken, withScores: false);
        var points = throughput.GetAsync(range, filter, bucket, "UTC", cancellationToken, withScores: false);
        var previousPoints = throughput.GetAsync(range.Previous, filter, bucket, "UTC", cancellationToken, withScores: false);
        await Task.WhenAll(overview, previous, points, previousPoints);
        var isEmpty = (await overview).Summary.JobCount == 0 && !await overviews.AnyAsync(cancellationToken);
        return new OverviewData(range, bucket, await overview, await previous, await points, await previousPoints, isEmpty, time.GetUtcNow());
    }

    /// <summary>A range that ends about now, moved to the next quarter of a second, so that pages meet.</summary>
    private TimeRange Aligned(TimeRange range)
    {
        if ((time.GetUtcNow() - range.To).Duration() > TimeSpan.FromSeconds(1))
            return range;
        var late = Step - new TimeSpan(range.To.Ticks % Step.Ticks);
        return late == Step ? range : new TimeRange(range.From + late, range.To + late);
    }

    private sealed record Request(TimeRange Range, MetricFilter Filter, RankBy Rank, LiveState Newest);
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
    public string PeriodName => Shared.PeriodName.Of(Range);
}
