using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using PerfDash.Core.Sources;
using PerfDash.Web.Api;

namespace PerfDash.Web.Features.Jobs;

/// <summary>Files of jobs, passed on from the servers that made them.</summary>
internal static class JobOutputEndpoints
{
    /// <summary>Maps them outside of the group of the API, which keeps whole answers for their ETags.</summary>
    public static void MapJobOutputs(this IEndpointRouteBuilder routes) =>
        routes.MapGet(PerfDashUrls.Api + "/job/{job_id}/outputs/{index}", GetAsync).RequireAuthorization(Policies.Viewer).ExcludeFromDescription();

    private static async Task<IResult> GetAsync(
        [FromRoute(Name = "job_id")] string jobId, string index, HttpContext context, JobOutputs outputs, CancellationToken cancellationToken)
    {
        if (!long.TryParse(jobId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var place)
            || await outputs.OpenAsync(id, place, cancellationToken) is not { } file)
            return ApiResponses.Unknown($"output {index} of job {jobId} that can be shown");
        using (file)
        {
            if (file.IsTooLarge)
                return ApiResponses.Unknown($"output {index} of job {jobId} that is small enough to be shown");
            context.Response.ContentType = file.ContentType;
            context.Response.ContentLength = file.Length;
            // A file never changes under its name as long as a job is looked at.
            context.Response.Headers.CacheControl = "private, max-age=3600";
            await file.CopyToAsync(context.Response.Body, cancellationToken);
            return Results.Empty;
        }
    }
}
