using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using PerfDash.Core.Collection;
using PerfDash.Core.Ingest;
using PerfDash.Core.Scheduling;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Reference;
using PerfDash.Web.Api.Responses;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace PerfDash.Web.Features.Collection;

/// <summary>State of capture, retries, and completions reported over HTTP.</summary>
internal static class CollectionEndpoints
{
    /// <summary>Completions in one request, at most.</summary>
    public const int MaxReports = 1000;

    private const int MaxWarnings = 100;

    // A field that is nested too deeply costs itself, not the request.
    private static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = 10_000 };

    public static void MapCollection(this IEndpointRouteBuilder api)
    {
        api.MapGet("/collection", GetStatusAsync).WithName("GetCollection").WithSummary("Get the collection status")
            .WithDescription("Returns the pending and failed completions, the number of recorded jobs, and the collection lag.");
        api.MapGet("/collection/failures", GetFailuresAsync).WithName("ListFailedCollections").WithSummary("List failed collections, newest first")
            .WithDescription("Returns the completed jobs that could not be recorded, with the error and the number of attempts. A job leaves the list when it is recorded, cancelled or started again. Use next_cursor, also given in the Link header, to get the next page.")
            .WithCsv("items", (CursorPage<FailureItem> a) => a.Items).WithNextPage((CursorPage<FailureItem> a) => a.NextCursor);
        api.MapPost("/collection/failed/{job_id}/retry", RetryAsync).WithName("RetryCollection").WithSummary("Retry a failed completion")
            .WithDescription("Puts a failed completion back into the queue. The failure stays listed until the job is recorded.");
        api.MapPost("/jobs/completed", ReportAsync).RequireAuthorization(Policies.Ingest).WithName("ReportCompletedJobs").WithSummary("Report completed jobs")
            .WithDescription("Accepts one completion or an array of up to 1,000, and responds after they are stored durably. Completions of already completed jobs change nothing. Rejected completions are listed with their index and the reason. Unknown fields are ignored and listed as warnings.")
            .WithMetadata(new OneOrMany(typeof(CompletedJob))).DisableAntiforgery();
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

    private static async Task<Results<Accepted<ReportResponse>, ValidationProblem, ProblemHttpResult>> ReportAsync(
        HttpRequest request, JobIngest ingest, IOptions<JsonOptions> json, CancellationToken cancellationToken)
    {
        // Not by metadata of the route, which would refuse a body without a content type too.
        if (request.ContentType is { Length: > 0 } type && !request.HasJsonContentType())
            return TypedResults.Problem($"This route takes application/json, not {type}.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        JsonDocument body;
        try
        {
            using var bytes = new MemoryStream();
            await request.Body.CopyToAsync(bytes, cancellationToken);
            body = JsonDocument.Parse(StorableText.Marked(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)), AnyDepth);
        }
        catch (JsonException e)
        {
            return ApiResponses.Invalid(new() { ["body"] = [$"The body is not JSON: {e.Message}"] });
        }

        catch (BadHttpRequestException e)
        {
            // Larger than the server takes, or cut off.
            return TypedResults.Problem(e.Message, statusCode: e.StatusCode);
        }

        using (body)
        {
            var root = body.RootElement;
            if (root.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
                return ApiResponses.Invalid(new() { ["body"] = ["The body must be one completion, or an array of them."] });
            JsonElement[] items = root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root];
            if (items.Length > MaxReports)
                return ApiResponses.Invalid(new() { ["body"] = [$"At most {MaxReports} completions per request are allowed; this request has {items.Length}."] });
            return TypedResults.Accepted($"{PerfDashUrls.Api}/collection", await StoreAsync(items, ingest, json.Value.SerializerOptions, cancellationToken));
        }
    }

    private static List<ReportWarning> WarningsOf(JsonElement[] items, JsonSerializerOptions json) =>
        [.. items.SelectMany((item, i) => ExportedJob.Is(item) ? [] : UnknownFields.Find(item, typeof(CompletedJob), json).Select(f => new ReportWarning(i, f.Field, f.Message))).Take(MaxWarnings)];

    private static async Task<ReportResponse> StoreAsync(JsonElement[] items, JobIngest ingest, JsonSerializerOptions json, CancellationToken cancellationToken)
    {
        var rejected = new List<RejectedReport>();
        var reports = new List<(int Index, JobReport Report)>();
        for (var i = 0; i < items.Length; i++)
        {
            var (report, error) = JobReportReader.Read(items[i]);
            if (report is null)
                rejected.Add(new RejectedReport(i, error!));
            else
                reports.Add((i, report));
        }

        var results = reports.Count == 0 ? [] : await ingest.StoreAsync(reports.ConvertAll(r => r.Report), cancellationToken);
        rejected.AddRange(results.Zip(reports).Where(r => r.First.Outcome == ReportOutcome.Rejected).Select(r => new RejectedReport(r.Second.Index, r.First.Error!)));
        return new ReportResponse(
            results.Count(r => r.Outcome == ReportOutcome.Accepted),
            results.Count(r => r.Outcome == ReportOutcome.Duplicate),
            [.. rejected.OrderBy(r => r.Index)],
            WarningsOf(items, json) is { Count: > 0 } warnings ? warnings : null);
    }
}

/// <summary>Answer of <c>POST /performance/jobs/completed</c>.</summary>
/// <param name="Accepted">Completions stored.</param>
/// <param name="Duplicates">Completions known already; nothing was changed.</param>
/// <param name="Rejected">Completions that were not stored, by their place.</param>
/// <param name="Warnings">Fields that were not read because no completion has them, at most 100; absent where there are none.</param>
internal sealed record ReportResponse(
    int Accepted,
    int Duplicates,
    IReadOnlyList<RejectedReport> Rejected,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ReportWarning>? Warnings);

/// <summary>A field of a completion that was not read; the rest of the completion was.</summary>
/// <param name="Index">The completion's place in the array, from 0.</param>
/// <param name="Field">The field, with the names it stands within.</param>
/// <param name="Message">What is wrong with it.</param>
internal sealed record ReportWarning(int Index, string Field, string Message);

/// <summary>A completion that was not stored.</summary>
/// <param name="Index">Its place in the array, from 0.</param>
/// <param name="Error">Why.</param>
internal sealed record RejectedReport(int Index, string Error);
