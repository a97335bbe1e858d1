using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Protocol;

/// <summary>What the answer to <c>POST /prompt</c> says of what the server will not run.</summary>
internal static class RefusedPrompt
{
    /// <summary>Why the prompt is refused; null where the answer does not say.</summary>
    public static string? Reason(JsonElement answer) => FirstNode(answer) ?? (answer.Field("error") is not { } error ? null
        : error.Text() ?? Joined(error.Field("message")?.Text(), error.Field("details")?.Text()));

    /// <summary>The first error of a node: <c>KSampler (node 3): Value not in list: sampler_name: 'x'</c>; null where there is none.</summary>
    public static string? FirstNode(JsonElement answer)
    {
        foreach (var (id, node) in (answer.Field("node_errors") ?? default).Fields())
        {
            var error = (node.Field("errors") ?? default).Items().FirstOrDefault();
            var reason = error.ValueKind == JsonValueKind.Object ? Joined(error.Field("message")?.Text(), error.Field("details")?.Text()) : null;
            return $"{node.Field("class_type")?.Name() ?? "Node"} (node {id}): {reason ?? "refused"}";
        }

        return null;
    }

    private static string? Joined(params string?[] parts) => string.Join(": ", parts.Where(part => !string.IsNullOrWhiteSpace(part)).Distinct(StringComparer.Ordinal)) is { Length: > 0 } text ? text : null;
}
