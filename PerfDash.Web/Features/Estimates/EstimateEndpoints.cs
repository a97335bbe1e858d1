using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PerfDash.Core.Estimates;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Estimates;

/// <summary><c>/performance/estimate</c>, its back-test and <c>/performance/cost</c>.</summary>
internal static class EstimateEndpoints
{
    public static void MapEstimates(this IEndpointRouteBuilder api)
    {
        api.MapGet("/estimate", GetEstimateAsync).WithName("GetEstimate").WithSummary("Estimate a job")
            .WithDescription("Returns the expected time with P10 and P90, VRAM and cost of a job, based on the most specific history with enough jobs. Recent jobs have more weight. No time range applies.");
        api.MapGet("/estimate/backtest", GetBackTestAsync).WithName("GetEstimateBackTest").WithSummary("Measure the accuracy of past estimates")
            .WithDescription("Compares estimates of the newest fifth of the jobs of the last 30 days, each made from the jobs recorded before it started, with the actual values. Computed once a day in the background; computed_at is null before the first run.")
            .WithCsv("levels", (BackTestResponse a) => a.Levels)
            .WithCsv("questions", (BackTestResponse a) => a.Questions);
        api.MapGet("/cost", GetCostAsync).WithName("GetCost").WithSummary("Get cost per workflow, job, frame and accepted frame")
            .WithDescription("Returns the cost of each workflow in the range, in the currency of the worker prices. With score and min, also returns the cost per frame of jobs with at least that score.")
            .WithCsv("items", (CostResponse a) => a.Items);
    }

    private static async Task<Results<Ok<Estimate>, ValidationProblem, ProblemHttpResult>> GetEstimateAsync(
        string? workflow,
        string? frames,
        string? worker,
        [FromQuery(Name = "resolution_tier")] string? resolutionTier,
        [FromQuery(Name = "run_class")] string? runClass,
        EstimateQueries estimates,
        CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        if (!long.TryParse(workflow, CultureInfo.InvariantCulture, out var workflowId))
            errors["workflow"] = ["workflow is required: the id of a workflow, a whole number."];
        if (!int.TryParse(frames, CultureInfo.InvariantCulture, out var frameCount) || frameCount < 1)
            errors["frames"] = ["frames is required: a whole number from 1 to 2147483647."];
        long? workerId = null;
        if (long.TryParse(worker, CultureInfo.InvariantCulture, out var id))
            workerId = id;
        else if (!string.IsNullOrEmpty(worker))
            errors["worker"] = ["worker must be the id of a worker, a whole number."];
        var wantedClass = ApiQuery.ReadRunClass(runClass, errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);

        var question = new EstimateQuestion(workflowId, frameCount, workerId, string.IsNullOrEmpty(resolutionTier) ? null : resolutionTier, wantedClass);
        var (estimate, unknown) = await estimates.EstimateAsync(question, cancellationToken);
        return estimate is not null
            ? TypedResults.Ok(estimate)
            : ApiResponses.Unknown(unknown == "worker" ? $"worker {workerId}" : $"workflow {workflowId}");
    }

    private static async Task<Results<Ok<BackTestResponse>, ValidationProblem, ProblemHttpResult>> GetBackTestAsync(
        [FromQuery(Name = "workflow_id")] string? workflow, BackTestQueries backTests, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(workflow))
            return TypedResults.Ok(new BackTestResponse(await backTests.GetAsync(null, cancellationToken)));
        return long.TryParse(workflow, CultureInfo.InvariantCulture, out var id)
            ? TypedResults.Ok(new BackTestResponse(await backTests.GetAsync(id, cancellationToken)))
            : ApiResponses.Invalid(new() { ["workflow_id"] = ["workflow_id must be the id of a workflow, a whole number."] });
    }

    private static async Task<Results<Ok<CostResponse>, ValidationProblem>> GetCostAsync(
        [AsParameters] ApiQuery query, string? score, string? min, CostQueries costs, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        var isNumber = double.TryParse(min, NumberStyles.Float, CultureInfo.InvariantCulture, out var limit) && double.IsFinite(limit);
        if (!string.IsNullOrEmpty(score) && !isNumber)
            errors["min"] = ["min is required with score. It is the lowest accepted score, for example 0.8."];
        else if (string.IsNullOrEmpty(score) && !string.IsNullOrEmpty(min))
            errors["score"] = ["score is required with min. It is the name of a score, for example likeness."];
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);

        var accepted = string.IsNullOrEmpty(score) ? null : new Acceptance(score, limit);
        return TypedResults.Ok(new CostResponse(
            range.From.UtcDateTime, range.To.UtcDateTime, UnitFormat.Currency, await costs.GetAsync(range, filter, accepted, cancellationToken)));
    }
}

/// <summary>Answer of <c>/performance/estimate/backtest</c>: the score of the whole beside its parts. Null and empty before the first was computed.</summary>
internal sealed record BackTestResponse : BackTestScore
{
    public BackTestResponse(StoredBackTest? stored)
        : base(stored?.Test.Overall ?? new BackTestScore())
    {
        (ComputedAt, From, To) = (stored?.ComputedAt, stored?.From, stored?.To);
        (JobCount, HeldOutCount) = (stored?.Test.JobCount ?? 0, stored?.Test.HeldOutCount ?? 0);
        (Levels, Questions) = (stored?.Test.Levels ?? [], stored?.Test.Questions ?? []);
    }

    /// <summary>When it was computed, UTC; null before the first.</summary>
    public DateTime? ComputedAt { get; }

    /// <summary>Start of the range of its jobs, inclusive, UTC; null before the first.</summary>
    public DateTime? From { get; }

    /// <summary>Its end, exclusive, UTC; null before the first.</summary>
    public DateTime? To { get; }

    /// <summary>Jobs looked at.</summary>
    public int JobCount { get; }

    /// <summary>Jobs that were estimated: an even sample of the newest fifth, of those that have a GPU time and frames.</summary>
    public int HeldOutCount { get; }

    /// <summary>The score by the history the estimate rested on, the most exact first; only those that occurred.</summary>
    public IReadOnlyList<BackTestLevel> Levels { get; }

    /// <summary>The score had the question said less.</summary>
    public IReadOnlyList<BackTestQuestion> Questions { get; }
}

/// <summary>Answer of <c>/performance/cost</c>.</summary>
/// <param name="From">Start of the range, inclusive, UTC.</param>
/// <param name="To">Its end, exclusive, UTC.</param>
/// <param name="Currency">What the workers' prices and so all costs are in, as configured.</param>
/// <param name="Items">The workflows with jobs in the range.</param>
internal sealed record CostResponse(DateTime From, DateTime To, string Currency, IReadOnlyList<WorkflowCost> Items);
