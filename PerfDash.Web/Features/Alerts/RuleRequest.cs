using System.Text.Json;
using PerfDash.Core.Alerts;
using PerfDash.Data.Entities;
using PerfDash.Web.Api;

namespace PerfDash.Web.Features.Alerts;

/// <summary>A request that edits a threshold or a window rule.</summary>
/// <param name="noun">What a rule is called in errors.</param>
/// <param name="read">Reads a body; fields that are absent stay as in the input it is given.</param>
/// <param name="context">The request.</param>
internal sealed class RuleRequest<TRule, TItem, TInput>(
    string noun, RuleService<TRule, TItem, TInput> rules, Func<JsonElement, TInput, (TInput Input, Dictionary<string, string[]> Errors)> read, HttpContext context)
    where TRule : class, IAlertRule
    where TItem : class, IRuleItem, IEquatable<TItem>
    where TInput : class, IRuleInput
{
    public async Task<IResult> CreateAsync(TInput start, Func<TItem, IResult> respond)
    {
        var (input, refusal) = await ReadAsync(start);
        if (refusal is not null)
            return refusal;
        var result = await rules.CreateAsync(input!, context.Actor(), context.RequestAborted);
        if (result.Item is not { } made)
            return result.Refusal(noun);
        context.Response.Headers.ETag = AlertRequests.ETag(made.UpdatedAt);
        return respond(made);
    }

    /// <param name="id">Out of the address.</param>
    /// <param name="start">The input, of the rule as it is, that the body changes.</param>
    /// <param name="respond">Shows the rule after the change.</param>
    public async Task<IResult> UpdateAsync(string id, Func<TItem, TInput> start, Func<TItem, Task<IResult>> respond)
    {
        if (!long.TryParse(id, out var key) || await rules.GetAsync(key, context.RequestAborted) is not { } now)
            return ApiResponses.Unknown($"{noun} {id}");
        var (input, refusal) = await ReadAsync(start(now));
        if (refusal is not null)
            return refusal;
        var result = await rules.UpdateAsync(key, input!, context.Request.IfMatch(), context.Actor(), context.RequestAborted);
        return result.Item is { } item ? await respond(item) : result.Refusal($"{noun} {key}");
    }

    public async Task<IResult> DeleteAsync(string id)
    {
        if (!long.TryParse(id, out var key))
            return ApiResponses.Unknown($"{noun} {id}");
        var result = await rules.DeleteAsync(key, context.Request.IfMatch(), context.Actor(), context.RequestAborted);
        return result.Status == EditStatus.Done ? TypedResults.NoContent() : result.Refusal($"{noun} {key}");
    }

    /// <summary>The input of the body, or the refusal, which says everything that is wrong: fields of the wrong type, and values that may not be so.</summary>
    private async Task<(TInput? Input, IResult? Refusal)> ReadAsync(TInput start)
    {
        var (body, refusal) = await context.Request.ObjectAsync(isOptional: false, context.RequestAborted);
        if (refusal is not null)
            return (null, refusal);
        var (input, errors) = read(body, start);
        if (errors.Count == 0)
            return (input, null);
        foreach (var (field, messages) in await rules.CheckAsync(input, context.RequestAborted))
            errors.TryAdd(field, messages);
        return (null, ApiResponses.Invalid(errors));
    }
}
