using System.Text.Json;
using PerfDash.Core.Collection;

namespace PerfDash.Core.Ingest.Scores;

/// <summary>Scores of a job, as <c>POST /performance/scores</c> takes them.</summary>
public sealed record ReportedScores
{
    /// <summary>Id of the job. One of job_id and external_id is required.</summary>
    public long? JobId { get; init; }

    /// <summary>The reporter's own key of the job.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Score name to number, such as <c>likeness</c> 0.92; at least one.</summary>
    public IReadOnlyDictionary<string, double>? Scores { get; init; }
}

/// <summary>Scores of a job that are to be stored.</summary>
/// <param name="JobId">The job; null where it is named by <paramref name="ExternalId"/>.</param>
/// <param name="ExternalId">The reporter's key of it.</param>
/// <param name="Scores">By name, at least one.</param>
public sealed record ScoreReport(long? JobId, string? ExternalId, IReadOnlyDictionary<string, double> Scores)
{
    /// <summary>Reads one object of a request, whose JSON must be <see cref="StorableText.Marked(string)"/>.</summary>
    /// <returns>The report, or why it is refused.</returns>
    public static (ScoreReport? Report, string? Error) Read(JsonElement item)
    {
        try
        {
            if (item.ValueKind != JsonValueKind.Object)
                throw new FormatException("must be an object");
            var (jobId, externalId) = (JobReportReader.Id(item, "job_id"), JobReportReader.Key(JobReportReader.Text(item, "external_id"), "external_id"));
            return jobId is null && externalId is null
                ? throw new FormatException("job_id or external_id is required")
                : (new ScoreReport(jobId, jobId is null ? externalId : null, ReadScores(item)), null);
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }
    }

    private static Dictionary<string, double> ReadScores(JsonElement item)
    {
        if (JobReportReader.Given(item, "scores") is not { ValueKind: JsonValueKind.Object } given)
            throw new FormatException("scores must be an object of numbers");
        var scores = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var score in given.EnumerateObject())
        {
            if (JobResultReader.NameProblem(score.Name) is { } problem)
                throw new FormatException(StorableText.Readable($"scores.{score.Name[..Math.Min(score.Name.Length, 60)]} has a name that {problem}"));
            if (score.Value.ValueKind != JsonValueKind.Number || !score.Value.TryGetDouble(out var number) || !double.IsFinite(number))
                throw new FormatException($"scores.{score.Name} must be a number");
            scores[score.Name] = number;
        }

        return scores.Count switch
        {
            0 => throw new FormatException("scores must hold at least one score"),
            > JobLimits.MaxScores => throw new FormatException($"scores holds more than {JobLimits.MaxScores} scores"),
            _ => scores,
        };
    }
}
