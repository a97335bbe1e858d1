using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Mutes;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Data;
using PerfDash.Data.Entities;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;
using PerfDash.Web.Features.Alerts.Incidents;

namespace PerfDash.Web.Features.Alerts.Thresholds;

/// <summary>Thresholds: CRUD, back-test, suggestions, mute.</summary>
internal static class ThresholdEndpoints
{
    public static void MapThresholds(this IEndpointRouteBuilder alerts)
    {
        var thresholds = alerts.MapGroup("/thresholds").DisableAntiforgery();
        thresholds.MapGet("", ListAsync).WithName("ListThresholds").WithSummary("List thresholds")
            .WithDescription("Returns all thresholds, including disabled ones, ordered by id.")
            .Produces<ItemsResponse<ThresholdItem>>().WithCsv("items", (ItemsResponse<ThresholdItem> a) => a.Items);
        thresholds.MapPost("", CreateAsync).WithName("CreateThreshold").WithSummary("Create a threshold")
            .WithDescription("The threshold applies from the next job. With direction above, critical_threshold must be greater than warning_threshold; with below, less.")
            .Accepts<ThresholdInput>("application/json").Produces<ThresholdItem>(201).ProducesValidationProblem();
        thresholds.MapGet("/{id}", GetAsync).WithName("GetThreshold").WithSummary("Get a threshold").WithDescription("The ETag header contains the version. Send it as If-Match when editing, to avoid overwriting someone else's change.").Produces<ThresholdItem>().ProducesProblem(404);
        thresholds.MapPut("/{id}", ReplaceAsync).WithName("ReplaceThreshold").WithSummary("Replace a threshold. Omitted fields take their defaults")
            .WithDescription("With If-Match, returns 412 if someone else has changed the threshold. Open alerts are evaluated with the new limits from the next job.")
            .Accepts<ThresholdInput>("application/json").Produces<ThresholdItem>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(412);
        thresholds.MapPatch("/{id}", ChangeAsync).WithName("ChangeThreshold").WithSummary("Update the given fields of a threshold, for example enabled")
            .Accepts<ThresholdInput>("application/json").Produces<ThresholdItem>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(412);
        thresholds.MapDelete("/{id}", DeleteAsync).WithName("DeleteThreshold").WithSummary("Delete a threshold and resolve its open alerts")
            .WithDescription("The alert history is kept. Open alerts are resolved with the reason.")
            .Produces(204).ProducesProblem(404).ProducesProblem(412);
        thresholds.MapPost("/{id}/mute", MuteAsync).WithName("MuteThreshold").WithSummary("Mute the notifications of a threshold until a given time; null ends the mute")
            .Accepts<MuteUntilBody>("application/json").Produces<ThresholdItem>().ProducesValidationProblem().ProducesProblem(404);
        thresholds.MapPost("/backtest", BackTestAsync).RequireAuthorization(Policies.Viewer).WithName("BackTestThreshold").WithSummary("Back-test a threshold over a range")
            .Accepts<ThresholdInput>("application/json").Produces<BackTestResult>().ProducesValidationProblem();
        thresholds.MapGet("/suggestions", SuggestAsync).WithName("SuggestThreshold").WithSummary("Suggest limits from history: p95 and p99, or p5 and p1 for direction below")
            .Produces<ThresholdSuggestion>().ProducesValidationProblem();
    }

    private static async Task<IResult> ListAsync(ThresholdService thresholds, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ItemsResponse<ThresholdItem>(await thresholds.ListAsync(cancellationToken)));

    private static async Task<IResult> GetAsync(string id, HttpResponse response, ThresholdService thresholds, CancellationToken cancellationToken) =>
        long.TryParse(id, out var key) && await thresholds.GetAsync(key, cancellationToken) is { } threshold
            ? Ok(response, threshold)
            : ApiResponses.Unknown($"threshold {id}");

    private static Task<IResult> CreateAsync(HttpContext context, ThresholdService thresholds) =>
        Request(thresholds, context).CreateAsync(new(), made => TypedResults.Created($"{PerfDashUrls.Api}/alerts/thresholds/{made.Id}", made));

