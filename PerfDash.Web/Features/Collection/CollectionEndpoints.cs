using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PerfDash.Core.Collection;
using PerfDash.Core.Scheduling;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Collection;

/// <summary>State of capture, and retries.</summary>
internal static class CollectionEndpoints
{
    public static void MapCollection(this IEndpointRouteBuilder api)
    {
        api.MapGet("/collection", GetStatusAsync).WithName("GetCollection").WithSummary("Get the collection status")
            .WithDescription("Returns the pending and failed completions, the number of recorded jobs, and the collection lag.");
        api.MapGet("/collection/failures", GetFailuresAsync).WithName("ListFailedCollections").WithSummary("List failed collections, newest first")
            .WithDescription("Returns the completed jobs that could not be recorded, with the error and the number of attempts. A job leaves the list when it is recorded, cancelled or started again. Use next_cursor, also given in the Link header, to get the next page.")
            .WithCsv("items", (CursorPage<FailureItem> a) => a.Items).WithNextPage((CursorPage<FailureItem> a) => a.NextCursor);
        api.MapPost("/collection/failed/{job_id}/retry", RetryAsync).WithName("RetryCollection").WithSummary("Retry a failed completion")
            .WithDescription("Puts a failed completion back into the queue. The failure stays listed until the job is recorded.");
        api.MapGet("/collection/jobs", GetJobsAsync).WithName("GetScheduledJobs").WithSummary("List scheduled jobs with their latest run")
            .WithDescription("Returns the background jobs of PerfDash: last run, duration, last error and next run.")
            .WithCsv("items", (ItemsResponse<ScheduledJobItem> a) => a.Items);
    }

    private static async Task<Ok<CollectionStatus>> GetStatusAsync(CollectionQueries collection, CancellationToken cancellationToken) =>
        TypedResults.Ok(await collection.GetStatusAsync(cancellationToken));

    private static async Task<Results<Ok<CursorPage<FailureItem>>, ValidationProblem>> GetFailuresAsync(
        string? limit, string? cursor, CollectionQueries collection, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var count = Paging.Limit(limit, errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        return await collection.GetFailuresAsync(count, string.IsNullOrEmpty(cursor) ? null : cursor, cancellationToken) is { } page
            ? TypedResults.Ok(page)
            : Paging.InvalidCursor();
    }

    private static async Task<Ok<ItemsResponse<ScheduledJobItem>>> GetJobsAsync(ScheduledJobQueries jobs, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ItemsResponse<ScheduledJobItem>(await jobs.GetAsync(cancellationToken)));

    private static async Task<Results<Accepted, ProblemHttpResult>> RetryAsync(
        [FromRoute(Name = "job_id")] string jobId, HttpContext context, CollectionQueries collection, CancellationToken cancellationToken) =>
        long.TryParse(jobId, out var id) && await collection.RetryAsync(id, context.Actor(), cancellationToken)
            ? TypedResults.Accepted($"{PerfDashUrls.Api}/job/{id}")
            : ApiResponses.Unknown($"failed collection of job {jobId}");
}
