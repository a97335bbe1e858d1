using System.Buffers;
using System.Text;
using System.Text.Json;

namespace PerfDash.Core.Collection;

/// <summary>Reads <c>quality_scores</c>: an object whose values are numbers. Any name counts, any scale, up to <see cref="JobLimits.MaxScores"/>.</summary>
internal static class ScoresReader
{
    public static string? Read(JsonElement result, WarningList warnings)
    {
        if (JobResultReader.Reported(result, "quality_scores") is not { } scores)
            return null;
        if (scores.ValueKind != JsonValueKind.Object)
        {
            warnings.Add("quality_scores", $"is {JobResultReader.Describe(scores)}, not an object of numbers");
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        var kept = 0;
        var beyond = 0;
        // The well-known ones first: of jsonb, whose order is by length of the name, they would come last.
        foreach (var score in scores.EnumerateObject().OrderBy(score => KnownScores.Names.Contains(score.Name, StringComparer.Ordinal) ? 0 : 1))
        {
            if (score.Value.ValueKind == JsonValueKind.Null)
                continue;
            if (kept == JobLimits.MaxScores)
            {
                beyond++;
                continue;
            }

            if (JobResultReader.NameProblem(score.Name) is { } problem)
            {
                warnings.Add($"quality_scores.{score.Name}", $"has a name that {problem}");
                continue;
            }

            if (!NumberReader.IsNumber(score.Value, $"quality_scores.{score.Name}", warnings, out var number))
                continue;

            // As a double: PostgreSQL refuses to convert digits no double can distinguish from 0 (1e-400).
            writer.WriteNumber(score.Name, number);
            kept++;
        }

        if (beyond > 0)
            warnings.Add("quality_scores", $"holds {beyond} more than the {JobLimits.MaxScores} scores that are recorded of a job");
        writer.WriteEndObject();
        writer.Flush();
        return kept == 0 ? null : Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
