namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>The settings of a sampler, as JSON holds them; null where the graph does not say.</summary>
internal sealed record SamplerSettings
{
    // Nodes that only change what a scheduler made stand between it and the sampler.
    private const int MaxLinks = 16;

    /// <summary>The node that samples.</summary>
    public required PromptNode Node { get; init; }

    /// <summary>A <see cref="long"/> or a <see cref="ulong"/>: seeds go up to 2^64 − 1.</summary>
    public object? Seed { get; init; }

    public object? Steps { get; init; }

    public object? Cfg { get; init; }

    /// <summary>For example <c>euler</c>; the class of the sampler's node where that has no name.</summary>
    public object? Sampler { get; init; }

    /// <summary>For example <c>karras</c>; the class of the scheduler's node where that has no name.</summary>
    public object? Scheduler { get; init; }

    public object? Denoise { get; init; }

    /// <summary>First step of a sampler that does a part of the steps; null for others.</summary>
    public object? StartAtStep { get; init; }

    /// <summary>The step it stops before; may be more than there are.</summary>
    public object? EndAtStep { get; init; }

    /// <summary>True for nodes that sample: by their inputs, because many packs bring samplers of their own.</summary>
    public static bool IsSampler(PromptNode node) =>
        (node.Has("sampler_name") && node.Has("steps"))
        || (node.Link("sampler") is not null && node.Link("sigmas") is not null)
        || (node.ClassType.Contains("Sampler", StringComparison.Ordinal) && node.Has("steps") && (node.Has("seed") || node.Has("noise_seed")));

    /// <summary>Reads a sampler and the nodes that hold its settings.</summary>
    public static SamplerSettings From(PromptGraph graph, PromptNode node)
    {
        var noise = graph.Linked(node, "noise");
        var guider = graph.Linked(node, "guider");
        var selected = graph.Linked(node, "sampler");
        var sigmas = Scheduling(graph, node);
        return new SamplerSettings
        {
            Node = node,
            Seed = Seeds(graph, node) ?? Seeds(graph, noise),
            Steps = Number(graph, node, "steps") ?? Number(graph, sigmas, "steps"),
            Cfg = Number(graph, node, "cfg") ?? Number(graph, guider, "cfg") ?? Number(graph, guider, "cfg_conds"),
            Sampler = Text(graph, node, "sampler_name") ?? Text(graph, selected, "sampler_name") ?? ClassOf(selected, "Sampler"),
            Scheduler = Text(graph, node, "scheduler") ?? Text(graph, sigmas, "scheduler") ?? ClassOf(sigmas, "Scheduler"),
            Denoise = Number(graph, node, "denoise") ?? Number(graph, sigmas, "denoise"),
            StartAtStep = Number(graph, node, "start_at_step"),
            EndAtStep = Number(graph, node, "end_at_step"),
        };
    }

    /// <summary>The node that makes the noise levels: the first one behind <c>sigmas</c> that knows steps, else the last one there.</summary>
    private static PromptNode? Scheduling(PromptGraph graph, PromptNode sampler)
    {
        var node = graph.Linked(sampler, "sigmas");
        for (var step = 0; step < MaxLinks && node is not null && !node.Has("steps") && graph.Linked(node, "sigmas") is { } behind; step++)
            node = behind;
        return node;
    }

    private static object? Seeds(PromptGraph graph, PromptNode? node) =>
        Number(graph, node, "seed") is long or ulong ? Number(graph, node, "seed")
        : Number(graph, node, "noise_seed") is long or ulong ? Number(graph, node, "noise_seed")
        : null;

    private static object? Number(PromptGraph graph, PromptNode? node, string input) => node is null ? null : graph.Value(node, input)?.Number();

    private static string? Text(PromptGraph graph, PromptNode? node, string input) => node is null ? null : graph.Value(node, input)?.Name();

    private static string? ClassOf(PromptNode? node, string word) => node?.ClassType is { } name && name.Contains(word, StringComparison.Ordinal) ? name : null;
}
