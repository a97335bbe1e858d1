using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>
/// Which values of a node decide how long it takes and what it can do: numbers, switches, choices and models. Seeds, texts that people write, names of
/// input files and prefixes of output files change from run to run and are left out.
/// </summary>
internal static class NodeSettings
{
    // A value within a value, as some nodes for several LoRAs have it; deeper ones are left out.
    private const int MaxDepth = 4;

    // A choice ("dpmpp_2m", "image/webp") is short; a text that people write need not be long, so its name counts too.
    private const int MaxChoiceLength = 64;

    private static readonly string[] ModelEndings = [".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".sft", ".onnx", ".engine"];

    private static readonly string[] WordsOfTexts =
    [
        "text", "prompt", "positive", "negative", "caption", "wildcard", "string", "tags", "t5xxl", "clip_l", "clip_g", "title", "note",
        "prefix", "suffix", "filename", "file_name", "path", "directory", "folder", "subfolder", "url", "image", "video", "audio", "mask", "upload", "file",
    ];

    // Nodes whose texts are prompts, whatever the names of their inputs.
    private static readonly string[] WordsOfTextNodes = ["Text", "Prompt", "String", "Caption"];

    /// <summary>The settings of a node with their values as text, in the order of their names.</summary>
    public static IEnumerable<(string Name, string Value)> Read(PromptNode node)
    {
        var writesText = WordsOfTextNodes.Any(word => node.ClassType.Contains(word, StringComparison.OrdinalIgnoreCase));
        return node.Literals.OrderBy(literal => literal.Key, StringComparer.Ordinal).SelectMany(literal => Values(literal.Key, literal.Value, writesText, 0));
    }

    /// <summary>True for inputs that differ from run to run of the same configuration: seeds, texts and names of files.</summary>
    public static bool IsVarying(string input) =>
        IsSeed(input) || Contains(input, "text") || Contains(input, "prompt") || Contains(input, "prefix") || Contains(input, "filename");

    /// <summary>True for the name of a file that holds a model.</summary>
    public static bool IsModelFile(string value) => ModelEndings.Any(ending => value.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<(string Name, string Value)> Values(string name, JsonElement value, bool writesText, int depth)
    {
        if (depth > MaxDepth || IsSeed(name) || name == "control_after_generate")
            return [];
        return value.ValueKind switch
        {
            JsonValueKind.Number => [(name, value.NumberText() ?? "")],
            JsonValueKind.True => [(name, "true")],
            JsonValueKind.False => [(name, "false")],
            JsonValueKind.String when value.Text() is { } text && (IsModelFile(text) || (!writesText && IsChoice(name, text))) => [(name, text)],
            JsonValueKind.Array => value.EnumerateArray().SelectMany(item => Values(name, item, writesText, depth + 1)),
            JsonValueKind.Object => value.Fields().OrderBy(field => field.Name, StringComparer.Ordinal)
                .SelectMany(field => Values($"{name}.{field.Name}", field.Value, writesText, depth + 1)),
            _ => [],
        };
    }

    private static bool IsChoice(string name, string text) =>
        text.Length <= MaxChoiceLength && !text.Contains('\n', StringComparison.Ordinal) && !WordsOfTexts.Any(word => Contains(name, word));

    private static bool IsSeed(string name) => Contains(name, "seed") && !Contains(name, "seed_mode");

    private static bool Contains(string name, string word) => name.Contains(word, StringComparison.OrdinalIgnoreCase);
}
