using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PerfDash.Core.Comparison;
using PerfDash.Core.Comparison.Changes;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Comparison;

/// <summary><c>/performance/comparison</c>: workflows against each other, and one against itself at another time.</summary>
internal static class ComparisonEndpoints
{
    public static void MapComparison(this IEndpointRouteBuilder api)
    {
        api.MapGet("/comparison", CompareAsync).WithName("CompareWorkflows").WithSummary("Compare workflows like for like")
            .WithDescription("Returns summaries of 2 to 10 workflows and compares each with the first: differences of the means, and verdicts based on jobs with the same resolution tier and worker.")
            .WithCsv("workflows", (ComparisonResponse a) => a.Workflows)
            .WithCsv("differences", (ComparisonResponse a) => a.Differences)
            .WithCsv("stages", (ComparisonResponse a) => a.Differences.SelectMany(Stages));
        api.MapGet("/comparison/history", CompareHistoryAsync).WithName("CompareHistory").WithSummary("Compare a workflow before and after")
            .WithDescription("Compares the same workflow in two ranges. The earlier range is the baseline.")
            .WithCsv("ranges", (HistoryResponse a) => new[] { MergedRow.Create(new RangeName("before"), a.Before), MergedRow.Create(new RangeName("after"), a.After) })
            .WithCsv("difference", (HistoryResponse a) => new[] { a.Difference })
            .WithCsv("stages", (HistoryResponse a) => Stages(a.Difference));
        api.MapGet("/comparison/history/proposals", ProposeAsync).WithName("ProposeSplits").WithSummary("Suggest split times for a before-and-after comparison")
            .WithDescription("Returns the times at which a parameter changed, or at which time per frame, VRAM or a score had a lasting change.")
            .WithCsv("items", (ProposalsResponse a) => a.Items);
    }

    private static IEnumerable<MergedRow<ComparedPair, StageChange>> Stages(WorkflowDifference difference) =>
        (difference.StageAttribution?.Stages ?? []).Select(stage => MergedRow.Create(new ComparedPair(difference.BaselineWorkflowId, difference.WorkflowId), stage));

    private static async Task<Results<Ok<ComparisonResponse>, ValidationProblem, ProblemHttpResult>> CompareAsync(
        [AsParameters] ApiQuery query,
        string? workflows,
        ComparisonQueries comparisons,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        var ids = ReadIds(workflows, errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);

        var names = await comparisons.GetNamesAsync(ids, cancellationToken);
        if (ids.FirstOrDefault(id => !names.ContainsKey(id)) is var unknown && names.Count < ids.Length)
            return ApiResponses.Unknown($"workflow {unknown}");
        var comparison = await comparisons.CompareAsync(names, ids, range, filter, cancellationToken);
        return TypedResults.Ok(new ComparisonResponse(
            range.From.UtcDateTime, range.To.UtcDateTime, comparison.Workflows, comparison.Differences,
            comparison.FastestWorkflowId, comparison.BestQualityWorkflowId, comparison.TradeOffs));
    }

    private static async Task<Results<Ok<HistoryResponse>, ValidationProblem, ProblemHttpResult>> CompareHistoryAsync(
        [AsParameters] HistoryQuery query,
        ComparisonQueries comparisons,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (filter, before, after) = query.Read(time, out var errors);
        var id = ReadId(query.Workflow, errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);

        if (!(await comparisons.GetNamesAsync([id], cancellationToken)).TryGetValue(id, out var name))
            return ApiResponses.Unknown($"workflow {id}");
        var comparison = await comparisons.CompareHistoryAsync(id, name, before, after, filter, cancellationToken);
        return TypedResults.Ok(new HistoryResponse(
            id, name,
            before.From.UtcDateTime, before.To.UtcDateTime, after.From.UtcDateTime, after.To.UtcDateTime,
            comparison.Before, comparison.After, comparison.Difference, comparison.TradeOffs));
    }

    private static async Task<Results<Ok<ProposalsResponse>, ValidationProblem, ProblemHttpResult>> ProposeAsync(
        [AsParameters] ApiQuery query,
        string? workflow,
        ComparisonQueries comparisons,
        SplitQueries splits,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        var id = ReadId(workflow, errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);

        if (!(await comparisons.GetNamesAsync([id], cancellationToken)).ContainsKey(id))
            return ApiResponses.Unknown($"workflow {id}");
        return TypedResults.Ok(new ProposalsResponse(await splits.ProposeAsync(id, range, filter, cancellationToken)));
    }

    private static long ReadId(string? text, Dictionary<string, string[]> errors)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id))
            errors["workflow"] = ["workflow must be the id of a workflow, a whole number."];
        return id;
    }

    /// <summary>Distinct ids in the order given.</summary>
    private static long[] ReadIds(string? text, Dictionary<string, string[]> errors)
    {
        List<long> ids = [];
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!long.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id))
            {
                errors["workflows"] = ["workflows must be ids, whole numbers separated by commas."];
                return [];
            }

            if (!ids.Contains(id))
                ids.Add(id);
        }

        if (ids.Count is < 2 or > ComparisonQueries.MostWorkflows)
            errors["workflows"] = [$"workflows must name 2 to {ComparisonQueries.MostWorkflows} different workflows; it names {ids.Count}."];
        return [.. ids];
    }
}

