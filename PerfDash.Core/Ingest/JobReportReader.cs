using System.Text.Json;
using PerfDash.Core.Collection;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Ingest;

/// <summary>
/// Reads one object of <c>POST /performance/jobs/completed</c>. What identifies the job must be right, or the report is
/// refused; the result's own fields are passed on as they are, for capture reads those. The JSON must be <see cref="StorableText.Marked(string)"/>.
/// </summary>
public static class JobReportReader
{
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
        if (ExportedJob.Is(item))
            return ExportedJob.Read(item);
        var report = Fields(item) with
        {
            Status = Status(Text(item, "status") ?? JobStatus.Completed),
            Error = Readable(item, "error"),
            ProjectName = Text(item, "project_name"),
            CreatedAt = Moment(item, "created_at"),
        };
        return report.JobId is null && report.ExternalId is null ? report with { ExternalId = keyOfContent() } : report;
    }

    /// <summary>The status, when it is one of <see cref="JobStatus"/>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    internal static string Status(string status) => JobStatus.All.Contains(status)
        ? status
        : throw new FormatException($"status \"{status}\" is not one of {string.Join(", ", JobStatus.All)}");

    private static JobReport Fields(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw new FormatException("must be an object");
        var warnings = new ReportWarnings();
        return new JobReport
        {
            JobId = Id(item, "job_id"),
            ExternalId = Key(item, "external_id"),
            Workflow = Reference(item, "workflow", warnings),
            Worker = Reference(item, "worker", warnings),
            ProjectId = Id(item, "project_id"),
            CharacterId = Id(item, "character_id"),
            SceneId = Id(item, "scene_id"),
            ParametersJson = Parameters(item, warnings),
            StartedAt = Moment(item, "started_at"),
            CompletedAt = Moment(item, "completed_at"),
            // Last: it says what of the others was left out.
            ResultJson = ReportJson.Result(item, warnings),
        };
    }

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

    /// <summary>The text, or null; refused where it cannot be stored.</summary>
    internal static string? Storable(string? text, string field) =>
        text is null || StorableText.IsStorable(text) ? text : throw new FormatException($"{field} {StorableText.Problem}");

    private static string? Key(JsonElement item, string field, string? path = null) => Key(Text(item, field, path), path ?? field);

    /// <summary>A key, or null; refused where it cannot be stored or is too long.</summary>
    internal static string? Key(string? key, string field) => Storable(key, field) is not { Length: > JobLimits.MaxKeyLength }
        ? key
        : throw new FormatException($"{field} is longer than {JobLimits.MaxKeyLength} characters");

    /// <summary>Text that people read and nothing is found by: what cannot be stored is replaced.</summary>
    private static string? Readable(JsonElement item, string field) =>
        Given(item, field) is { ValueKind: JsonValueKind.String } value ? StorableText.Readable(value.GetString()!) : Text(item, field);

    private static string? Name(JsonElement item, string field, string path, ReportWarnings warnings) =>
        Name(Given(item, field) is { ValueKind: JsonValueKind.String } value && !StorableText.IsStorable(value.GetString()!) ? value.GetString() : Text(item, field, path), path, warnings);

    /// <summary>A name, or null: left out with a warning where it cannot be stored, cut where it is too long.</summary>
    internal static string? Name(string? name, string path, ReportWarnings warnings)
    {
        if (name is not null && !StorableText.IsStorable(name))
        {
            warnings.Add(path, StorableText.Problem);
            return null;
        }

        if (name is null || name.Length <= JobLimits.MaxNameLength)
            return name;
        warnings.Add(path, $"was cut to {JobLimits.MaxNameLength} characters");
        return name[..JobLimits.MaxNameLength];
    }

    internal static DateTimeOffset? Moment(JsonElement item, string field) => Given(item, field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value when TimeRange.ReadIso8601(value.GetString()!) is { } moment => moment,
        _ => throw new FormatException($"{field} must be a date and time in ISO 8601 format, such as 2026-11-24T08:00:00Z"),
    };

    private static EntityReference? Reference(JsonElement item, string field, ReportWarnings warnings)
    {
        if (Given(item, field) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Object)
            throw new FormatException($"{field} must be an object with id or external_id");
        var reference = new EntityReference(
            Id(value, "id", $"{field}.id"),
            Key(value, "external_id", $"{field}.external_id"),
            Name(value, "name", $"{field}.name", warnings),
            Name(value, "gpu_model", $"{field}.gpu_model", warnings));
        return reference.Id is null && reference.ExternalId is null
            ? throw new FormatException($"{field} requires id or external_id")
            : reference;
    }

    internal static string? Parameters(JsonElement item, ReportWarnings warnings) => Given(item, "parameters") switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => ReportJson.Parameters(value, warnings),
        _ => throw new FormatException("parameters must be an object"),
    };
}
