using System.Globalization;
using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>
/// What a submitter says of a prompt in <c>extra_data.perfdash</c>. A whole number from 1, also as text, is an id; other text is a name.
/// At most one of an id and its name is there.
/// </summary>
internal sealed record PerfDashLabels
{
    /// <summary>Nothing was said.</summary>
    public static PerfDashLabels None { get; } = new();

    public long? ProjectId { get; init; }

    public string? ProjectName { get; init; }

    public long? CharacterId { get; init; }

    public string? CharacterName { get; init; }

    public long? SceneId { get; init; }

    public string? SceneName { get; init; }

    /// <summary>Name of the workflow that the submitter wants the job under; null where PerfDash is to tell it by the graph.</summary>
    public string? Workflow { get; init; }

    /// <summary>
    /// A probe, which is no job and has no part in any figure. PerfDash marks its own so; whoever else does keeps a prompt out of the figures, and no more.
    /// </summary>
    public bool IsProbe { get; init; }

    /// <summary>Reads <c>extra_data.perfdash</c>.</summary>
    public static PerfDashLabels Parse(JsonElement labels)
    {
        var project = Label(labels, "project_id");
        var character = Label(labels, "character_id");
        var scene = Label(labels, "scene_id");
        return new PerfDashLabels
        {
            ProjectId = project.Id,
            ProjectName = project.Name,
            CharacterId = character.Id,
            CharacterName = character.Name,
            SceneId = scene.Id,
            SceneName = scene.Name,
            Workflow = labels.Field("workflow")?.Name(),
            IsProbe = labels.Field("probe")?.ValueKind == JsonValueKind.True,
        };
    }

    private static (long? Id, string? Name) Label(JsonElement labels, string field)
    {
        if (labels.Field(field) is not { } value)
            return default;
        if (value.ValueKind == JsonValueKind.Number)
            return (value.TryGetInt64(out var number) && number > 0 ? number : null, null);
        if (value.Name() is not { } name)
            return default;
        return long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0 ? (id, null) : (null, name);
    }
}
