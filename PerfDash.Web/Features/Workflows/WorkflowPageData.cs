using PerfDash.Core.Comparison;
using PerfDash.Core.Jobs;
using PerfDash.Core.Workflows;

namespace PerfDash.Web.Features.Workflows;

/// <summary>Asks for everything the page of one workflow shows: first for its sums.</summary>
public sealed class WorkflowPageData(
    WorkflowChoiceQueries names,
    WorkflowQueries workflows,
    WorkflowTrendQueries trends,
    WorkflowSeriesQueries series,
    TypicalJobQueries typical,
    ParameterUseQueries parameters,
    JobListQueries jobs,
    SummaryQueries summaries,
    PeriodCoverageQueries coverages,
    ComparisonQueries comparisons)
{
    /// <summary>Jobs listed on the page.</summary>
    public const int LatestJobs = 10;

    /// <summary>Trend and latest jobs; null when there is no such workflow.</summary>
    public async Task<WorkflowHead?> LoadHeadAsync(long id, TimeRange range, MetricFilter filter, TrendChoice choice, CancellationToken cancellationToken)
    {
        var bucket = choice.Bucket ?? Buckets.For(range);
        var trend = trends.GetAsync(id, range, filter, bucket, "UTC", choice.Window, cancellationToken);
        var spread = series.GetSpreadAsync(id, range, filter, bucket, "UTC", cancellationToken);
        var latest = jobs.GetAsync(range, filter with { WorkflowId = id }, JobSort.Default, LatestJobs, null, cancellationToken);
        await Task.WhenAll(trend, spread, latest);
        return await trend is { } found ? new WorkflowHead(range, found, await spread, (await latest)!.Items) : null;
    }

    /// <summary>Its sums; null when there is no such workflow.</summary>
    public async Task<WorkflowSums?> LoadSumsAsync(long id, TimeRange range, MetricFilter filter, bool withPrevious, CancellationToken cancellationToken)
    {
        var mine = filter with { WorkflowId = id };
        var name = names.FindAsync(id, cancellationToken);
        var now = summaries.GetAsync(range, mine, cancellationToken);
        // Without percentiles, of which none is compared with the period before.
        var previous = withPrevious ? summaries.GetAsync(range.Previous, mine, cancellationToken, SummaryParts.Scores | SummaryParts.Costs) : Task.FromResult<MetricSummary>(null!);
        var coverage = withPrevious ? coverages.GetAsync(range, mine, cancellationToken) : Task.FromResult<PeriodCoverage>(null!);
        await Task.WhenAll(name, now, previous, coverage);
        return await name is { } known ? new WorkflowSums(known.Name, await now, await previous, await coverage) { MergedInto = known.MergedInto } : null;
    }

    /// <summary>What else is shown of the whole range; null when there is no such workflow.</summary>
    public async Task<WorkflowBody?> LoadBodyAsync(long id, TimeRange range, MetricFilter filter, Bucket? bucket, bool withPrevious, CancellationToken cancellationToken)
    {
        var mine = filter with { WorkflowId = id };
        var detail = workflows.GetAsync(id, range, filter, cancellationToken);
        var stages = series.GetStagesAsync(id, range, filter, bucket ?? Buckets.For(range), "UTC", cancellationToken);
        var usual = typical.GetAsync(range, mine, cancellationToken);
        var used = parameters.GetAsync(id, range, filter, cancellationToken);
        var sure = withPrevious ? comparisons.FindSignificanceAsync(id, range.Previous, range, filter, cancellationToken) : Task.FromResult(SignificanceSigns.None);
        await Task.WhenAll(detail, stages, usual, used, sure);
        return await detail is { } found ? new WorkflowBody(found, await stages, await usual, await used, await sure) : null;
    }
}

/// <summary>How the trend is cut.</summary>
/// <param name="Bucket">Width of its buckets; null fits the range.</param>
/// <param name="Window">Buckets in its moving average.</param>
public sealed record TrendChoice(Bucket? Bucket, int Window)
{
    /// <summary>Buckets in the moving average where the address says nothing.</summary>
    public const int DefaultWindow = 7;

    /// <summary>What the page offers.</summary>
    public static IReadOnlyList<int> Windows { get; } = [3, 7, 14, 30];

    /// <summary>Reads both from an address; what makes no sense is left to the defaults.</summary>
    public static TrendChoice Read(string? bucket, int? window) => new(Buckets.Read(bucket), window is >= 1 and <= 1000 ? window.Value : DefaultWindow);
}

/// <summary>Trend, spread and latest jobs.</summary>
public sealed record WorkflowHead(TimeRange Range, WorkflowTrend Trend, IReadOnlyList<SpreadBucket> Spread, IReadOnlyList<JobItem> Latest);

/// <summary>Sums of the whole range. What compares with the previous one is null where that is not wanted.</summary>
public sealed record WorkflowSums(string Name, MetricSummary Now, MetricSummary? Previous, PeriodCoverage? Coverage)
{
    /// <summary>The workflow that it was merged into; null where it was not.</summary>
    public FilterChoice? MergedInto { get; init; }
}

/// <summary>The other figures of the whole range.</summary>
public sealed record WorkflowBody(WorkflowDetail Detail, IReadOnlyList<StageBucket> Stages, TypicalJob Typical, ParameterUse Parameters, SignificanceSigns Sure);
