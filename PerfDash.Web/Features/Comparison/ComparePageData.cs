using PerfDash.Core.Comparison;
using PerfDash.Core.Comparison.Changes;
using PerfDash.Core.Workflows;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Comparison;

/// <summary>Asks for everything the compare page shows, at the same time.</summary>
public sealed class ComparePageData(ComparisonQueries comparisons, SplitQueries splits, TimeDistributionQueries times, ComparedParameterQueries parameters)
{
    /// <summary>Workflows side by side.</summary>
    public async Task<CompareData> LoadAsync(CompareRequest request, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var names = request.Workflows.ToDictionary(w => w.Id, w => w.Name);
        var comparison = await comparisons.CompareAsync(names, [.. request.Workflows.Select(w => w.Id)], range, filter, cancellationToken);
        return new CompareData
        {
            IsHistory = false,
            Sides = [.. comparison.Workflows.Select(w => new CompareSide(w.WorkflowName, range, w, ChartPalette.ColorFor(EntityKind.Workflow, w.WorkflowId)))],
            Differences = comparison.Differences,
            TradeOffs = comparison.TradeOffs,
            Fastest = NameOf(comparison.FastestWorkflowId),
            BestQuality = NameOf(comparison.BestQualityWorkflowId),
        };

        string? NameOf(long? id) => id is { } known ? names[known] : null;
    }

    /// <summary>One workflow before and after.</summary>
    public async Task<CompareData> LoadHistoryAsync(
        long id, string name, TimeRange before, TimeRange after, MetricFilter filter, CancellationToken cancellationToken, Task<bool>? isFoundSplit = null)
    {
        var comparison = await comparisons.CompareHistoryAsync(id, name, before, after, filter, cancellationToken, isFoundSplit);
        return new CompareData
        {
            IsHistory = true,
            Sides =
            [
                new CompareSide("Before", before, comparison.Before, ChartPalette.ColorAt(0)),
                new CompareSide("After", after, comparison.After, ChartPalette.ColorAt(1)),
            ],
            Differences = [comparison.Difference],
            TradeOffs = comparison.TradeOffs,
        };
    }

    /// <summary>Where the history of a workflow is worth splitting.</summary>
    public Task<IReadOnlyList<SplitProposal>> ProposeAsync(long id, TimeRange range, MetricFilter filter, CancellationToken cancellationToken) =>
        splits.ProposeAsync(id, range, filter, cancellationToken);

    /// <summary>
    /// The proposal a page starts with: the latest new version or change of a parameter, else the surest change of a figure, else the
    /// middle of the range.
    /// </summary>
    public static DateTimeOffset DefaultSplit(IReadOnlyList<SplitProposal> proposals, TimeRange range)
    {
        var inside = proposals.Where(p => p.At > range.From.UtcDateTime && p.At < range.To.UtcDateTime).ToArray();
        var chosen = inside.Where(p => p.IsSetting).MaxBy(p => p.At)
            ?? inside.OrderBy(p => p.P).ThenByDescending(p => Math.Abs(p.Change ?? 0)).FirstOrDefault();
        return chosen is null ? range.From + (range.Length / 2) : new DateTimeOffset(chosen.At, TimeSpan.Zero);
    }

    /// <summary>What lies behind the figures of the sides.</summary>
    public async Task<CompareDetail> LoadDetailAsync(CompareData data, MetricFilter filter, CancellationToken cancellationToken)
    {
        ComparedJobs[] sides = [.. data.Sides.Select(s => new ComparedJobs(s.Summary.WorkflowId, s.Range))];
        var spread = times.GetAsync(sides, filter, cancellationToken);
        var used = parameters.GetAsync(sides, filter, cancellationToken);
        await Task.WhenAll(spread, used);
        return new CompareDetail(await spread, await used);
    }
}

/// <summary>Workflows to compare, the baseline first; equal where they and their names are.</summary>
public sealed record CompareRequest(IReadOnlyList<WorkflowName> Workflows)
{
    /// <inheritdoc />
    public bool Equals(CompareRequest? other) => other is not null && Workflows.SequenceEqual(other.Workflows);

    /// <inheritdoc />
    public override int GetHashCode() => Workflows.Aggregate(0, HashCode.Combine);
}

/// <summary>One side of what is shown.</summary>
/// <param name="Name">How it is called in tables and legends.</param>
/// <param name="Summary">Its plain figures.</param>
/// <param name="Color">Its colour on every chart.</param>
public sealed record CompareSide(string Name, TimeRange Range, ComparedSummary Summary, string Color);

/// <summary>What lies behind the figures.</summary>
/// <param name="Times">How times per frame spread.</param>
/// <param name="Parameters">What parameters the sides ran with.</param>
public sealed record CompareDetail(TimeDistributions Times, IReadOnlyList<ComparedParameter> Parameters);

/// <summary>What the compare page says first.</summary>
public sealed record CompareData
{
    /// <summary>True for before and after.</summary>
    public required bool IsHistory { get; init; }

    /// <summary>The sides, the baseline first.</summary>
    public required IReadOnlyList<CompareSide> Sides { get; init; }

    /// <summary>Each later side against the first.</summary>
    public required IReadOnlyList<WorkflowDifference> Differences { get; init; }

    /// <summary>Where speed, quality, VRAM and cost pull apart.</summary>
    public required IReadOnlyList<string> TradeOffs { get; init; }

    /// <summary>Name of the surely fastest; null where the data is inconclusive.</summary>
    public string? Fastest { get; init; }

    /// <summary>Name of the surely best; null where the data is inconclusive.</summary>
    public string? BestQuality { get; init; }

    /// <summary>Names of sides without any job.</summary>
    public IReadOnlyList<string> Empty => [.. Sides.Where(s => s.Summary.JobCount == 0).Select(s => s.Name)];
}
