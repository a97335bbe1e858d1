using System.Text.Json;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Ingest.Import;

/// <summary>Reads a map strictly: whatever it does not know is an error that names the place.</summary>
public static class ImportMapReader
{
    private static readonly string[] Settings = ["description", "separator", "time_zone", "time_format", "missing"];

    private static readonly string[] Fields =
    [
        "job_id", "external_id", "workflow", "worker", "project_id", "project_name", "character_id", "scene_id", "status", "error",
        "created_at", "started_at", "completed_at", "resolution_tier", "quality_scores", "pipeline_stages", "parameters",
    ];

    private static readonly string[] WorkflowMembers = ["id", "external_id", "name"];
    private static readonly string[] WorkerMembers = [.. WorkflowMembers, "gpu_model"];

    private static readonly Dictionary<string, ParameterType> ParameterTypes = new(StringComparer.Ordinal)
    {
        ["number"] = ParameterType.Number,
        ["text"] = ParameterType.Text,
        ["boolean"] = ParameterType.Boolean,
    };

    /// <summary>How a map may be written: with comments and trailing commas.</summary>
    internal static readonly JsonDocumentOptions Json = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };

    /// <summary>Figures of a result by field, with the units a map may name for them.</summary>
    internal static IReadOnlyDictionary<string, IReadOnlyDictionary<string, decimal>> Figures { get; } = new Dictionary<string, IReadOnlyDictionary<string, decimal>>
    {
        ["frame_count"] = Units.None,
        ["time_per_frame_ms"] = Units.Time,
        ["total_gpu_time_ms"] = Units.Time,
        ["total_wall_time_ms"] = Units.Time,
        ["vram_peak_mb"] = Units.Memory,
    };

    /// <summary>Reads a file.</summary>
    /// <exception cref="HistoryImportException">It cannot be read, or used; the message names file and place.</exception>
    public static async Task<ImportMap> LoadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return Parse(await File.ReadAllTextAsync(path, cancellationToken));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HistoryImportException($"The map cannot be read: {e.Message}", e);
        }
        catch (HistoryImportException e)
        {
            throw new HistoryImportException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Reads a map's text.</summary>
    /// <exception cref="HistoryImportException">It cannot be used; the message names the place.</exception>
    public static ImportMap Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Json);
            return Read(new MapNode(document.RootElement, ""));
        }
        catch (JsonException e)
        {
            throw new HistoryImportException($"is not JSON and so no map (line {(e.LineNumber ?? 0) + 1}); the order is: ./perfdash import FILE --map MAP.json", e);
        }
        catch (FormatException e)
        {
            throw new HistoryImportException(e.Message, e);
        }
    }

    private static ImportMap Read(MapNode root)
    {
        root.Allow([.. Settings, .. Fields, .. Figures.Keys]);
        if (root["workflow"] is null && root["job_id"] is null)
            throw root.Error("workflow is missing");
        var columns = new List<(string Field, string Column)>();
        var moments = new MomentFormat(root["time_format"] is { } format ? Patterns(format) : ["iso"], root["time_zone"] is { } zone ? Zone(zone) : TimeZoneInfo.Utc);
        var completed = root["completed_at"];
        var completedAfter = completed is { IsObject: true } && completed["started_at_plus"] is not null;
        if (completedAfter && root["started_at"] is null)
            throw completed!.Error("started_at_plus needs a started_at");

        return new ImportMap
        {
            Separator = root["separator"] is { } separator ? SeparatorOf(separator) : null,
            Missing = root["missing"]?.Texts().ToHashSet(StringComparer.Ordinal) ?? [],
            JobId = Number(root["job_id"], Units.None),
            ExternalId = Text(root["external_id"]),
            Workflow = Reference(root["workflow"], WorkflowMembers),
            Worker = Reference(root["worker"], WorkerMembers),
            ProjectId = Number(root["project_id"], Units.None),
            ProjectName = Text(root["project_name"]),
            CharacterId = Number(root["character_id"], Units.None),
            SceneId = Number(root["scene_id"], Units.None),
            Status = Status(root["status"]),
            Error = Text(root["error"]),
            CreatedAt = Moment(root["created_at"]),
            StartedAt = Moment(root["started_at"]),
            CompletedAt = completedAfter ? null : Moment(completed),
            CompletedAfter = completedAfter ? After(completed!) : null,
            Figures = [.. Figures.Where(f => root[f.Key] is not null).Select(f => KeyValuePair.Create(f.Key, Number(root[f.Key], f.Value)!))],
            ResolutionTier = Text(root["resolution_tier"]),
            QualityScores = Members(root["quality_scores"], node => Number(node, Units.Share)!),
            PipelineStages = Members(root["pipeline_stages"], node => Number(node, Units.Time)!),
            Parameters = Members(root["parameters"], Parameter),
            Columns = columns,
        };

        CellTemplate Template(MapNode node)
        {
            try
            {
                var template = CellTemplate.Parse(node.Text());
                columns.AddRange(template.Columns.Select(column => (node.Place, column)));
                return template;
            }
            catch (FormatException e) when (!e.Message.StartsWith(node.Place, StringComparison.Ordinal))
            {
                throw node.Error(e.Message);
            }
        }

        // A field is its template alone, or an object with the template as "from" and what else there is to say.
        CellTemplate From(MapNode node, params IEnumerable<string> more)
        {
            if (!node.IsObject)
                return Template(node);
            node.Allow(["from", .. more]);
            return Template(node["from"] ?? throw node.Error("from is missing"));
        }

        TextSource? Text(MapNode? node) => node is null ? null : new TextSource(
            From(node, "values", "otherwise"),
            node.IsObject ? node["values"]?.Members.ToDictionary(m => m.Key, m => m.Value.Text(), StringComparer.Ordinal) : null,
            node.IsObject ? node["otherwise"]?.Text() : null);

        TextSource? Status(MapNode? node)
        {
            foreach (var meaning in node is { IsObject: true } ? node["values"]?.Members.Select(m => m.Value).Append(node["otherwise"]) ?? [node["otherwise"]] : [])
            {
                if (meaning is not null && !JobStatus.All.Contains(meaning.Text()))
                    throw meaning.Error($"\"{meaning.Text()}\" is not one of {string.Join(", ", JobStatus.All)}");
            }

            return Text(node);
        }

        NumberSource? Number(MapNode? node, IReadOnlyDictionary<string, decimal> units) => node is null ? null : new NumberSource(
            From(node, units.Count > 0 ? ["unit"] : []),
            node.IsObject && node["unit"] is { } unit ? unit.OneOf(units) : 1);

        NumberSource After(MapNode node)
        {
            node.Allow("started_at_plus", "unit");
            return new NumberSource(Template(node["started_at_plus"]!), (node["unit"] ?? throw node.Error("unit is missing")).OneOf(Units.Time));
        }

        MomentSource? Moment(MapNode? node) => node is null ? null : new MomentSource(
            From(node, "format", "time_zone"),
            !node.IsObject ? moments : new MomentFormat(
                node["format"] is { } own ? Patterns(own) : moments.Patterns, node["time_zone"] is { } ownZone ? Zone(ownZone) : moments.Zone));

        ParameterSource Parameter(MapNode node) => new(
            From(node, "type"),
            node.IsObject && node["type"] is { } type ? type.OneOf(ParameterTypes) : ParameterType.AsItLooks);

        ReferenceSource? Reference(MapNode? node, string[] members)
        {
            if (node is not { IsObject: true })
                return node is null ? null : new ReferenceSource(null, Text(node), null, null);
            node.Allow(members);
            if (node["id"] is null && node["external_id"] is null && node["name"] is null)
                throw node.Error("requires external_id, id or name");
            return new ReferenceSource(Number(node["id"], Units.None), Text(node["external_id"]), Text(node["name"]), Text(node["gpu_model"]));
        }
    }

    private static List<KeyValuePair<string, T>> Members<T>(MapNode? node, Func<MapNode, T> read) =>
        node is null ? [] : [.. node.Members.Select(m => KeyValuePair.Create(m.Key, read(m.Value)))];

    private static IReadOnlyList<string> Patterns(MapNode node)
    {
        var patterns = node.Texts();
        return patterns.FirstOrDefault(p => !MomentFormat.IsPattern(p)) is { } unusable
            ? throw node.Error($"\"{unusable}\" is not a time format; use iso, unix_seconds, unix_ms or a pattern such as yyyy-MM-dd HH:mm:ss")
            : patterns;
    }

    private static TimeZoneInfo Zone(MapNode node) => TimeZones.IsKnown(node.Text())
        ? TimeZoneInfo.FindSystemTimeZoneById(node.Text())
        : throw node.Error($"\"{node.Text()}\" is not a time zone; use UTC or a name such as Europe/Berlin");

    private static char SeparatorOf(MapNode node) => node.Text() switch
    {
        "tab" => '\t',
        [var c] when char.IsAscii(c) && !char.IsLetterOrDigit(c) && c != '"' => c,
        var text => throw node.Error($"\"{text}\" is not a separator; use one character such as ; or tab"),
    };
}
