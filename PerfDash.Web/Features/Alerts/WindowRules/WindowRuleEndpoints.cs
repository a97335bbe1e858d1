using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data;
using PerfDash.Data.Entities;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;
using PerfDash.Web.Features.Alerts.Incidents;

namespace PerfDash.Web.Features.Alerts.WindowRules;

/// <summary>Window rules: CRUD.</summary>
internal static class WindowRuleEndpoints
{
    public static void MapWindowRules(this IEndpointRouteBuilder alerts)
    {
        var rules = alerts.MapGroup("/window-rules").DisableAntiforgery();
        rules.MapGet("", ListAsync).WithName("ListWindowRules").WithSummary("List window rules").Produces<ItemsResponse<WindowRuleResponse>>()
            .WithCsv("items", (ItemsResponse<WindowRuleResponse> a) => a.Items);
        rules.MapPost("", CreateAsync).WithName("CreateWindowRule").WithSummary("Create a window rule")
            .Accepts<WindowRuleInput>("application/json").Produces<WindowRuleResponse>(201).ProducesValidationProblem();
        rules.MapGet("/{id}", GetAsync).WithName("GetWindowRule").WithSummary("Get a window rule").Produces<WindowRuleResponse>().ProducesProblem(404);
        rules.MapPut("/{id}", ReplaceAsync).WithName("ReplaceWindowRule").WithSummary("Replace a window rule. Omitted fields take their defaults")
            .Accepts<WindowRuleInput>("application/json").Produces<WindowRuleResponse>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(412);
        rules.MapPatch("/{id}", ChangeAsync).WithName("ChangeWindowRule").WithSummary("Update the given fields of a window rule")
            .Accepts<WindowRuleInput>("application/json").Produces<WindowRuleResponse>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(412);
        rules.MapDelete("/{id}", DeleteAsync).WithName("DeleteWindowRule").WithSummary("Delete a window rule and resolve its open alert")
            .Produces(204).ProducesProblem(404).ProducesProblem(412);
        rules.MapPost("/backtest", BackTestAsync).RequireAuthorization(Policies.Viewer).WithName("BackTestWindowRule").WithSummary("Back-test a window rule over a time range")
            .WithDescription("The alerts the rule in the body would have opened. Windows are a twelfth of their length apart, at least 20 seconds. At most 1,000,000 jobs.")
            .Accepts<WindowRuleInput>("application/json").Produces<WindowBackTestResult>().ProducesValidationProblem();
        rules.MapGet("/suggestions", SuggestAsync).WithName("SuggestWindowRule").WithSummary("Suggest limits for a window rule")
            .WithDescription("The 99th percentile of the windows as warning and the highest as critical, the 1st and the lowest for below. For silence the longest pause and twice that.")
            .Produces<WindowSuggestion>().ProducesValidationProblem();
    }

    private static async Task<IResult> ListAsync(WindowRuleService rules, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ItemsResponse<WindowRuleResponse>(await AnswersAsync(await rules.ListAsync(cancellationToken), rules, cancellationToken)));

    private static async Task<IResult> GetAsync(string id, HttpResponse response, WindowRuleService rules, CancellationToken cancellationToken) =>
        long.TryParse(id, out var key) && await rules.GetAsync(key, cancellationToken) is { } rule
            ? await OkAsync(response, rule, rules, cancellationToken)
            : ApiResponses.Unknown($"window rule {id}");

    private static Task<IResult> CreateAsync(HttpContext context, WindowRuleService rules) =>
        Request(rules, context).CreateAsync(new(), made => TypedResults.Created($"{PerfDashUrls.Api}/alerts/window-rules/{made.Id}", new WindowRuleResponse(made, null)));

    private static Task<IResult> ReplaceAsync(string id, HttpContext context, WindowRuleService rules, CancellationToken cancellationToken) => Request(rules, context)
        .UpdateAsync(id, now => new() { MutedUntil = now.MutedUntil }, item => OkAsync(context.Response, item, rules, cancellationToken));

