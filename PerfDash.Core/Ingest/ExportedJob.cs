using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace PerfDash.Core.Ingest;

/// <summary>
/// A job as <c>GET /performance/jobs</c> gives it, read back to the same figures. Its ids are those of the database it came from: here
/// they name a row only where that has the same name too (the same job, the same moment of completion).
/// </summary>
public static class ExportedJob
{
    private const string Scores = "quality_scores_";

    private static readonly string[] Marks = ["job_id", "workflow_id", "worker_id", "created_at"];
    private static readonly string[] Json = ["pipeline_stages", "parameters"];
    private static readonly string[] Numbers =
    [
        "job_id", "workflow_id", "worker_id", "project_id", "character_id", "scene_id", "time_per_frame_ms", "total_gpu_time_ms", "total_wall_time_ms",
        "vram_peak_mb", "frame_count",
    ];

    /// <summary>True for an item of the JSON answer.</summary>
    public static bool Is(JsonElement item) => item.ValueKind == JsonValueKind.Object && Is(name => item.TryGetProperty(name, out _));

    /// <summary>True for the header of the CSV answer.</summary>
    public static bool Is(IReadOnlyList<string> header) => Is(header.Contains);

    // Where no other moment is given, created_at can only be what it is on a metric.
    private static bool Is(Func<string, bool> has) => Marks.All(has) && (has("queued_at") || !(has("completed_at") || has("status")));

    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">It is refused; the message says why.</exception>
    internal static JobReport Read(JsonElement item)
    {
        var id = JobReportReader.Id(item, "job_id") ?? throw new FormatException("job_id is empty");
        var completedAt = JobReportReader.Moment(item, "completed_at") ?? JobReportReader.Moment(item, "created_at") ?? throw new FormatException("created_at is empty");
        var warnings = new ReportWarnings();
        return new JobReport
        {
            ExternalId = JobReportReader.Text(item, "external_id") ?? string.Create(CultureInfo.InvariantCulture, $"export:{id}:{completedAt.UtcDateTime:O}"),
            ExportedJobId = id,
            Workflow = Reference(item, "workflow", null),
            Worker = Reference(item, "worker", JobReportReader.Text(item, "gpu_model")),
            ProjectName = JobReportReader.Text(item, "project_name"),
            CharacterName = JobReportReader.Text(item, "character_name"),
            SceneName = JobReportReader.Text(item, "scene_name"),
            ParametersJson = JobReportReader.Parameters(item, warnings),
            ResultJson = ReportJson.Result(item, warnings, asRecorded: true),
            CreatedAt = JobReportReader.Moment(item, "queued_at"),
            StartedAt = JobReportReader.Moment(item, "started_at"),
            CompletedAt = completedAt,
        };
    }

    /// <summary>A row of the CSV answer as the item of the JSON answer that it was made of.</summary>
    /// <param name="header">The columns.</param>
    /// <param name="cell">The text of a column by its place; empty where it is null.</param>
    /// <exception cref="FormatException">A cell is not what its column holds.</exception>
    public static JsonElement FromCells(IReadOnlyList<string> header, Func<int, string> cell)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        for (var i = 0; i < header.Count; i++)
        {
            if (header[i].StartsWith(Scores, StringComparison.Ordinal) || cell(i) is not { Length: > 0 } text)
                continue;
            if (Numbers.Contains(header[i]) || Json.Contains(header[i]))
                WriteJson(json, header[i], text);
            else
                json.WriteString(header[i], FormulaText.Restore(text));
        }

        json.WriteStartObject("quality_scores");
        for (var i = 0; i < header.Count; i++)
        {
            if (header[i].StartsWith(Scores, StringComparison.Ordinal) && cell(i) is { Length: > 0 } text)
                WriteJson(json, header[i], text, header[i][Scores.Length..]);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static void WriteJson(Utf8JsonWriter json, string column, string text, string? name = null)
    {
        json.WritePropertyName(name ?? column);
        try
        {
            json.WriteRawValue(text);
        }
        catch (JsonException e)
        {
            throw new FormatException($"{column} \"{text}\" is not JSON", e);
        }
    }

    private static EntityReference? Reference(JsonElement item, string field, string? gpuModel)
    {
        if (JobReportReader.Id(item, $"{field}_id") is not { } id)
            return null;
        var name = JobReportReader.Given(item, $"{field}_name")?.GetString() ?? "";
        return JobReportReader.Text(item, $"{field}_external_id") is { } key
            ? new EntityReference(null, key, name, gpuModel)
            : new EntityReference(id, string.Create(CultureInfo.InvariantCulture, $"export:{id}:{name}"), name, gpuModel) { IsExported = true };
    }
}
