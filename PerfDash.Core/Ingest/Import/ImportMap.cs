using System.Buffers;
using System.Text;
using System.Text.Json;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Ingest.Import;

/// <summary>Says which column of a file is what of a job. <see cref="ImportMapReader"/> reads one; docs/import.md describes it.</summary>
public sealed class ImportMap
{
    /// <summary>What separates fields in a CSV; null: found out.</summary>
    internal char? Separator { get; init; }

    /// <summary>Texts that mean an empty cell.</summary>
    internal IReadOnlySet<string> Missing { get; init; } = new HashSet<string>();

    internal NumberSource? JobId { get; init; }

    internal TextSource? ExternalId { get; init; }

    internal ReferenceSource? Workflow { get; init; }

    internal ReferenceSource? Worker { get; init; }

    internal NumberSource? ProjectId { get; init; }

    internal TextSource? ProjectName { get; init; }

    internal NumberSource? CharacterId { get; init; }

    internal NumberSource? SceneId { get; init; }

    internal TextSource? Status { get; init; }

    internal TextSource? Error { get; init; }

    internal MomentSource? CreatedAt { get; init; }

    internal MomentSource? StartedAt { get; init; }

    internal MomentSource? CompletedAt { get; init; }

    /// <summary>Instead of <see cref="CompletedAt"/>: how long after its start a job ended.</summary>
    internal NumberSource? CompletedAfter { get; init; }

    /// <summary>Figures of the result by field.</summary>
    internal IReadOnlyList<KeyValuePair<string, NumberSource>> Figures { get; init; } = [];

    internal TextSource? ResolutionTier { get; init; }

    internal IReadOnlyList<KeyValuePair<string, NumberSource>> QualityScores { get; init; } = [];

    /// <summary>Durations of stages by name, in order.</summary>
    internal IReadOnlyList<KeyValuePair<string, NumberSource>> PipelineStages { get; init; } = [];

    internal IReadOnlyList<KeyValuePair<string, ParameterSource>> Parameters { get; init; } = [];

    /// <summary>Every column it names, with the field that names it.</summary>
    internal IReadOnlyList<(string Field, string Column)> Columns { get; init; } = [];

    /// <summary>Makes a job of one record.</summary>
    /// <param name="record">Gives the text of a column, or null.</param>
    /// <param name="keyOfContent">Makes the external id of a record that names no job.</param>
    /// <exception cref="FormatException">The record is refused; the message says why.</exception>
    internal JobReport Read(Func<string, string?> record, Func<string> keyOfContent)
    {
        Func<string, string?> cell = Missing.Count == 0 ? record : column => record(column) is { } text && !Missing.Contains(text.Trim()) ? text : null;
        var status = Status is null
            ? JobStatus.Completed
            : JobReportReader.Status(Status.Read(cell) ?? throw new FormatException("status is empty"));
        var startedAt = StartedAt?.Read("started_at", cell);
        var jobId = JobId?.ReadId("job_id", cell);
        var warnings = new ReportWarnings();
        var report = new JobReport
        {
            JobId = jobId,
            Workflow = Workflow?.Read("workflow", cell, warnings),
            Worker = Worker?.Read("worker", cell, warnings),
            ProjectId = ProjectId?.ReadId("project_id", cell),
            ProjectName = JobReportReader.Storable(ProjectName?.Read(cell), "project_name"),
            CharacterId = CharacterId?.ReadId("character_id", cell),
            SceneId = SceneId?.ReadId("scene_id", cell),
            Status = status,
            Error = Error?.Read(cell) is { } error ? StorableText.Readable(error) : null,
            CreatedAt = CreatedAt?.Read("created_at", cell),
            StartedAt = startedAt,
            CompletedAt = CompletedAt?.Read("completed_at", cell) ?? After(startedAt, status, cell),
            ParametersJson = Object(Parameters, (json, name, source) => source.Write(json, name, cell)) is { } parameters
                ? Checked(parameters, item => ReportJson.Parameters(item, warnings)) : null,
            // Last: it says what of the others was left out.
            ResultJson = Checked(Result(cell) ?? "{}", item => ReportJson.Result(item, warnings)),
        };
        if (status == JobStatus.Completed && report.CompletedAt is null && (CompletedAt is not null || CompletedAfter is not null))
            throw new FormatException("completed_at is empty");
        return report with { ExternalId = JobReportReader.Key(ExternalId?.Read(cell), "external_id") ?? (jobId is null ? keyOfContent() : null) };
    }

    // A job that has not ended has no end, whatever duration its row holds so far.
    private DateTimeOffset? After(DateTimeOffset? startedAt, string status, Func<string, string?> cell)
    {
        if (CompletedAfter is null || startedAt is not { } started || status is JobStatus.Pending or JobStatus.Running)
            return null;
        var duration = CompletedAfter.ReadDuration("completed_at", cell);
        return duration > DateTimeOffset.MaxValue - started ? throw new FormatException("completed_at is after the year 9999") : started + duration;
    }

    private string? Result(Func<string, string?> cell) => Written(json =>
    {
        foreach (var (name, source) in Figures)
            source.Write(json, name, cell);
        if (ResolutionTier?.Read(cell) is { } tier)
            json.WriteString("resolution_tier", tier);
        if (Object(QualityScores, (scores, name, source) => source.Write(scores, name, cell)) is { } quality)
        {
            json.WritePropertyName("quality_scores");
            json.WriteRawValue(quality, skipInputValidation: true);
        }

        var present = PipelineStages.Where(s => s.Value.Template.Read(cell) is not null).ToList();
        if (present.Count == 0)
            return;
        json.WriteStartArray("pipeline_stages");
        foreach (var (name, source) in present)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            source.Write(json, "duration_ms", cell);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string? Object<T>(IReadOnlyList<KeyValuePair<string, T>> fields, Action<Utf8JsonWriter, string, T> write) => Written(json =>
    {
        foreach (var (name, source) in fields)
            write(json, name, source);
    });

    /// <summary>Reads what cells were written as like a report: cells hold what jsonb does not.</summary>
    private static T Checked<T>(string json, Func<JsonElement, T> read)
    {
        using var document = JsonDocument.Parse(StorableText.Marked(json));
        return read(document.RootElement);
    }

    /// <summary>An object with what <paramref name="fields"/> writes, or null when that is nothing.</summary>
    private static string? Written(Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        fields(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenCount > "{}".Length ? Encoding.UTF8.GetString(buffer.WrittenSpan) : null;
    }
}

/// <summary>A workflow or worker, from cells.</summary>
internal sealed record ReferenceSource(NumberSource? Id, TextSource? ExternalId, TextSource? Name, TextSource? GpuModel)
{
    /// <summary>The reference, or null when its cells are empty. A name alone is the key too.</summary>
    public EntityReference? Read(string field, Func<string, string?> cell, ReportWarnings warnings)
    {
        var id = Id?.ReadId($"{field}.id", cell);
        var name = Name?.Read(cell);
        var externalId = ExternalId?.Read(cell);
        if (id is null && externalId is null && name is null)
            return null;
        return new EntityReference(
            id,
            JobReportReader.Key(externalId ?? (id is null ? name : null), $"{field}.{(externalId is null ? "name" : "external_id")}"),
            JobReportReader.Name(name, $"{field}.name", warnings),
            JobReportReader.Name(GpuModel?.Read(cell), $"{field}.gpu_model", warnings));
    }
}
