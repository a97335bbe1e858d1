using Microsoft.AspNetCore.Http.HttpResults;
using PerfDash.Core.Quality;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Quality;

/// <summary><c>/performance/quality</c> and its correlations.</summary>
internal static class QualityEndpoints
{
    public static void MapQuality(this IEndpointRouteBuilder api)
    {
        api.MapGet("/quality", GetAsync).WithName("GetQuality").WithSummary("Get quality scores by workflow")
            .WithDescription("Returns the mean and histogram of every score in the range for each workflow, with common bins, highest mean first.")
            .WithCsv("scores", (QualityResponse a) => ByWorkflow(a))
            .WithCsv("histograms", (QualityResponse a) => ByWorkflow(a).SelectMany(w => w.Right.Histogram.Select(
                bin => MergedRow.Create(new { w.Left.Score, w.Right.WorkflowId, w.Right.WorkflowName }, bin))));
        api.MapGet("/quality/correlation", GetCorrelationAsync).WithName("GetQualityCorrelation").WithSummary("Correlate a job parameter with a score")
            .WithDescription("Returns the correlation of a job parameter with a score over jobs that have both, and a sample of these jobs. For a non-numeric parameter, returns the mean score by value.")
            .WithCsv("points", (Correlation a) => a.Points)
            .WithCsv("groups", (Correlation a) => a.Groups);
    }

    private static IEnumerable<MergedRow<ScoreName, WorkflowScore>> ByWorkflow(QualityResponse answer) =>
        answer.Scores.SelectMany(score => score.Workflows.Select(workflow => MergedRow.Create(new ScoreName(score.Name), workflow)));

    private static async Task<Results<Ok<QualityResponse>, ValidationProblem>> GetAsync(
        [AsParameters] ApiQuery query, QualityQueries quality, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        return errors.Count > 0
            ? ApiResponses.Invalid(errors)
            : TypedResults.Ok(new QualityResponse(await quality.GetAsync(range, filter, cancellationToken)));
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
            ? ApiResponses.Invalid(errors)
            : TypedResults.Ok(await correlations.GetAsync(parameter!, score!, range, filter, cancellationToken));
    }

    private static void Require(string? name, string field, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrEmpty(name))
            errors[field] = [$"{field} is required."];
    }
}

/// <summary>Which score a row is about.</summary>
internal sealed record ScoreName(string Score);

/// <summary>Answer of <c>/performance/quality</c>.</summary>
/// <param name="Scores">Every score that some job of the range has, by name.</param>
internal sealed record QualityResponse(IReadOnlyList<ScoreByWorkflow> Scores);
