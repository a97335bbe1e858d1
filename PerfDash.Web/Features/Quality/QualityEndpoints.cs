using Microsoft.AspNetCore.Http.HttpResults;
using PerfDash.Core.Quality;

namespace PerfDash.Web.Features.Quality;

/// <summary><c>/performance/quality</c> and its correlations.</summary>
internal static class QualityEndpoints
{
    public static void MapQuality(this IEndpointRouteBuilder api)
    {
        api.MapGet("/quality", GetAsync).WithName("GetQuality").WithSummary("Every score, workflow by workflow");
        api.MapGet("/quality/correlation", GetCorrelationAsync).WithName("GetQualityCorrelation").WithSummary("A job parameter against a score");
    }

    private static async Task<Results<Ok<QualityAnswer>, ValidationProblem>> GetAsync(
        [AsParameters] ApiQuery query, QualityQueries quality, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        return errors.Count > 0
            ? ApiAnswers.Invalid(errors)
            : TypedResults.Ok(new QualityAnswer(await quality.GetAsync(range, filter, cancellationToken)));
    }

    private static async Task<Results<Ok<Correlation>, ValidationProblem>> GetCorrelationAsync(
        [AsParameters] ApiQuery query,
        string? parameter,
        string? score,
        CorrelationQueries correlations,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        Require(parameter, "parameter", errors);
        Require(score, "score", errors);
        return errors.Count > 0
            ? ApiAnswers.Invalid(errors)
            : TypedResults.Ok(await correlations.GetAsync(parameter!, score!, range, filter, cancellationToken));
    }

    private static void Require(string? name, string field, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrEmpty(name))
            errors[field] = [$"{field} is required: the name of a {field}."];
        else if (name.Contains('\0', StringComparison.Ordinal))
            errors[field] = [$"{field} must not hold the character U+0000."];
    }
}

/// <summary>Answer of <c>/performance/quality</c>.</summary>
internal sealed record QualityAnswer(IReadOnlyList<ScoreByWorkflow> Scores);
