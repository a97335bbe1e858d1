using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using PerfDash.Core.Workers;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Workers;

/// <summary>What shows how far a comparison of workers can be trusted: drift, coverage and failures.</summary>
internal static class WorkerBenchmarkEndpoints
{
    public static void MapWorkerBenchmarks(this IEndpointRouteBuilder api)
    {
        api.MapGet("/worker/{id}/drift", GetDriftAsync).WithName("GetWorkerDrift").WithSummary("Get a worker's speed over time, adjusted for its mix of jobs, with change points")
            .WithDescription("Returns the worker's speed per bucket, like for like, compared with the rest of the fleet and with its own past, and the times of lasting changes.")
            .WithCsv("points", (WorkerDrift a) => a.Points)
            .WithCsv("changes", (WorkerDrift a) => a.Changes);
        api.MapGet("/workers/coverage", GetCoverageAsync).WithName("GetWorkerCoverage").WithSummary("Get job counts by worker and job type")
            .WithDescription("Returns jobs in the range by worker, workflow and resolution tier. Workers can be compared only on job types that both ran.")
            .WithCsv("items", (WorkerCoverage a) => a.Items)
            .WithCsv("workers", (WorkerCoverage a) => a.Workers);
        api.MapGet("/workers/failures", GetFailuresAsync).WithName("GetWorkerFailures").WithSummary("Get failed and cancelled jobs by worker, with the most frequent errors")
            .WithDescription("Returns the failed, cancelled and completed jobs in the range by worker.")
            .WithCsv("items", (WorkerFailuresResponse a) => a.Items);
    }

    private static async Task<Results<Ok<WorkerDrift>, ValidationProblem, ProblemHttpResult>> GetDriftAsync(
        string id,
        [AsParameters] ApiQuery query,
        [AsParameters] BucketQuery buckets,
        WorkerDriftQueries drift,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        var (bucket, zone) = buckets.Read(errors);
        if (range.Length / bucket.ShortestLength() > WorkerDriftQueries.MaxPoints)
            errors.TryAdd("bucket", [$"The range has more than {WorkerDriftQueries.MaxPoints} buckets. Choose a larger bucket."]);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);

        try
        {
            return long.TryParse(id, CultureInfo.InvariantCulture, out var workerId)
                && await drift.GetAsync(workerId, range, filter, bucket, zone, cancellationToken) is { } found
                    ? TypedResults.Ok(found)
                    : ApiResponses.Unknown($"worker {id}");
        }
        catch (PostgresException e) when (BucketQuery.IsUnknownZone(e))
        {
            errors["time_zone"] = [$"The database does not know the time zone {zone}."];
            return ApiResponses.Invalid(errors);
        }
    }

    private static async Task<Results<Ok<WorkerCoverage>, ValidationProblem, ProblemHttpResult>> GetCoverageAsync(
        [AsParameters] ApiQuery query, CoverageQueries coverage, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        return await coverage.GetAsync(range, filter, cancellationToken) is { } found
            ? TypedResults.Ok(found)
            : ApiResponses.Unknown($"worker {filter.WorkerId}");
    }

    private static async Task<Results<Ok<WorkerFailuresResponse>, ValidationProblem, ProblemHttpResult>> GetFailuresAsync(
        [AsParameters] ApiQuery query, FailureQueries failures, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        return await failures.GetAsync(range, filter, cancellationToken) is { } found
            ? TypedResults.Ok(new WorkerFailuresResponse(found))
            : ApiResponses.Unknown($"worker {filter.WorkerId}");
    }
}

/// <summary>Answer of <c>/performance/workers/failures</c>.</summary>
/// <param name="Items">One entry for each worker with jobs in the range, most failures first.</param>
internal sealed record WorkerFailuresResponse(IReadOnlyList<WorkerFailures> Items);