    private static Task<IResult> ChangeAsync(string id, HttpContext context, WindowRuleService rules, CancellationToken cancellationToken) =>
        Request(rules, context).UpdateAsync(id, WindowRuleInput.From, item => OkAsync(context.Response, item, rules, cancellationToken));

    private static Task<IResult> DeleteAsync(string id, HttpContext context, WindowRuleService rules) => Request(rules, context).DeleteAsync(id);

    private static async Task<IResult> BackTestAsync(
        [AsParameters] ApiQuery query, HttpContext context, WindowRuleBackTest backTest, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, _) = query.Read(time, out var wrong);
        var (body, refusal) = await context.Request.ObjectAsync(isOptional: false, cancellationToken);
        if (refusal is not null)
            return refusal;
        var (input, errors) = WindowRuleInput.Read(body, new WindowRuleInput());
        foreach (var (field, messages) in wrong)
            errors.TryAdd(field, messages);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        var result = await backTest.RunAsync(input, range, cancellationToken);
        return result.Item is { } found ? TypedResults.Ok(found) : result.Refusal("window rule");
    }

    private static async Task<IResult> SuggestAsync(
        [AsParameters] ApiQuery query,
        string? kind,
        [FromQuery(Name = "metric_name")] string? metricName,
        [FromQuery(Name = "scope_type")] string? scopeType,
        [FromQuery(Name = "scope_id")] string? scopeId,
        [FromQuery(Name = "window_minutes")] string? windowMinutes,
        [FromQuery(Name = "minimum_jobs")] string? minimumJobs,
        string? direction,
        WindowRuleBackTest backTest,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, _) = query.Read(time, out var errors);
        var input = new WindowRuleInput
        {
            Kind = EnumText.Find<WindowRuleKind>(kind),
            MetricName = string.IsNullOrEmpty(metricName) ? null : metricName,
            ScopeType = string.IsNullOrEmpty(scopeType) ? AlertScope.Global : EnumText.Find<AlertScope>(scopeType),
            ScopeId = AlertRequests.Id(scopeId, "scope_id", errors),
            WindowMinutes = Count(windowMinutes, "window_minutes", WindowRuleInput.DefaultWindowMinutes, errors),
            MinimumJobs = Count(minimumJobs, "minimum_jobs", 1, errors),
            Direction = string.IsNullOrEmpty(direction) ? AlertDirection.Above : EnumText.Find<AlertDirection>(direction),
        };
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        var result = await backTest.SuggestAsync(input, range, cancellationToken);
        return result.Item is { } suggestion ? TypedResults.Ok(suggestion) : result.Refusal("window rule");
    }

    private static int Count(string? text, string field, int otherwise, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrEmpty(text))
            return otherwise;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count))
            return count;
        errors[field] = [$"{field} must be a whole number."];
        return otherwise;
    }

    private static RuleRequest<AlertWindowRule, WindowRuleItem, WindowRuleInput> Request(WindowRuleService rules, HttpContext context) =>
        new("window rule", rules, WindowRuleInput.Read, context);

    private static async Task<IReadOnlyList<WindowRuleResponse>> AnswersAsync(
        IReadOnlyList<WindowRuleItem> items, WindowRuleService rules, CancellationToken cancellationToken)
    {
        var evaluations = await rules.GetEvaluationsAsync(cancellationToken);
        return [.. items.Select(i => new WindowRuleResponse(i, evaluations.GetValueOrDefault(i.Id)))];
    }

    private static async Task<IResult> OkAsync(HttpResponse response, WindowRuleItem item, WindowRuleService rules, CancellationToken cancellationToken)
    {
        response.Headers.ETag = AlertRequests.ETag(item.UpdatedAt);
        return TypedResults.Ok((await AnswersAsync([item], rules, cancellationToken))[0]);
    }
}
