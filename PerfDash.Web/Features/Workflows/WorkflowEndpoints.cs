using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using PerfDash.Core.Workflows;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Workflows;

/// <summary><c>/performance/workflow/{id}</c> and its trend.</summary>
internal static class WorkflowEndpoints
{
    private const int DefaultWindow = 7;

    public static void MapWorkflows(this IEndpointRouteBuilder api)
    {
        api.MapGet("/workflow/{id}", GetAsync).WithName("GetWorkflow").WithSummary("Get a workflow's speed, GPU time, quality and stages")
            .WithDescription("Returns a summary of the workflow's jobs in the range, the distribution of their values, and GPU time by worker, resolution tier and stage.")
            .WithCsv("pipeline_stages", (WorkflowDetail a) => a.PipelineStages)
            .WithCsv("time_per_frame_histogram", (WorkflowDetail a) => a.TimePerFrame.Histogram)
            .WithCsv("gpu_time_by_worker", (WorkflowDetail a) => a.GpuTimeByWorker)
            .WithCsv("gpu_time_by_resolution_tier", (WorkflowDetail a) => a.GpuTimeByResolutionTier)
            .WithCsv("quality_scores", (WorkflowDetail a) => a.QualityScores);
        api.MapGet("/workflow/{id}/trend", GetTrendAsync).WithName("GetWorkflowTrend").WithSummary("Get a workflow's trend with moving averages")
            .WithDescription("Returns the means of each bucket that has jobs, oldest first, with a moving average over the buckets of the window.")
            .WithCsv("points", (WorkflowTrend a) => a.Points);
    }

    private static async Task<Results<Ok<WorkflowDetail>, ValidationProblem, ProblemHttpResult>> GetAsync(
        string id, [AsParameters] ApiQuery query, WorkflowQueries workflows, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        return long.TryParse(id, CultureInfo.InvariantCulture, out var workflowId)
            && await workflows.GetAsync(workflowId, range, filter, cancellationToken) is { } detail
                ? TypedResults.Ok(detail)
                : ApiResponses.Unknown($"workflow {id}");
    }

    private static async Task<Results<Ok<WorkflowTrend>, ValidationProblem, ProblemHttpResult>> GetTrendAsync(
        string id,
        [AsParameters] ApiQuery query,
        [AsParameters] BucketQuery buckets,
        string? window,
        WorkflowTrendQueries trends,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        var (bucket, zone) = buckets.Read(errors);
        var points = DefaultWindow;
        if (!string.IsNullOrEmpty(window) && !(int.TryParse(window, NumberStyles.None, CultureInfo.InvariantCulture, out points) && points >= 1))
            errors["window"] = ["window must be a whole number, at least 1."];
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);

        try
        {
            return long.TryParse(id, CultureInfo.InvariantCulture, out var workflowId)
                && await trends.GetAsync(workflowId, range, filter, bucket, zone, points, cancellationToken) is { } trend
                    ? TypedResults.Ok(trend)
                    : ApiResponses.Unknown($"workflow {id}");
        }
        catch (PostgresException e) when (BucketQuery.IsUnknownZone(e))
        {
            errors["time_zone"] = [$"The database does not know the time zone {zone}."];
            return ApiResponses.Invalid(errors);
        }
    }
}
