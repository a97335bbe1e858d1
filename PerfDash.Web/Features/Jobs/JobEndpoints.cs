using Microsoft.AspNetCore.Http.HttpResults;
using PerfDash.Core.Jobs;

namespace PerfDash.Web.Features.Jobs;

/// <summary>Single jobs.</summary>
internal static class JobEndpoints
{
    public static void MapJobs(this IEndpointRouteBuilder api) =>
        api.MapGet("/job/{jobId}", GetAsync).WithName("GetJob").WithSummary("One metric with its stages, scores, parameters and warnings");

    private static async Task<Results<Ok<JobDetail>, ProblemHttpResult>> GetAsync(string jobId, JobQueries jobs, CancellationToken cancellationToken) =>
        long.TryParse(jobId, out var id) && await jobs.GetAsync(id, cancellationToken) is { } job
            ? TypedResults.Ok(job)
            : ApiAnswers.Unknown($"recorded job {jobId}");
}