    // What is muted stays muted unless the body says otherwise.
    private static Task<IResult> ReplaceAsync(string id, HttpContext context, ThresholdService thresholds) =>
        Request(thresholds, context).UpdateAsync(id, now => new() { MutedUntil = now.MutedUntil }, item => Task.FromResult<IResult>(Ok(context.Response, item)));

    private static Task<IResult> ChangeAsync(string id, HttpContext context, ThresholdService thresholds) =>
        Request(thresholds, context).UpdateAsync(id, ThresholdInput.From, item => Task.FromResult<IResult>(Ok(context.Response, item)));

    private static Task<IResult> DeleteAsync(string id, HttpContext context, ThresholdService thresholds) => Request(thresholds, context).DeleteAsync(id);

    private static async Task<IResult> MuteAsync(string id, HttpContext context, ThresholdService thresholds, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!long.TryParse(id, out var key) || await thresholds.GetAsync(key, cancellationToken) is not { } now)
            return ApiResponses.Unknown($"threshold {id}");
        var (body, refusal) = await context.Request.ObjectAsync(isOptional: false, cancellationToken);
        if (refusal is not null)
            return refusal;
        var (until, error) = MuteInput.ReadUntil(body, time.GetUtcNow().UtcDateTime);
        if (error is not null)
            return ApiResponses.Invalid(new() { ["until"] = [error] });
        var result = await thresholds.UpdateAsync(key, ThresholdInput.From(now) with { MutedUntil = until }, now.UpdatedAt, context.Actor(), cancellationToken);
        return result.Item is { } item ? Ok(context.Response, item) : result.Refusal($"threshold {id}");
    }

    private static async Task<IResult> BackTestAsync(
        [AsParameters] ApiQuery query, string? replaces, HttpContext context, ThresholdBackTest backTest, TimeProvider time, CancellationToken cancellationToken)
    {
        var (body, refusal) = await context.Request.ObjectAsync(isOptional: false, cancellationToken);
        if (refusal is not null)
            return refusal;
        var (input, errors) = ThresholdInput.Read(body, new ThresholdInput());
        // The range may stand in the address or beside the threshold.
        var (range, wrong) = Core.TimeRange.Parse(query.From ?? Text(body, "from"), query.To ?? Text(body, "to"), time.GetUtcNow());
        foreach (var (field, messages) in wrong)
            errors[field] = messages;
        var replaced = AlertRequests.Id(replaces, "replaces", errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        var result = await backTest.RunAsync(input, replaced, range, cancellationToken);
        return result.Item is { } found ? TypedResults.Ok(found) : result.Refusal("threshold");
    }

    private static async Task<IResult> SuggestAsync(
        [AsParameters] ApiQuery query,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "metric_name")] string? metricName,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "scope_type")] string? scopeType,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "scope_id")] string? scopeId,
        string? direction,
        ThresholdSuggestions suggestions,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, _) = query.Read(time, out var errors);
        var scope = AlertRequests.Id(scopeId, "scope_id", errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        var result = await suggestions.GetAsync(
            metricName, string.IsNullOrEmpty(scopeType) ? AlertScope.Global : EnumText.Find<AlertScope>(scopeType), scope, string.IsNullOrEmpty(direction) ? AlertMetric.Read(metricName)?.UsualDirection : EnumText.Find<AlertDirection>(direction), range, cancellationToken);
        return result.Item is { } suggestion ? TypedResults.Ok(suggestion) : result.Refusal("threshold");
    }

    private static string? Text(JsonElement body, string field) =>
        body.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;

    private static RuleRequest<PerformanceAlertThreshold, ThresholdItem, ThresholdInput> Request(ThresholdService thresholds, HttpContext context) =>
        new("threshold", thresholds, ThresholdInput.Read, context);

    private static Ok<ThresholdItem> Ok(HttpResponse response, ThresholdItem item)
    {
        response.Headers.ETag = AlertRequests.ETag(item.UpdatedAt);
        return TypedResults.Ok(item);
    }
}