/// <summary>
/// The query of a comparison in time. What is absent: after is the last 30 days, before the 30 days that end where after
/// begins.
/// </summary>
public sealed class HistoryQuery
{
    [FromQuery(Name = "workflow")]
    public string? Workflow { get; init; }

    /// <summary>Start of the range before, inclusive.</summary>
    [FromQuery(Name = "before_from")]
    public string? BeforeFrom { get; init; }

    /// <summary>Its end, exclusive.</summary>
    [FromQuery(Name = "before_to")]
    public string? BeforeTo { get; init; }

    /// <summary>Start of the range after, inclusive.</summary>
    [FromQuery(Name = "after_from")]
    public string? AfterFrom { get; init; }

    /// <summary>Its end, exclusive.</summary>
    [FromQuery(Name = "after_to")]
    public string? AfterTo { get; init; }

    /// <summary>Only this project.</summary>
    [FromQuery(Name = "project_id")]
    public string? ProjectId { get; init; }

    /// <summary>Only this worker.</summary>
    [FromQuery(Name = "worker_id")]
    public string? WorkerId { get; init; }

    /// <summary>Only this resolution tier.</summary>
    [FromQuery(Name = "resolution_tier")]
    public string? ResolutionTier { get; init; }

    /// <summary>Only runs of this class.</summary>
    [FromQuery(Name = "run_class")]
    public string? RunClass { get; init; }

    /// <summary>Reads both ranges and the filter; adds what is wrong to <paramref name="errors"/>.</summary>
    public (MetricFilter Filter, TimeRange Before, TimeRange After) Read(TimeProvider time, out Dictionary<string, string[]> errors)
    {
        var now = time.GetUtcNow();
        var (after, afterErrors) = TimeRange.Parse(AfterFrom, AfterTo, now);
        // Where the end of before is not given, before ends where after begins.
        var (before, beforeErrors) = TimeRange.Parse(
            BeforeFrom,
            string.IsNullOrWhiteSpace(BeforeTo) && afterErrors.Count == 0 ? after.From.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture) : BeforeTo,
            now);
        var (_, filter) = new ApiQuery { ProjectId = ProjectId, WorkerId = WorkerId, ResolutionTier = ResolutionTier, RunClass = RunClass }.Read(time, out errors);
        foreach (var (field, messages) in afterErrors)
            errors["after_" + field] = [.. messages.Select(m => Named(m, "after_"))];
        foreach (var (field, messages) in beforeErrors)
            errors["before_" + field] = [.. messages.Select(m => Named(m, "before_"))];
        return (filter, before, after);

        // "from must be before to." → "after_from must be before after_to."
        static string Named(string message, string prefix) =>
            message.StartsWith("from must be", StringComparison.Ordinal) ? $"{prefix}from must be before {prefix}to." : prefix + message;
    }
}

/// <summary>Which of the two ranges a row is about.</summary>
internal sealed record RangeName(string Range);

/// <summary>Which two workflows a row is about.</summary>
internal sealed record ComparedPair(long BaselineWorkflowId, long WorkflowId);

/// <summary>Answer of <c>/performance/comparison</c>.</summary>
/// <param name="From">Start of the range, inclusive, UTC.</param>
/// <param name="To">Its end, exclusive, UTC.</param>
/// <param name="Workflows">The figures of each workflow, in the order asked for.</param>
/// <param name="Differences">Each later workflow against the first.</param>
/// <param name="FastestWorkflowId">The workflow that is faster than every other that has times; null where the data is inconclusive.</param>
/// <param name="BestQualityWorkflowId">The workflow that is better than every other that has scores; null where the data is inconclusive.</param>
/// <param name="TradeOffs">Sentences that say where speed, quality, VRAM and cost pull apart.</param>
internal sealed record ComparisonResponse(
    DateTime From,
    DateTime To,
    IReadOnlyList<ComparedSummary> Workflows,
    IReadOnlyList<WorkflowDifference> Differences,
    long? FastestWorkflowId,
    long? BestQualityWorkflowId,
    IReadOnlyList<string> TradeOffs);

/// <summary>Answer of <c>/performance/comparison/history</c>.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="WorkflowName">Its name.</param>
/// <param name="BeforeFrom">Start of the range before, inclusive, UTC.</param>
/// <param name="BeforeTo">Its end, exclusive, UTC.</param>
/// <param name="AfterFrom">Start of the range after, inclusive, UTC.</param>
/// <param name="AfterTo">Its end, exclusive, UTC.</param>
/// <param name="Before">The figures before.</param>
/// <param name="After">The figures after.</param>
/// <param name="Difference">After against before.</param>
/// <param name="TradeOffs">Sentences that say where speed, quality, VRAM and cost pull apart.</param>
internal sealed record HistoryResponse(
    long WorkflowId,
    string WorkflowName,
    DateTime BeforeFrom,
    DateTime BeforeTo,
    DateTime AfterFrom,
    DateTime AfterTo,
    ComparedSummary Before,
    ComparedSummary After,
    WorkflowDifference Difference,
    IReadOnlyList<string> TradeOffs);

/// <summary>Answer of <c>/performance/comparison/history/proposals</c>.</summary>
/// <param name="Items">The moments: changed parameters first, each kind in order of time.</param>
internal sealed record ProposalsResponse(IReadOnlyList<SplitProposal> Items);
