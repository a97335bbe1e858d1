using System.Text.Json;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.Mutes;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Data.Entities;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;
using PerfDash.Web.Features.Alerts.Thresholds;
using PerfDash.Web.Features.Alerts.WindowRules;

namespace PerfDash.Web.Features.Alerts.Incidents;

/// <summary>Incidents: listed, looked into, acknowledged; mutes; the audit trail.</summary>
internal static class AlertEndpoints
{
    public static void MapAlerts(this IEndpointRouteBuilder api)
    {
        var alerts = api.MapGroup("/alerts");
        alerts.MapGet("", ListAsync).WithName("ListAlerts").WithSummary("List alerts, newest first")
            .WithDescription("Returns every alert of a threshold or window rule that was open at any time in the range. Without to, the range has no upper end.")
            .Produces<CursorPage<AlertItem>>().ProducesValidationProblem().WithCsv("items", (CursorPage<AlertItem> a) => a.Items).WithNextPage((CursorPage<AlertItem> a) => a.NextCursor);
        alerts.MapGet("/{id}", GetAsync).WithName("GetAlert").WithSummary("Get an alert with its events and deliveries").Produces<AlertResponse>().ProducesProblem(404);
        alerts.MapPost("/{id}/acknowledge", AcknowledgeAsync).WithName("AcknowledgeAlert").WithSummary("Acknowledge an alert")
            .WithDescription("The alert stays acknowledged until it resolves, even if its severity is raised. The optional JSON body can contain a comment. Returns 409 if the alert has resolved.")
            .Produces<AlertItem>().ProducesProblem(404).ProducesProblem(409).DisableAntiforgery();
        alerts.MapGet("/{id}/baseline", BaselineAsync).WithName("ProposeBaseline").WithSummary("Suggest limits based on the jobs since an alert opened")
            .Produces<BaselineProposal>().ProducesProblem(404);
        alerts.MapGet("/audit", AuditAsync).WithName("ListAlertAudit").WithSummary("List changes to rules, mutes and channels").Produces<AuditResponse>().ProducesValidationProblem()
            .WithCsv("items", (AuditResponse a) => a.Items).WithNextPage((AuditResponse a) => a.NextCursor);
        alerts.MapGet("/mutes", MutesAsync).WithName("ListMutes").WithSummary("List active mutes").Produces<ItemsResponse<MuteItem>>()
            .WithCsv("items", (ItemsResponse<MuteItem> a) => a.Items);
        alerts.MapPost("/mutes", MuteAsync).WithName("MuteScope").WithSummary("Mute the notifications of a scope until a given time")
            .Accepts<MuteBody>("application/json").Produces<MuteItem>(201).ProducesValidationProblem().DisableAntiforgery();
        alerts.MapDelete("/mutes/{id}", UnmuteAsync).WithName("DeleteMute").WithSummary("End a mute").Produces(204).ProducesProblem(404).DisableAntiforgery();
        alerts.MapThresholds();
        alerts.MapWindowRules();
    }

