using Microsoft.AspNetCore.Http.HttpResults;
using PerfDash.Core.Alerts;

namespace PerfDash.Web.Features.Alerts;

/// <summary>Window rules: CRUD.</summary>
internal static class WindowRuleEndpoints
{
    public static void MapWindowRules(this IEndpointRouteBuilder alerts)
    {
        var rules = alerts.MapGroup("/window-rules").DisableAntiforgery();
        rules.MapGet("", ListAsync).WithName("ListWindowRules").WithSummary("List window rules").Produces<ItemsAnswer<WindowRuleItem>>();
        rules.MapPost("", CreateAsync).WithName("CreateWindowRule").WithSummary("Create a window rule")
            .Accepts<WindowRuleInput>("application/json").Produces<WindowRuleItem>(201).ProducesValidationProblem();
        rules.MapGet("/{id}", GetAsync).WithName("GetWindowRule").WithSummary("Get a window rule").Produces<WindowRuleItem>().ProducesProblem(404);
        rules.MapPut("/{id}", ReplaceAsync).WithName("ReplaceWindowRule").WithSummary("Replace a window rule. Omitted fields take their defaults")
            .Accepts<WindowRuleInput>("application/json").Produces<WindowRuleItem>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(412);
        rules.MapPatch("/{id}", ChangeAsync).WithName("ChangeWindowRule").WithSummary("Update the given fields of a window rule")
            .Accepts<WindowRuleInput>("application/json").Produces<WindowRuleItem>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(412);
        rules.MapDelete("/{id}", DeleteAsync).WithName("DeleteWindowRule").WithSummary("Delete a window rule and resolve its open alert")
            .Produces(204).ProducesProblem(404).ProducesProblem(412);
    }

    private static async Task<IResult> ListAsync(WindowRuleService rules, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ItemsAnswer<WindowRuleItem>(await rules.ListAsync(cancellationToken)));

    private static async Task<IResult> GetAsync(string id, HttpResponse response, WindowRuleService rules, CancellationToken cancellationToken) =>
        long.TryParse(id, out var key) && await rules.GetAsync(key, cancellationToken) is { } rule
            ? Ok(response, rule)
            : ApiAnswers.Unknown($"window rule {id}");

    private static async Task<IResult> CreateAsync(HttpContext context, WindowRuleService rules, CancellationToken cancellationToken)
    {
        var (body, refusal) = await context.Request.ObjectAsync(isOptional: false, cancellationToken);
        if (refusal is not null)
            return refusal;
        var (input, errors) = WindowRuleInput.Read(body, new WindowRuleInput());
        if (errors.Count > 0)
            return ApiAnswers.Invalid(errors);
        var result = await rules.CreateAsync(input, context.Actor(), cancellationToken);
        if (result.Item is not { } made)
            return result.Refusal("window rule");
        context.Response.Headers.ETag = AlertRequests.ETag(made.UpdatedAt);
        return TypedResults.Created($"{PerfDashUrls.Api}/alerts/window-rules/{made.Id}", made);
    }

    private static Task<IResult> ReplaceAsync(string id, HttpContext context, WindowRuleService rules, CancellationToken cancellationToken) =>
        UpdateAsync(id, context, rules, now => new WindowRuleInput { MutedUntil = now.MutedUntil }, cancellationToken);

    private static Task<IResult> ChangeAsync(string id, HttpContext context, WindowRuleService rules, CancellationToken cancellationToken) =>
        UpdateAsync(id, context, rules, WindowRuleInput.Of, cancellationToken);

    private static async Task<IResult> UpdateAsync(
        string id, HttpContext context, WindowRuleService rules, Func<WindowRuleItem, WindowRuleInput> start, CancellationToken cancellationToken)
    {
        if (!long.TryParse(id, out var key) || await rules.GetAsync(key, cancellationToken) is not { } now)
            return ApiAnswers.Unknown($"window rule {id}");
        var (body, refusal) = await context.Request.ObjectAsync(isOptional: false, cancellationToken);
        if (refusal is not null)
            return refusal;
        var (input, errors) = WindowRuleInput.Read(body, start(now));
        if (errors.Count > 0)
            return ApiAnswers.Invalid(errors);
        var result = await rules.UpdateAsync(key, input, context.Request.IfMatch(), context.Actor(), cancellationToken);
        return result.Item is { } item ? Ok(context.Response, item) : result.Refusal($"window rule {key}");
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, WindowRuleService rules, CancellationToken cancellationToken)
    {
        if (!long.TryParse(id, out var key))
            return ApiAnswers.Unknown($"window rule {id}");
        var result = await rules.DeleteAsync(key, context.Request.IfMatch(), context.Actor(), cancellationToken);
        return result.Status == EditStatus.Done ? TypedResults.NoContent() : result.Refusal($"window rule {key}");
    }

    private static Ok<WindowRuleItem> Ok(HttpResponse response, WindowRuleItem item)
    {
        response.Headers.ETag = AlertRequests.ETag(item.UpdatedAt);
        return TypedResults.Ok(item);
    }
}
