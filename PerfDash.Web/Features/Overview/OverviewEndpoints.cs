using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using PerfDash.Core.Overview;
using PerfDash.Core.Workflows;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Overview;

/// <summary><c>/performance/overview</c> and <c>/performance/throughput</c>.</summary>
internal static class OverviewEndpoints
{
    public static void MapOverview(this IEndpointRouteBuilder api)
    {
        api.MapGet("/overview", GetOverviewAsync).WithName("GetOverview").WithSummary("Get a farm summary with the best and worst workflows")
            .WithDescription("Returns a summary of all jobs in the range and ranks workflows, up to five on either side. Workflows without the ranked value are excluded.")
            .WithCsv("rankings", (OverviewResponse a) => Ranked("top", a.TopWorkflows).Concat(Ranked("bottom", a.BottomWorkflows)));
        api.MapGet("/throughput", GetThroughputAsync).WithName("GetThroughput").WithSummary("Get farm throughput over time")
            .WithDescription("Returns a summary for each bucket in the range, oldest first. Buckets without jobs have a job count of 0.")
            .WithCsv("points", (ThroughputResponse a) => a.Points);
    }

    private static IEnumerable<MergedRow<RankingPlace, WorkflowSummary>> Ranked(string ranking, IEnumerable<WorkflowSummary> workflows) =>
        workflows.Select((workflow, i) => MergedRow.Create(new RankingPlace(ranking, i + 1), workflow));

    private static async Task<Results<Ok<OverviewResponse>, ValidationProblem>> GetOverviewAsync(
        [AsParameters] ApiQuery query,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "rank_by")] string? rankBy,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "min_jobs")] string? minJobs,
        OverviewQueries overviews,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        var fewest = RankingQuery.MinJobs(minJobs, errors);
        RankBy? rank = rankBy switch
        {
            null or "" or "time_per_frame" => RankBy.TimePerFrame,
            "gpu_time" => RankBy.GpuTime,
            "vram" => RankBy.Vram,
            "likeness" => RankBy.Likeness,
            _ => null,
        };
        if (rank is null)
            errors["rank_by"] = ["rank_by must be time_per_frame, gpu_time, vram or likeness."];
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);

        var overview = await overviews.GetOverviewAsync(range, filter, rank!.Value, cancellationToken, minJobs: fewest);
        return TypedResults.Ok(new OverviewResponse(overview.Summary)
        {
            From = range.From.UtcDateTime,
            To = range.To.UtcDateTime,
            TotalGpuHours = overview.TotalGpuHours,
            TopWorkflows = overview.TopWorkflows,
            BottomWorkflows = overview.BottomWorkflows,
        });
    }

    private static async Task<Results<Ok<ThroughputResponse>, ValidationProblem>> GetThroughputAsync(
        [AsParameters] ApiQuery query,
        string? bucket,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "time_zone")] string? timeZone,
        ThroughputQueries throughput,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        var width = string.IsNullOrEmpty(bucket) ? Bucket.Day : BucketQuery.ReadBucket(bucket);
        if (width is null)
            errors["bucket"] = ["bucket must be hour, day, week or month."];
        else if (range.Length / width.Value.ShortestLength() > ThroughputQueries.MaxPoints)
            errors["bucket"] = [$"The range has more than {ThroughputQueries.MaxPoints} buckets. Choose a larger bucket."];
        var zone = string.IsNullOrEmpty(timeZone) ? "UTC" : timeZone;
        if (!TimeZones.IsKnown(zone))
            errors["time_zone"] = ["time_zone must be an IANA name such as Europe/Berlin."];
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);

        try
        {
            var points = await throughput.GetAsync(range, filter, width!.Value, zone, cancellationToken);
            return TypedResults.Ok(new ThroughputResponse(width.Value.Word(), zone, points));
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            // A zone newer than the list this PostgreSQL was built with.
            errors["time_zone"] = [$"The database does not know the time zone {zone}."];
            return ApiResponses.Invalid(errors);
        }
    }
}

/// <summary>Answer of <c>/performance/overview</c>.</summary>
internal sealed record OverviewResponse : MetricSummary
{
    public OverviewResponse(MetricSummary summary)
        : base(summary)
    {
    }

    /// <summary>Start of the range, inclusive, UTC.</summary>
    public DateTime From { get; init; }

    /// <summary>Its end, exclusive, UTC.</summary>
    public DateTime To { get; init; }

    /// <summary>GPU time of all jobs in hours; null when no job has one.</summary>
    public double? TotalGpuHours { get; init; }

    /// <summary>The best workflows by the ranked value, best first, five at most.</summary>
    public required IReadOnlyList<WorkflowSummary> TopWorkflows { get; init; }

    /// <summary>The worst, worst first, five at most. Where there are few workflows, some stand in both lists.</summary>
    public required IReadOnlyList<WorkflowSummary> BottomWorkflows { get; init; }
}

/// <summary>Where a workflow stands in one of the rankings.</summary>
internal sealed record RankingPlace(string Ranking, int Position);

/// <summary>Answer of <c>/performance/throughput</c>.</summary>
/// <param name="Bucket">Width of a bucket: <c>hour</c>, <c>day</c>, <c>week</c> or <c>month</c>.</param>
/// <param name="TimeZone">IANA name of the calendar the buckets follow.</param>
/// <param name="Points">The buckets, oldest first, those without jobs included.</param>
internal sealed record ThroughputResponse(string Bucket, string TimeZone, IReadOnlyList<ThroughputPoint> Points);
