using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PerfDash.Core.Jobs;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Jobs;

internal static class JobEndpoints
{
    private const int DefaultLimit = 50;

    public static void MapJobs(this IEndpointRouteBuilder api)
    {
        api.MapGet("/job/{job_id}", GetAsync).WithName("GetJob").WithSummary("Get a job's metric with stages, scores, parameters and warnings")
            .WithDescription("Returns everything recorded for a completed job, including warnings about values that could not be used.");
        api.MapGet("/jobs", ListAsync).WithName("ListJobs").WithSummary("List jobs")
            .WithDescription("Returns the jobs in the range in the requested order. Use next_cursor, also given in the Link header, to get the next page with the same sort and range.")
            .WithCsv("items", (CursorPage<JobItem> a) => a.Items)
            .WithNextPage((CursorPage<JobItem> a) => a.NextCursor);
    }

    private static async Task<Results<Ok<JobDetail>, ProblemHttpResult>> GetAsync(
        [FromRoute(Name = "job_id")] string jobId, JobQueries jobs, CancellationToken cancellationToken) =>
        long.TryParse(jobId, out var id) && await jobs.GetAsync(id, cancellationToken) is { } job
            ? TypedResults.Ok(job)
            : ApiResponses.Unknown($"recorded job {jobId}");

    private static async Task<Results<Ok<CursorPage<JobItem>>, ValidationProblem>> ListAsync(
        [AsParameters] ApiQuery query,
        string? sort,
        string? limit,
        string? cursor,
        JobListQueries jobs,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        var order = string.IsNullOrEmpty(sort) ? null : JobSort.Read(sort);
        if (order is null && !string.IsNullOrEmpty(sort))
            errors["sort"] = [$"sort must be one of {string.Join(", ", JobSort.Fields)}. Prefix with - for descending order."];
        var count = DefaultLimit;
        if (!string.IsNullOrEmpty(limit)
            && !(int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= JobListQueries.MaxLimit))
        {
            errors["limit"] = [$"limit must be a whole number from 1 to {JobListQueries.MaxLimit}."];
        }

        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        var page = await jobs.GetAsync(range, filter, order, count, string.IsNullOrEmpty(cursor) ? null : cursor, cancellationToken);
        return page is null
            ? ApiResponses.Invalid(new() { ["cursor"] = ["cursor must be the next_cursor of an earlier page of the same list, or absent."] })
            : TypedResults.Ok(page);
    }
}
