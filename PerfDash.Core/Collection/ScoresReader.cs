using System.Buffers;
using System.Text;
using System.Text.Json;

namespace PerfDash.Core.Collection;

/// <summary>Reads <c>quality_scores</c>: an object whose values are numbers. Any name counts, any scale.</summary>
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
        foreach (var score in scores.EnumerateObject())
        {
            if (score.Value.ValueKind == JsonValueKind.Null
                || !NumberReader.IsNumber(score.Value, $"quality_scores.{score.Name}", warnings, out var number))
            {
                continue;
            }

            // As a double: PostgreSQL refuses to convert digits no double can tell from 0 (1e-400).
            writer.WriteNumber(score.Name, number);
            kept++;
        }

        writer.WriteEndObject();
        writer.Flush();
        return kept == 0 ? null : Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
