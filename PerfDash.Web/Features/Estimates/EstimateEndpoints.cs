using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PerfDash.Core.Estimates;

namespace PerfDash.Web.Features.Estimates;

/// <summary><c>/performance/estimate</c>, its back-test and <c>/performance/cost</c>.</summary>
internal static class EstimateEndpoints
{
    public static void MapEstimates(this IEndpointRouteBuilder api)
    {
        api.MapGet("/estimate", GetEstimateAsync).WithName("GetEstimate").WithSummary("What a job will take, from jobs like it");
        api.MapGet("/estimate/backtest", GetBackTestAsync).WithName("GetEstimateBackTest").WithSummary("How often estimates held and how far they were off");
        api.MapGet("/cost", GetCostAsync).WithName("GetCost").WithSummary("Cost per workflow, job, frame and accepted frame");
    }

    private static async Task<Results<Ok<Estimate>, ValidationProblem, ProblemHttpResult>> GetEstimateAsync(
        string? workflow,
        string? frames,
        string? worker,
        [FromQuery(Name = "resolution_tier")] string? resolutionTier,
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
        if (errors.Count > 0)
            return ApiAnswers.Invalid(errors);

        var question = new EstimateQuestion(workflowId, frameCount, workerId, string.IsNullOrEmpty(resolutionTier) ? null : resolutionTier);
        var (estimate, unknown) = await estimates.EstimateAsync(question, cancellationToken);
        return estimate is not null
            ? TypedResults.Ok(estimate)
            : ApiAnswers.Unknown(unknown == "worker" ? $"worker {workerId}" : $"workflow {workflowId}");
    }

    private static async Task<Results<Ok<BackTestAnswer>, ValidationProblem>> GetBackTestAsync(
        [AsParameters] ApiQuery query, EstimateQueries estimates, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        return errors.Count > 0
            ? ApiAnswers.Invalid(errors)
            : TypedResults.Ok(new BackTestAnswer(await estimates.BackTestAsync(range, filter, cancellationToken))
            {
                From = range.From.UtcDateTime,
                To = range.To.UtcDateTime,
            });
    }

    private static async Task<Results<Ok<CostAnswer>, ValidationProblem>> GetCostAsync(
        [AsParameters] ApiQuery query, string? score, string? min, CostQueries costs, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        var isNumber = double.TryParse(min, NumberStyles.Float, CultureInfo.InvariantCulture, out var limit) && double.IsFinite(limit);
        if (!string.IsNullOrEmpty(score) && !isNumber)
            errors["min"] = ["min is required with score: the lowest score that is accepted, a number such as 0.8."];
        else if (string.IsNullOrEmpty(score) && !string.IsNullOrEmpty(min))
            errors["score"] = ["score is required with min: the name of a score such as likeness."];
        if (errors.Count > 0)
            return ApiAnswers.Invalid(errors);

        var accepted = string.IsNullOrEmpty(score) ? null : new Acceptance(score, limit);
        return TypedResults.Ok(new CostAnswer(
            range.From.UtcDateTime, range.To.UtcDateTime, await costs.GetAsync(range, filter, accepted, cancellationToken)));
    }
}

/// <summary>Answer of <c>/performance/estimate/backtest</c>: the score of the whole beside its parts.</summary>
internal sealed record BackTestAnswer : BackTestScore
{
    public BackTestAnswer(BackTest test)
        : base(test.Overall) =>
        (JobCount, HeldOutCount, Levels, Questions) = (test.JobCount, test.HeldOutCount, test.Levels, test.Questions);

    public DateTime From { get; init; }

    public DateTime To { get; init; }

    public int JobCount { get; }

    public int HeldOutCount { get; }

    public IReadOnlyList<BackTestLevel> Levels { get; }

    public IReadOnlyList<BackTestQuestion> Questions { get; }
}

/// <summary>Answer of <c>/performance/cost</c>.</summary>
internal sealed record CostAnswer(DateTime From, DateTime To, IReadOnlyList<WorkflowCost> Items);
