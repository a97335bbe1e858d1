using System.Buffers;
using System.Text;
using System.Text.Json;
using PerfDash.Core.Collection;

namespace PerfDash.Core.Ingest;

/// <summary>What of a report could not be stored, in the order found.</summary>
internal sealed class ReportWarnings
{
    private readonly List<CollectionWarning> _list = [];

    public IReadOnlyList<CollectionWarning> List => _list;

    public void Add(string field, string message)
    {
        if (_list.Count <= JobResultReader.MaxWarnings)
            _list.Add(new CollectionWarning(StorableText.Readable(field.Length <= 200 ? field : field[..200] + "…"), message));
    }
}

/// <summary>The JSON that a report writes into <c>jobs</c>: what jsonb cannot hold is left out, member by member, and said.</summary>
internal static class ReportJson
{
    private static readonly string[] ResultFields =
    [
        "frame_count", "time_per_frame_ms", "total_gpu_time_ms", "total_wall_time_ms", "vram_peak_mb", "resolution_tier",
        "quality_scores", "pipeline_stages",
    ];

    /// <summary>The parameters, up to the limits of a job.</summary>
    public static string Parameters(JsonElement parameters, ReportWarnings warnings) => Written(writer =>
    {
        writer.WriteStartObject();
        var (kept, length, beyond) = (0, 0, 0);
        foreach (var parameter in parameters.EnumerateObject())
        {
            if (!IsKept(parameter.Name, parameter.Value, $"parameters.{parameter.Name}", warnings))
                continue;
            var size = parameter.Name.Length + parameter.Value.GetRawText().Length;
            if (kept == JobLimits.MaxParameters || length + size > JobLimits.MaxParametersLength)
            {
                beyond++;
                continue;
            }

            parameter.WriteTo(writer);
            kept++;
            length += size;
        }

        if (beyond > 0)
            warnings.Add("parameters", $"holds {beyond} more than are stored of a job ({JobLimits.MaxParameters} parameters, {JobLimits.MaxParametersLength} characters)");
        writer.WriteEndObject();
    });

    /// <summary>The fields of a result that an item holds, and the warnings so far; null where there are neither.</summary>
    /// <param name="warnings">What was left out so far, and of the result.</param>
    /// <param name="asRecorded">The figures are those of a metric; see <see cref="JobResultReader.AsRecorded"/>.</param>
    public static string? Result(JsonElement item, ReportWarnings warnings, bool asRecorded = false)
    {
        var any = asRecorded;
        var json = Written(writer =>
        {
            writer.WriteStartObject();
            if (asRecorded)
                writer.WriteBoolean(JobResultReader.AsRecorded, true);
            foreach (var field in ResultFields)
            {
                if (!item.TryGetProperty(field, out var value))
                    continue;
                any |= WriteField(writer, field, value, warnings);
            }

            if (warnings.List.Count > 0)
            {
                writer.WritePropertyName(JobResultReader.WarningsField);
                writer.WriteRawValue(CollectionWarning.JsonOf(warnings.List)!);
                any = true;
            }

            writer.WriteEndObject();
        });
        return any ? json : null;
    }

    /// <summary>One score or one stage costs itself, anything else the field.</summary>
    private static bool WriteField(Utf8JsonWriter writer, string field, JsonElement value, ReportWarnings warnings)
    {
        switch (field, value.ValueKind)
        {
            case ("quality_scores", JsonValueKind.Object):
                writer.WriteStartObject(field);
                foreach (var member in value.EnumerateObject())
                {
                    if (IsKept(member.Name, member.Value, $"{field}.{member.Name}", warnings))
                        member.WriteTo(writer);
                }

                writer.WriteEndObject();
                return true;
            case ("pipeline_stages", JsonValueKind.Array):
                writer.WriteStartArray(field);
                foreach (var (index, element) in value.EnumerateArray().Index())
                {
                    if (StorableJson.ProblemOf(element) is { } problem)
                        warnings.Add($"{field}[{index}]", problem);
                    else
                        element.WriteTo(writer);
                }

                writer.WriteEndArray();
                return true;
            default:
                if (StorableJson.ProblemOf(value) is { } reason)
                {
                    warnings.Add(field, reason);
                    return false;
                }

                writer.WritePropertyName(field);
                value.WriteTo(writer);
                return true;
        }
    }

    private static bool IsKept(string name, JsonElement value, string path, ReportWarnings warnings)
    {
        var problem = StorableText.IsStorable(name) ? StorableJson.ProblemOf(value) : $"has a name that {StorableText.Problem}";
        if (problem is null && name.Length > JobLimits.MaxNameLength)
            problem = $"has a name that is longer than {JobLimits.MaxNameLength} characters";
        if (problem is not null)
            warnings.Add(path, problem);
        return problem is null;
    }

    /// <summary>What is written, as text.</summary>
    public static string Written(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        write(writer);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
