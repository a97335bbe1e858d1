using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using PerfDash.Core.Ingest;
using PerfDash.Core.Ingest.Scores;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Reference;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace PerfDash.Web.Features.Collection;

/// <summary>What programs report over HTTP: completions, and scores that come later.</summary>
internal static class ReportEndpoints
{
    /// <summary>Items in one request, at most.</summary>
    public const int MaxReports = 1000;

    private const int MaxWarnings = 100;

    // A field that is nested too deeply costs itself, not the request.
    private static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = 10_000 };

    /// <summary>Maps them.</summary>
    public static void MapReports(this IEndpointRouteBuilder api)
    {
        api.MapPost("/jobs/completed", ReportJobsAsync).RequireAuthorization(Policies.Ingest).WithName("ReportCompletedJobs").WithSummary("Report completed jobs")
            .WithDescription("Accepts one completion or an array of up to 1,000, and responds after they are stored durably. Completions of already completed jobs change nothing. Rejected completions are listed with their index and the reason. Unknown fields are ignored and listed as warnings.")
            .WithMetadata(new OneOrMany(typeof(CompletedJob))).DisableAntiforgery();
        api.MapPost("/scores", ReportScoresAsync).RequireAuthorization(Policies.Ingest).WithName("ReportScores").WithSummary("Report scores of jobs")
            .WithDescription("Accepts the scores of one job or an array of up to 1,000, before or after the job completed, and responds after they are stored durably. They count in every figure as the scores of the job's result do. The first value of a name counts; a report that holds nothing new is a duplicate. Scores of an unknown job wait for it for 7 days.")
            .WithMetadata(new OneOrMany(typeof(ReportedScores))).DisableAntiforgery();
    }

    private static Task<Results<Accepted<ReportResponse>, ValidationProblem, ProblemHttpResult>> ReportJobsAsync(
        HttpRequest request, JobIngest ingest, IOptions<JsonOptions> json, CancellationToken cancellationToken) =>
        ReportAsync(
            request,
            JobReportReader.Read,
            ingest.StoreAsync,
            items => [.. items.SelectMany((item, i) => ExportedJob.Is(item) ? [] : Unknown(i, item, typeof(CompletedJob), json)).Take(MaxWarnings)],
            cancellationToken);

    private static Task<Results<Accepted<ReportResponse>, ValidationProblem, ProblemHttpResult>> ReportScoresAsync(
        HttpRequest request, LateScores scores, IOptions<JsonOptions> json, CancellationToken cancellationToken) =>
        ReportAsync(
            request,
            ScoreReport.Read,
            scores.StoreAsync,
            items => [.. items.SelectMany((item, i) => Unknown(i, item, typeof(ReportedScores), json)).Take(MaxWarnings)],
            cancellationToken);

    private static IEnumerable<ReportWarning> Unknown(int index, JsonElement item, Type type, IOptions<JsonOptions> json) =>
        UnknownFields.Find(item, type, json.Value.SerializerOptions).Select(found => new ReportWarning(index, found.Field, found.Message));

    private static async Task<Results<Accepted<ReportResponse>, ValidationProblem, ProblemHttpResult>> ReportAsync<T>(
        HttpRequest request,
        Func<JsonElement, (T? Report, string? Error)> read,
        Func<IReadOnlyList<T>, CancellationToken, Task<IReadOnlyList<ReportResult>>> storeAsync,
        Func<JsonElement[], List<ReportWarning>> findWarnings,
        CancellationToken cancellationToken)
        where T : class
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
                return ApiResponses.Invalid(new() { ["body"] = ["The body must be one object, or an array of them."] });
            JsonElement[] items = root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root];
            if (items.Length > MaxReports)
                return ApiResponses.Invalid(new() { ["body"] = [$"At most {MaxReports} items per request are allowed; this request has {items.Length}."] });
            var reports = items.Select(read).Index().ToList();
            return TypedResults.Accepted($"{PerfDashUrls.Api}/collection", await StoreAsync(reports, storeAsync, findWarnings(items), cancellationToken));
        }
    }

    private static async Task<ReportResponse> StoreAsync<T>(
        List<(int Index, (T? Report, string? Error) Item)> items,
        Func<IReadOnlyList<T>, CancellationToken, Task<IReadOnlyList<ReportResult>>> storeAsync,
        List<ReportWarning> warnings,
        CancellationToken cancellationToken)
        where T : class
    {
        var readable = items.Where(i => i.Item.Report is not null).ToList();
        var results = readable.Count == 0 ? [] : await storeAsync(readable.ConvertAll(i => i.Item.Report!), cancellationToken);
        var rejected = items.Where(i => i.Item.Report is null).Select(i => new RejectedReport(i.Index, i.Item.Error!))
            .Concat(results.Zip(readable).Where(r => r.First.Outcome == ReportOutcome.Rejected).Select(r => new RejectedReport(r.Second.Index, r.First.Error!)));
        return new ReportResponse(
            results.Count(r => r.Outcome == ReportOutcome.Accepted),
            results.Count(r => r.Outcome == ReportOutcome.Duplicate),
            [.. rejected.OrderBy(r => r.Index)],
            warnings.Count > 0 ? warnings : null);
    }
}

/// <summary>Answer of <c>POST /performance/jobs/completed</c> and <c>/performance/scores</c>.</summary>
/// <param name="Accepted">Items stored.</param>
/// <param name="Duplicates">Items known already; nothing was changed.</param>
/// <param name="Rejected">Items that were not stored, by their place.</param>
/// <param name="Warnings">Fields that were not read because no item has them, at most 100; absent where there are none.</param>
internal sealed record ReportResponse(
    int Accepted,
    int Duplicates,
    IReadOnlyList<RejectedReport> Rejected,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ReportWarning>? Warnings);

/// <summary>A field of an item that was not read; the rest of the item was.</summary>
/// <param name="Index">The item's place in the array, from 0.</param>
/// <param name="Field">The field, with the names it stands within.</param>
/// <param name="Message">What is wrong with it.</param>
internal sealed record ReportWarning(int Index, string Field, string Message);

/// <summary>An item that was not stored.</summary>
/// <param name="Index">Its place in the array, from 0.</param>
/// <param name="Error">Why.</param>
internal sealed record RejectedReport(int Index, string Error);
