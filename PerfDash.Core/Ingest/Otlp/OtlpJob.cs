using System.Text.Json;

namespace PerfDash.Core.Ingest.Otlp;

/// <summary>
/// A root span as the JSON of a completion, with <c>status</c> and <c>error</c> as a line of history has them: from there on the rules
/// are those of every report.
/// </summary>
internal static class OtlpJob
{
    /// <summary>Writes it.</summary>
    /// <returns>The JSON to keep until the stages have come, and the report without them; or why it is refused.</returns>
    public static (string? Json, JobReport? Report, string? Error) From(OtlpSpan span)
    {
        if (span.EndNano == 0)
            return (null, null, "endTimeUnixNano is missing");
        var json = Write(span);
        try
        {
            return (json, Read(json, []), null);
        }
        catch (FormatException e)
        {
            return (null, null, e.Message);
        }
    }

    /// <summary>The report of a job that was kept, with its stages.</summary>
    public static JobReport Read(string json, IReadOnlyList<OtlpStage> stages)
    {
        using var kept = JsonDocument.Parse(StorableText.Marked(json));
        var whole = ReportJson.Written(writer =>
        {
            writer.WriteStartObject();
            foreach (var field in kept.RootElement.EnumerateObject())
                field.WriteTo(writer);
            if (stages.Count > 0)
            {
                writer.WriteStartArray("pipeline_stages");
                foreach (var stage in stages)
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", stage.Name);
                    writer.WriteNumber("duration_ms", stage.DurationMs);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        });
        using var item = JsonDocument.Parse(whole);
        return JobReportReader.ReadHistory(item.RootElement, () => "");
    }

    private static string Write(OtlpSpan span) => ReportJson.Written(writer =>
    {
        var attributes = span.Attributes;
        var workflow = OtlpAttributes.TextOf(attributes[OtlpAttributes.Workflow]);
        writer.WriteStartObject();
        writer.WriteString("external_id", Text(OtlpAttributes.JobId) ?? $"otlp:{span.TraceId}");
        WriteReference("workflow", workflow, Text(OtlpAttributes.WorkflowName) ?? workflow);
        if ((Text(OtlpAttributes.Worker) ?? span.ResourceWorker) is { } worker)
            WriteReference("worker", worker, worker);
        if (span.StartNano > 0)
            writer.WriteString("started_at", OtlpSpan.Moment(span.StartNano));
        writer.WriteString("completed_at", OtlpSpan.Moment(span.EndNano));
        if (span.IsError)
        {
            writer.WriteString("status", "failed");
            if (!string.IsNullOrWhiteSpace(span.StatusMessage))
                writer.WriteString("error", span.StatusMessage);
        }

        foreach (var (attribute, field) in OtlpAttributes.Fields)
        {
            if (attributes.TryGetValue(attribute, out var value))
                WriteValue(writer, field, value);
        }

        WriteNamed(writer, "quality_scores", OtlpAttributes.Score, attributes);
        WriteNamed(writer, "parameters", OtlpAttributes.Parameter, attributes);
        writer.WriteEndObject();

        string? Text(string name) => attributes.TryGetValue(name, out var value) ? OtlpAttributes.TextOf(value) : null;

        void WriteReference(string field, string key, string name)
        {
            writer.WriteStartObject(field);
            writer.WriteString("external_id", key);
            writer.WriteString("name", name);
            writer.WriteEndObject();
        }
    });

    private static void WriteNamed(Utf8JsonWriter writer, string field, string prefix, IReadOnlyDictionary<string, object> attributes)
    {
        var named = attributes.Where(a => a.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        if (named.Count == 0)
            return;
        writer.WriteStartObject(field);
        foreach (var (name, value) in named)
            WriteValue(writer, name[prefix.Length..], value);
        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, string field, object value)
    {
        writer.WritePropertyName(field);
        switch (value)
        {
            case long number:
                writer.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            default:
                writer.WriteStringValue(OtlpAttributes.TextOf(value));
                break;
        }
    }
}

/// <summary>A child of a root span.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DurationMs">Milliseconds, with fractions.</param>
internal sealed record OtlpStage(string Name, double DurationMs);
