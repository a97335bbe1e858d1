using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using PerfDash.Core;
using PerfDash.Core.Workers;
using PerfDash.Web.Features.Answers;

namespace PerfDash.Web.Features.Workers;

/// <summary>What tells how far a comparison of workers can be trusted: drift, coverage and failures.</summary>
internal static class WorkerBenchmarkEndpoints
{
    public static void MapWorkerBenchmarks(this IEndpointRouteBuilder api)
    {
        api.MapGet("/worker/{id}/drift", GetDriftAsync).WithName("GetWorkerDrift").WithSummary("One worker's speed step by step, its mix of jobs taken out, with its changes")
            .WithDescription("The worker's speed per step against the rest of the fleet and against its own past, like for like, and the moments at which it changed for good.")
            .WithCsv("points", (WorkerDrift a) => a.Points)
            .WithCsv("changes", (WorkerDrift a) => a.Changes);
        api.MapGet("/workers/coverage", GetCoverageAsync).WithName("GetWorkerCoverage").WithSummary("Which worker ran which kind of job, how often and how long ago")
            .WithDescription("Jobs of the range by worker, workflow and resolution tier: where there are none, a comparison of workers rests on nothing.")
            .WithCsv("items", (WorkerCoverage a) => a.Items)
            .WithCsv("workers", (WorkerCoverage a) => a.Workers);
        api.MapGet("/workers/failures", GetFailuresAsync).WithName("GetWorkerFailures").WithSummary("Failed and cancelled jobs by worker, with the most frequent errors")
            .WithDescription("Jobs of the range that failed or were cancelled, beside those that completed, by the worker that ran them.")
            .WithCsv("items", (WorkerFailuresAnswer a) => a.Items);
    }

    private static async Task<Results<Ok<WorkerDrift>, ValidationProblem, ProblemHttpResult>> GetDriftAsync(
        string id,
        [AsParameters] ApiQuery query,
        [AsParameters] StepQuery steps,
        WorkerDriftQueries drift,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        var (bucket, zone) = steps.Read(errors);
        if (range.Length / bucket.ShortestLength() > WorkerDriftQueries.MaxPoints)
            errors.TryAdd("bucket", [$"The range has more than {WorkerDriftQueries.MaxPoints} steps of that width; choose a wider bucket."]);
        if (errors.Count > 0)
            return ApiAnswers.Invalid(errors);

        try
        {
            return long.TryParse(id, CultureInfo.InvariantCulture, out var workerId)
                && await drift.GetAsync(workerId, range, filter, bucket, zone, cancellationToken) is { } found
                    ? TypedResults.Ok(found)
                    : ApiAnswers.Unknown($"worker {id}");
        }
        catch (PostgresException e) when (StepQuery.IsUnknownZone(e))
        {
            errors["time_zone"] = [$"The database does not know the time zone {zone}."];
            return ApiAnswers.Invalid(errors);
        }
    }

    private static async Task<Results<Ok<WorkerCoverage>, ValidationProblem, ProblemHttpResult>> GetCoverageAsync(
        [AsParameters] ApiQuery query, CoverageQueries coverage, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        if (errors.Count > 0)
            return ApiAnswers.Invalid(errors);
        return await coverage.GetAsync(range, filter, cancellationToken) is { } found
            ? TypedResults.Ok(found)
            : ApiAnswers.Unknown($"worker {filter.WorkerId}");
    }

    private static async Task<Results<Ok<WorkerFailuresAnswer>, ValidationProblem, ProblemHttpResult>> GetFailuresAsync(
        [AsParameters] ApiQuery query, FailureQueries failures, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        if (errors.Count > 0)
            return ApiAnswers.Invalid(errors);
        return await failures.GetAsync(range, filter, cancellationToken) is { } found
            ? TypedResults.Ok(new WorkerFailuresAnswer(found))
            : ApiAnswers.Unknown($"worker {filter.WorkerId}");
    }
}

/// <summary>Answer of <c>/performance/workers/failures</c>.</summary>
/// <param name="Items">One entry for each worker with jobs in the range, most failures first.</param>
internal sealed record WorkerFailuresAnswer(IReadOnlyList<WorkerFailures> Items);
