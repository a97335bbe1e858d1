using Microsoft.AspNetCore.Http.HttpResults;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Api;

/// <summary>
/// The query parameters that every route over a range understands. Read as text, so that what cannot be read is
/// answered with problem details that name the field.
/// </summary>
internal sealed class ApiQuery
{
    /// <summary>Start, inclusive: ISO 8601, or relative such as <c>now-24h</c>. Default: 30 days before <c>to</c>.</summary>
    [Microsoft.AspNetCore.Mvc.FromQuery(Name = "from")]
    public string? From { get; init; }

    /// <summary>End, exclusive. Default: now.</summary>
    [Microsoft.AspNetCore.Mvc.FromQuery(Name = "to")]
    public string? To { get; init; }

    /// <summary>Only this project.</summary>
    [Microsoft.AspNetCore.Mvc.FromQuery(Name = "project_id")]
    public string? ProjectId { get; init; }

    /// <summary>Only this workflow.</summary>
    [Microsoft.AspNetCore.Mvc.FromQuery(Name = "workflow_id")]
    public string? WorkflowId { get; init; }

    /// <summary>Only this worker.</summary>
    [Microsoft.AspNetCore.Mvc.FromQuery(Name = "worker_id")]
    public string? WorkerId { get; init; }

    /// <summary>Only this resolution tier, for example <c>1080p</c>.</summary>
    [Microsoft.AspNetCore.Mvc.FromQuery(Name = "resolution_tier")]
    public string? ResolutionTier { get; init; }

    /// <summary>Only runs of this class: <c>warm</c>, <c>cold</c> or <c>cached</c>.</summary>
    [Microsoft.AspNetCore.Mvc.FromQuery(Name = "run_class")]
    public string? RunClass { get; init; }

    /// <summary>Reads range and filter; adds what is wrong to <paramref name="errors"/>.</summary>
    public (TimeRange Range, MetricFilter Filter) Read(TimeProvider time, out Dictionary<string, string[]> errors)
    {
        var (range, found) = TimeRange.Parse(From, To, time.GetUtcNow());
        var filter = new MetricFilter(
            Id(ProjectId, "project_id", found),
            Id(WorkflowId, "workflow_id", found),
            Id(WorkerId, "worker_id", found),
            string.IsNullOrEmpty(ResolutionTier) ? null : ResolutionTier,
            ReadRunClass(RunClass, found));
        errors = found;
        return (range, filter);
    }

    /// <summary>A class of run; null where none is given. Adds what is wrong to <paramref name="errors"/>.</summary>
    public static RunClass? ReadRunClass(string? text, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        var runClass = EnumText.Find<RunClass>(text);
        if (runClass is null)
            errors["run_class"] = [$"run_class must be {string.Join(", ", EnumText.All<RunClass>()[..^1])} or {EnumText.All<RunClass>()[^1]}."];
        return runClass;
    }

    private static long? Id(string? text, string field, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var id))
            return id;
        errors[field] = [$"{field} must be a whole number."];
        return null;
    }
}

/// <summary>Answers that several routes share.</summary>
internal static class ApiResponses
{
    /// <summary>400 with the errors by field.</summary>
    public static ValidationProblem Invalid(Dictionary<string, string[]> errors) => TypedResults.ValidationProblem(errors);

    /// <summary>The answer to an edit that did not go through.</summary>
    /// <param name="what">What was edited.</param>
    /// <param name="conflict">Why its state does not allow the edit (409); null: somebody else changed it since it was read (412).</param>
    public static IResult Refusal<T>(this EditResult<T> result, string what, string? conflict = null)
        where T : class => result.Status switch
        {
            EditStatus.Invalid => Invalid(new Dictionary<string, string[]>(result.Errors)),
            EditStatus.Unknown => Unknown(what),
            _ when conflict is not null => Conflict(conflict),
            _ => TypedResults.Problem($"The {what} has changed since it was read. Read it again.", statusCode: StatusCodes.Status412PreconditionFailed),
        };

    /// <summary>409 with why.</summary>
    public static ProblemHttpResult Conflict(string why) => TypedResults.Problem(why, statusCode: StatusCodes.Status409Conflict);

    /// <summary>404 that says what there is none of.</summary>
    public static ProblemHttpResult Unknown(string what) => TypedResults.Problem($"There is no {what}.", statusCode: StatusCodes.Status404NotFound);
}
