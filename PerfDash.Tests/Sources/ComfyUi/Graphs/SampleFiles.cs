using System.Text.Json;
using System.Text.Json.Nodes;
using PerfDash.Core.Sources.ComfyUi.Prompts;

namespace PerfDash.Tests.Sources.ComfyUi.Graphs;

/// <summary>The sample prompts and answers beside these tests.</summary>
internal static class SampleFiles
{
    private static readonly string Folder = Path.Combine(Repository.Root, "PerfDash.Tests", "Sources", "ComfyUi");

    /// <summary>The text of a file, for example <c>Composed/history.json</c>.</summary>
    public static string Text(string name) => File.ReadAllText(Path.Combine(Folder, name));

    /// <summary>A sample prompt as the server would list it.</summary>
    public static SubmittedPrompt Prompt(string name, params string[] outputNodes) => Submitted(Text($"Prompts/{name}.json"), outputNodes);

    /// <summary>A graph as the server would list it.</summary>
    public static SubmittedPrompt Submitted(string graph, params string[] outputNodes)
    {
        var entry = Parse($"""[1, "id", {graph}, {"{}"}, {JsonSerializer.Serialize(outputNodes)}]""");
        return SubmittedPrompt.Parse(entry) ?? throw new InvalidOperationException("No prompt.");
    }

    /// <summary>The graph of a sample prompt, to be changed.</summary>
    public static JsonObject Graph(string name) => JsonNode.Parse(Text($"Prompts/{name}.json"))!.AsObject();

    /// <summary>The only entry of a history file.</summary>
    public static FinishedPrompt History(string name)
    {
        var entry = Assert.Single(Parse(Text($"Composed/{name}.json")).EnumerateObject());
        return FinishedPrompt.Parse(entry.Name, entry.Value) ?? throw new InvalidOperationException("No entry.");
    }

    /// <summary>The entries of all answers to questions for history, in the order of receipt.</summary>
    public static IReadOnlyList<FinishedPrompt> Recorded(string name) =>
        [.. Answers(name, "/history").SelectMany(answer => answer.EnumerateObject()).Select(entry => FinishedPrompt.Parse(entry.Name, entry.Value)).OfType<FinishedPrompt>()];

    /// <summary>The answers to requests whose path begins so.</summary>
    public static IEnumerable<JsonElement> Answers(string name, string path) => Text($"Recorded/{name}.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(Parse)
        .Where(line => line.TryGetProperty("request", out var request) && request[1].GetString()!.StartsWith(path, StringComparison.Ordinal))
        .Select(line => line.GetProperty("answer")).Where(answer => answer.ValueKind == JsonValueKind.Object);

    /// <summary>JSON that outlives its document.</summary>
    public static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