    private static async Task<IResult> ListAsync(
        [AsParameters] ApiQuery query,
        string? state,
        string? severity,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "subject_type")] string? subjectType,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "subject_id")] string? subjectId,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "threshold_id")] string? thresholdId,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "window_rule_id")] string? windowRuleId,
        string? limit,
        string? cursor,
        AlertQueries alerts,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, jobs) = query.Read(time, out var errors);
        var filter = new AlertFilter
        {
            State = AlertRequests.Word<IncidentState>(state, "state", errors),
            Severity = AlertRequests.Word<AlertSeverity>(severity, "severity", errors),
            SubjectType = AlertRequests.Word<AlertSubject>(subjectType, "subject_type", errors)
                ?? (jobs.WorkflowId is not null ? AlertSubject.Workflow : jobs.WorkerId is not null ? AlertSubject.Worker : default(AlertSubject?)),
            SubjectId = AlertRequests.Id(subjectId, "subject_id", errors) ?? jobs.WorkflowId ?? jobs.WorkerId,
            ThresholdId = AlertRequests.Id(thresholdId, "threshold_id", errors),
            WindowRuleId = AlertRequests.Id(windowRuleId, "window_rule_id", errors),
            From = range.From.UtcDateTime,
            // A worker's clock may run ahead: what is open counts as of now.
            To = string.IsNullOrWhiteSpace(query.To) ? null : range.To.UtcDateTime,
        };
        var count = Paging.Limit(limit, errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        var page = await alerts.ListAsync(filter, count, string.IsNullOrEmpty(cursor) ? null : cursor, cancellationToken);
        return page is null ? Paging.InvalidCursor() : TypedResults.Ok(page);
    }

    private static async Task<IResult> GetAsync(string id, AlertQueries alerts, CancellationToken cancellationToken) =>
        long.TryParse(id, out var key) && await alerts.GetDetailAsync(key, cancellationToken) is { } alert
            ? TypedResults.Ok(AlertResponse.From(alert))
            : ApiResponses.Unknown($"alert {id}");

    private static async Task<IResult> AcknowledgeAsync(
        string id, HttpContext context, IncidentService incidents, CancellationToken cancellationToken)
    {
        if (!long.TryParse(id, out var key))
            return ApiResponses.Unknown($"alert {id}");
        var (body, refusal) = await context.Request.ObjectAsync(isOptional: true, cancellationToken);
        if (refusal is not null)
            return refusal;
        string? comment = null;
        if (body.TryGetProperty("comment", out var given) && given.ValueKind != JsonValueKind.Null)
        {
            if (given.ValueKind != JsonValueKind.String)
                return ApiResponses.Invalid(new() { ["comment"] = ["comment must be text."] });
            comment = given.GetString();
        }

        var result = await incidents.AcknowledgeAsync(key, comment, context.Actor(), cancellationToken);
        return result.Item is { } item ? TypedResults.Ok(item) : result.Refusal($"alert {key}", $"Alert {key} is already resolved.");
    }

    private static async Task<IResult> BaselineAsync(string id, ThresholdSuggestions suggestions, TimeProvider time, CancellationToken cancellationToken) =>
        long.TryParse(id, out var key) && await suggestions.BaselineAsync(key, time.GetUtcNow(), cancellationToken) is { } proposal
            ? TypedResults.Ok(proposal)
            : ApiResponses.Unknown($"alert {id} of a threshold that still exists");

    private static async Task<IResult> AuditAsync(
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "rule_type")] string? ruleType,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "rule_id")] string? ruleId,
        string? limit,
        string? cursor,
        AlertQueries alerts,
        CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var type = AlertRequests.Word<RuleType>(ruleType, "rule_type", errors);
        var id = AlertRequests.Id(ruleId, "rule_id", errors);
        var count = Paging.Limit(limit, errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        var page = await alerts.GetAuditAsync(type, id, count, string.IsNullOrEmpty(cursor) ? null : cursor, cancellationToken);
        return page is null ? Paging.InvalidCursor() : TypedResults.Ok(AuditResponse.From(page));
    }

    private static async Task<IResult> MutesAsync(MuteService mutes, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ItemsResponse<MuteItem>(await mutes.ListAsync(cancellationToken)));

    private static async Task<IResult> MuteAsync(HttpContext context, MuteService mutes, CancellationToken cancellationToken)
    {
        var (body, refusal) = await context.Request.ObjectAsync(isOptional: false, cancellationToken);
        if (refusal is not null)
            return refusal;
        var (mute, errors) = MuteInput.Read(body);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        var result = await mutes.CreateAsync(mute, context.Actor(), cancellationToken);
        return result.Item is { } made ? TypedResults.Created($"{PerfDashUrls.Api}/alerts/mutes", made) : result.Refusal("mute");
    }

    private static async Task<IResult> UnmuteAsync(string id, HttpContext context, MuteService mutes, CancellationToken cancellationToken) =>
        long.TryParse(id, out var key) && await mutes.DeleteAsync(key, context.Actor(), cancellationToken)
            ? TypedResults.NoContent()
            : ApiResponses.Unknown($"mute {id}");
}
