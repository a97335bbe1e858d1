using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using PerfDash.Core;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;

namespace PerfDash.Web.Features.Overview;

/// <summary><c>/performance/overview</c> and <c>/performance/throughput</c>.</summary>
internal static class OverviewEndpoints
{
    public static void MapOverview(this IEndpointRouteBuilder api)
    {
        api.MapGet("/overview", GetOverviewAsync).WithName("GetOverview").WithSummary("The farm over a range, with its best and worst workflows");
        api.MapGet("/throughput", GetThroughputAsync).WithName("GetThroughput").WithSummary("The farm step by step");
    }

    private static async Task<Results<Ok<OverviewAnswer>, ValidationProblem>> GetOverviewAsync(
        [AsParameters] ApiQuery query,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "rank_by")] string? rankBy,
        OverviewQueries overviews,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
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
            return ApiAnswers.Invalid(errors);

        var overview = await overviews.GetOverviewAsync(range, filter, rank!.Value, cancellationToken);
        return TypedResults.Ok(new OverviewAnswer(overview.Summary)
        {
            From = range.From.UtcDateTime,
            To = range.To.UtcDateTime,
            TotalGpuHours = overview.TotalGpuHours,
            TopWorkflows = overview.TopWorkflows,
            BottomWorkflows = overview.BottomWorkflows,
        });
    }

    private static async Task<Results<Ok<ThroughputAnswer>, ValidationProblem>> GetThroughputAsync(
        [AsParameters] ApiQuery query,
        string? bucket,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "time_zone")] string? timeZone,
        ThroughputQueries throughput,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        var width = string.IsNullOrEmpty(bucket) ? Bucket.Day : Buckets.Read(bucket);
        if (width is null)
            errors["bucket"] = ["bucket must be hour, day, week or month."];
        else if (range.Length / width.Value.ShortestLength() > ThroughputQueries.MaxPoints)
            errors["bucket"] = [$"The range has more than {ThroughputQueries.MaxPoints} steps of that width; choose a wider bucket."];
        var zone = string.IsNullOrEmpty(timeZone) ? "UTC" : timeZone;
        if (!TimeZones.IsKnown(zone))
            errors["time_zone"] = ["time_zone must be an IANA name such as Europe/Berlin."];
        if (errors.Count > 0)
            return ApiAnswers.Invalid(errors);

        try
        {
            var points = await throughput.GetAsync(range, filter, width!.Value, zone, cancellationToken);
            return TypedResults.Ok(new ThroughputAnswer(width.Value.Word(), zone, points));
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            // A zone newer than the list this PostgreSQL was built with.
            errors["time_zone"] = [$"The database does not know the time zone {zone}."];
            return ApiAnswers.Invalid(errors);
        }
    }
}

/// <summary>Answer of <c>/performance/overview</c>.</summary>
internal sealed record OverviewAnswer : MetricSummary
{
    public OverviewAnswer(MetricSummary summary)
        : base(summary)
    {
    }

    public DateTime From { get; init; }

    public DateTime To { get; init; }

    public double? TotalGpuHours { get; init; }

    public required IReadOnlyList<WorkflowSummary> TopWorkflows { get; init; }

    public required IReadOnlyList<WorkflowSummary> BottomWorkflows { get; init; }
}

/// <summary>Answer of <c>/performance/throughput</c>.</summary>
internal sealed record ThroughputAnswer(string Bucket, string TimeZone, IReadOnlyList<ThroughputPoint> Points);
