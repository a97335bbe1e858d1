using System.Buffers;
using System.Text;
using System.Text.Json;
using PerfDash.Core.Collection;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Ingest;

/// <summary>
/// Reads one object of <c>POST /performance/jobs/completed</c>. What identifies the job must be right, or the report is
/// refused; the result's own fields are passed on as they are, for capture judges those.
/// </summary>
public static class JobReportReader
{
    private static readonly string[] ResultFields =
    [
        "frame_count", "time_per_frame_ms", "total_gpu_time_ms", "total_wall_time_ms", "vram_peak_mb", "resolution_tier",
        "quality_scores", "pipeline_stages",
    ];

    /// <summary>Reads it.</summary>
    /// <returns>The report, or why it is refused.</returns>
    public static (JobReport? Report, string? Error) Read(JsonElement item)
    {
        try
        {
            var report = ExportedJob.Is(item) ? ExportedJob.Read(item) : Fields(item);
            return report.JobId is null && report.ExternalId is null
                ? (null, "job_id or external_id is required")
                : (report, null);
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }
        catch (InvalidOperationException)
        {
            // What the JSON library raises for bytes that are no UTF-8 and for half a surrogate pair.
            return (null, NotUnicode);
        }
    }

    /// <summary>
    /// Reads it as a line of history, which may also hold <c>status</c>, <c>error</c>, <c>created_at</c> and
    /// <c>project_name</c>, and needs no key of its own.
    /// </summary>
    /// <param name="item">The line's object, or one that PerfDash exported.</param>
    /// <param name="keyOfContent">Makes the external id of a line that names no job.</param>
    /// <exception cref="FormatException">It is refused; the message says why.</exception>
    internal static JobReport ReadHistory(JsonElement item, Func<string> keyOfContent)
    {
        try
        {
            if (ExportedJob.Is(item))
                return ExportedJob.Read(item);
            var report = Fields(item) with
            {
                Status = Status(Text(item, "status") ?? JobStatus.Completed),
                Error = Text(item, "error"),
                ProjectName = Text(item, "project_name"),
                CreatedAt = Moment(item, "created_at"),
            };
            return report.JobId is null && report.ExternalId is null ? report with { ExternalId = keyOfContent() } : report;
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException(NotUnicode, e);
        }
    }

    /// <summary>The status, when it is one of <see cref="JobStatus"/>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    internal static string Status(string status) => JobStatus.All.Contains(status)
        ? status
        : throw new FormatException($"status \"{status}\" is not one of {string.Join(", ", JobStatus.All)}");

    // JSON can escape half of a surrogate pair, which .NET reads only with an exception and PostgreSQL not at all.
    private const string NotUnicode = "contains text that is not valid Unicode";

    private static JobReport Fields(JsonElement item) => item.ValueKind != JsonValueKind.Object
        ? throw new FormatException("must be an object")
        : new JobReport
        {
            JobId = Id(item, "job_id"),
            ExternalId = Text(item, "external_id"),
            Workflow = Reference(item, "workflow"),
            Worker = Reference(item, "worker"),
            ProjectId = Id(item, "project_id"),
            CharacterId = Id(item, "character_id"),
            SceneId = Id(item, "scene_id"),
            ParametersJson = Parameters(item),
            ResultJson = Result(item),
            StartedAt = Moment(item, "started_at"),
            CompletedAt = Moment(item, "completed_at"),
        };

    internal static JsonElement? Given(JsonElement item, string field) =>
        item.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    internal static long? Id(JsonElement item, string field, string? path = null) => Given(item, field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var id) => id,
        _ => throw new FormatException($"{path ?? field} must be a whole number"),
    };

    internal static string? Text(JsonElement item, string field, string? path = null) => Given(item, field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value when !string.IsNullOrWhiteSpace(value.GetString()) => Storable(value.GetString()!, path ?? field),
        _ => throw new FormatException($"{path ?? field} must be non-blank text"),
    };

    private static string Storable(string text, string field) =>
        text.Contains('\0', StringComparison.Ordinal) ? throw new FormatException($"{field} contains the character U+0000, which cannot be stored") : text;

    internal static DateTimeOffset? Moment(JsonElement item, string field) => Given(item, field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value when TimeRange.ReadIso8601(value.GetString()!) is { } moment => moment,
        _ => throw new FormatException($"{field} must be a date and time in ISO 8601 format, such as 2026-11-24T08:00:00Z"),
    };

    private static EntityReference? Reference(JsonElement item, string field)
    {
        if (Given(item, field) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Object)
            throw new FormatException($"{field} must be an object with id or external_id");
        var reference = new EntityReference(
            Id(value, "id", $"{field}.id"),
            Text(value, "external_id", $"{field}.external_id"),
            Text(value, "name", $"{field}.name"),
            Text(value, "gpu_model", $"{field}.gpu_model"));
        return reference.Id is null && reference.ExternalId is null
            ? throw new FormatException($"{field} requires id or external_id")
            : reference;
    }

    internal static string? Parameters(JsonElement item) => Given(item, "parameters") switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => value.GetRawText(),
        _ => throw new FormatException("parameters must be an object"),
    };

    /// <summary>The result of an object's fields as JSON, or null without any.</summary>
    /// <param name="item">The object.</param>
    /// <param name="asRecorded">The figures are those of a metric; see <see cref="JobResultReader.AsRecorded"/>.</param>
    internal static string? Result(JsonElement item, bool asRecorded = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        var any = asRecorded;
        if (asRecorded)
            writer.WriteBoolean(JobResultReader.AsRecorded, true);
        foreach (var field in ResultFields)
        {
            if (!item.TryGetProperty(field, out var value))
                continue;
            writer.WritePropertyName(field);
            value.WriteTo(writer);
            any = true;
        }

        writer.WriteEndObject();
        writer.Flush();
        return any ? Encoding.UTF8.GetString(buffer.WrittenSpan) : null;
    }
}
