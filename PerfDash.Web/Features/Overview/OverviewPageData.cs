using System.Collections.Concurrent;
using PerfDash.Core;
using PerfDash.Core.Live;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;

namespace PerfDash.Web.Features.Overview;

/// <summary>
/// Asks for everything the overview shows, at the same time. Pages that ask for the same while it is being loaded share
/// one load, and pages that are open share their updates: a completed job refreshes all of them at once, and twenty of them
/// ask the database no more often than one.
/// </summary>
public sealed class OverviewPageData(OverviewQueries overviews, ThroughputQueries throughput, LiveUpdates live, TimeProvider time)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    // Long enough for all who wait for the same moment.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<Request, Lazy<Task<OverviewData>>> _loads = new();
    private readonly ConcurrentDictionary<Subject, Lazy<Task<OverviewData>>> _updates = new();
    private readonly ConcurrentDictionary<Subject, DateTimeOffset> _notBefore = new();

    /// <summary>Loads it, or waits for who loads the same already.</summary>
    public async Task<OverviewData> LoadAsync(TimeRange range, MetricFilter filter, RankBy rank, CancellationToken cancellationToken)
    {
        // The newest recorded job is part of the request, so that nobody is given what was loaded before it.
        var request = new Request(Aligned(range), filter, rank, live.Current);
        var load = _loads.GetOrAdd(request, wanted => new Lazy<Task<OverviewData>>(() => LoadSharedAsync(wanted)));
        return await load.Value.WaitAsync(cancellationToken);
    }

    /// <summary>Loads what an open page shows anew, together with all pages that ask for the same within a moment. The range moves up to now.</summary>
    /// <param name="range">A range that ended about now when it was read.</param>
    /// <param name="filter">Which jobs.</param>
    /// <param name="rank">The ranking.</param>
    /// <param name="share">A load may take one part in so many of the time until the next.</param>
    /// <param name="cancellationToken">Stops waiting for it.</param>
    public async Task<OverviewData> UpdateAsync(TimeRange range, MetricFilter filter, RankBy rank, int share, CancellationToken cancellationToken)
    {
        var update = _updates.GetOrAdd(new Subject(range.Length, filter, rank), wanted => new Lazy<Task<OverviewData>>(() => UpdateSharedAsync(wanted, share)));
        return await update.Value.WaitAsync(cancellationToken);
    }

    /// <summary>The earliest moment for the next update of what a page shows.</summary>
    public DateTimeOffset NotBefore(TimeRange range, MetricFilter filter, RankBy rank) => _notBefore.GetValueOrDefault(new Subject(range.Length, filter, rank));

    private async Task<OverviewData> UpdateSharedAsync(Subject subject, int share)
    {
        await Task.Delay(Gathering, time);
        // From here on it may miss what is recorded: whoever asks later gets the next one.
        _updates.TryRemove(subject, out _);
        var now = time.GetUtcNow();
        try
        {
            return await QueryAsync(new Request(new TimeRange(now - subject.Length, now), subject.Filter, subject.Rank, live.Current), CancellationToken.None);
        }
        finally
        {
            var end = time.GetUtcNow();
            foreach (var (old, until) in _notBefore)
            {
                if (until < end)
                    _notBefore.TryRemove(old, out _);
            }

            _notBefore[subject] = end + ((end - now) * share);
        }
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

    private sealed record Subject(TimeSpan Length, MetricFilter Filter, RankBy Rank);

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
