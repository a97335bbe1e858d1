using System.Buffers;
using System.Text;
using System.Text.Json;

namespace PerfDash.Core.Collection;

/// <summary>
/// Reads <c>pipeline_stages</c>: an array of <c>{"name", "duration_ms"}</c>. A stage without a usable name or duration
/// is left out with a warning: a stage of unknown length cannot take part in a breakdown.
/// </summary>
internal static class StagesReader
{
    public static string? Read(JsonElement result, WarningList warnings)
    {
        if (JobResultReader.Reported(result, "pipeline_stages") is not { } stages)
            return null;
        if (stages.ValueKind != JsonValueKind.Array)
        {
            warnings.Add("pipeline_stages", $"is {JobResultReader.Describe(stages)}, not an array of stages");
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartArray();
        var (index, kept) = (0, 0);
        foreach (var stage in stages.EnumerateArray())
        {
            if (kept == JobLimits.MaxStages)
            {
                warnings.Add("pipeline_stages", $"holds {stages.GetArrayLength() - index} more than the {JobLimits.MaxStages} stages that are recorded of a job");
                break;
            }

            if (WriteStage(stage, $"pipeline_stages[{index++}]", writer, warnings))
                kept++;
        }

        writer.WriteEndArray();
        writer.Flush();
        return kept == 0 ? null : Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static bool WriteStage(JsonElement stage, string field, Utf8JsonWriter writer, WarningList warnings)
    {
        if (stage.ValueKind != JsonValueKind.Object)
        {
            warnings.Add(field, $"is {JobResultReader.Describe(stage)}, not an object");
            return false;
        }

        if (JobResultReader.Reported(stage, "name") is not { ValueKind: JsonValueKind.String } name)
        {
            warnings.Add($"{field}.name", "is missing or not text");
            return false;
        }

        if (JobResultReader.NameProblem(name.GetString()!) is { } problem)
        {
            warnings.Add($"{field}.name", problem);
            return false;
        }

        if (JobResultReader.Reported(stage, "duration_ms") is not { } duration)
        {
            warnings.Add($"{field}.duration_ms", "is missing");
            return false;
        }

        if (!NumberReader.IsNumber(duration, $"{field}.duration_ms", warnings, out var number)
            || !NumberReader.InRange(number, long.MaxValue, duration, $"{field}.duration_ms", warnings))
        {
            return false;
        }

        writer.WriteStartObject();
        writer.WritePropertyName("name");
        name.WriteTo(writer);
        writer.WriteNumber("duration_ms", number);
        writer.WriteEndObject();
        return true;
    }
}
