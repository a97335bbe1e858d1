using System.Collections.Frozen;
using System.Collections.Immutable;

namespace PerfDash.Web.Charts;

/// <summary>What a colour stands for: an entity of the farm, or a name that comes with its jobs.</summary>
public enum EntityKind
{
    /// <summary>A workflow, by its id.</summary>
    Workflow,

    /// <summary>A worker, by its id.</summary>
    Worker,

    /// <summary>A project, by its id.</summary>
    Project,

    /// <summary>A quality score, by its name.</summary>
    Score,

    /// <summary>A pipeline stage, by its name.</summary>
    Stage,

    /// <summary>A resolution tier, by its name.</summary>
    ResolutionTier,
}

/// <summary>
/// The colours of charts. Built on the Okabe-Ito set and tuned so that neighbours stay apart for protanopes and deuteranopes
/// and every colour has a contrast of at least 3:1 with the page, light or dark. An entity has one colour slot on every chart;
/// the slot has one shade for light and one for dark pages.
/// </summary>
public static class ChartPalette
{
    /// <summary>The shades for light pages, by slot.</summary>
    public static ImmutableArray<string> Light { get; } =
        ["#2194D2", "#C4664F", "#0C9885", "#6E2060", "#A97D07", "#0654DA", "#5A2A05", "#262626"];

    /// <summary>The shades for dark pages, by the same slots.</summary>
    public static ImmutableArray<string> Dark { get; } =
        ["#4CC3F5", "#D0705C", "#2BE58A", "#E34399", "#F0E442", "#3D8BFF", "#F58A2E", "#EBEBEB"];

    private static readonly FrozenDictionary<string, int> SlotOfLight =
        Light.Select((colour, slot) => (colour, slot)).ToFrozenDictionary(x => x.colour, x => x.slot, StringComparer.OrdinalIgnoreCase);

    // Names that many installations have get slots chosen so that those seen together differ.
    private static readonly FrozenDictionary<string, int> KnownNames = new Dictionary<string, int>
    {
        ["likeness"] = 0,
        ["face_confidence"] = 1,
        ["motion_quality"] = 2,
        ["boundary_ssim"] = 3,
        ["480p"] = 4,
        ["720p"] = 2,
        ["1080p"] = 0,
        ["1440p"] = 1,
        ["4k"] = 3,
        ["load_model"] = 1,
        ["encode_prompt"] = 4,
        ["encode_image"] = 5,
        ["encode_mask"] = 5,
        ["analyze_face"] = 6,
        ["sample"] = 0,
        ["decode"] = 2,
        ["blend_edges"] = 3,
        ["encode_video"] = 3,
        ["save_images"] = 3,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The colour (its light shade, <c>#RRGGBB</c>) of an entity: the same on every chart, page and start of the program.</summary>
    public static string ColorFor(EntityKind kind, long id) => Light[Slot(id - 1)];

    /// <summary>The colour (its light shade, <c>#RRGGBB</c>) of something known by name: the same on every chart, page and start of the program.</summary>
    public static string ColorFor(EntityKind kind, string name) =>
        Light[KnownNames.TryGetValue(name, out var slot) ? slot : Slot(StableHash(name))];

    /// <summary>The colour (its light shade) of the series at an index, for series that are no entities.</summary>
    public static string ColorAt(int index) => Light[Slot(index)];

    /// <summary>The dark shade of a colour of this palette; a colour from elsewhere stays as it is.</summary>
    public static string OnDark(string color) => SlotOfLight.TryGetValue(color, out var slot) ? Dark[slot] : color;

    private static int Slot(long number) => (int)(((number % Light.Length) + Light.Length) % Light.Length);

    // string.GetHashCode differs from start to start; FNV-1a does not.
    private static uint StableHash(string text) =>
        text.Aggregate(2166136261u, (hash, c) => unchecked((hash ^ c) * 16777619u));
}
