using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>How a prompt ended.</summary>
internal enum PromptOutcome
{
    /// <summary>All its output nodes ran.</summary>
    Completed,

    /// <summary>A node failed.</summary>
    Failed,

    /// <summary>Somebody interrupted it.</summary>
    Cancelled,
}

/// <summary>A prompt that has ended, from an entry of <c>GET /history</c>.</summary>
internal sealed record FinishedPrompt
{
    /// <summary>Characters in <see cref="Error"/>.</summary>
    public const int MaxErrorLength = 500;

    /// <summary>The prompt as it was submitted, under the id it has in history.</summary>
    public required SubmittedPrompt Prompt { get; init; }

    /// <summary>By the last message that says so; only where there is none by the status, which can be that of another prompt.</summary>
    public required PromptOutcome Outcome { get; init; }

    /// <summary>By the server's clock; null where it did not say.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>By the server's clock; null where it did not say.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary><see cref="StartedAt"/> in milliseconds since 1970: tells runs under the same id apart.</summary>
    public long? StartMs { get; init; }

    /// <summary>
    /// What went wrong, in one line of at most <see cref="MaxErrorLength"/> characters: <c>KSampler (node 3): torch.OutOfMemoryError: Allocation on device</c>.
    /// No traceback and no inputs. Null unless it failed.
    /// </summary>
    public string? Error { get; init; }

    /// <summary>True where it failed for want of memory, on a GPU as a rule.</summary>
    public bool IsOutOfMemory { get; init; }

    /// <summary>The node that failed, or that ran when it was interrupted; else null.</summary>
    public string? FailedNodeId { get; init; }

    /// <summary>Nodes that did not run because their results were kept from an earlier prompt.</summary>
    public IReadOnlyList<string> CachedNodes { get; init; } = [];

    /// <summary>
    /// Files that it made. Empty also where all output nodes were cached and the prompt has no client id: that does not mean that it made nothing.
    /// </summary>
    public IReadOnlyList<OutputFile> Outputs { get; init; } = [];

    /// <summary>Reads one entry; null where it is not one.</summary>
    public static FinishedPrompt? Parse(string promptId, JsonElement entry)
    {
        if (SubmittedPrompt.Parse(entry.Field("prompt") ?? default) is not { } prompt)
            return null;
        var status = entry.Field("status") ?? default;
        long? start = null;
        (string Event, JsonElement Data)? end = null;
        IReadOnlyList<string> cached = [];
        foreach (var message in (status.Field("messages") ?? default).Items())
        {
            if (message.ValueKind != JsonValueKind.Array || message.GetArrayLength() < 2)
                continue;
            var data = message[1];
            switch (message[0].Text())
            {
                case "execution_start":
                    start = data.Field("timestamp")?.EpochMs();
                    break;
                case "execution_cached":
                    cached = [.. (data.Field("nodes") ?? default).Items().Select(node => node.Text()).OfType<string>()];
                    break;
                case "execution_success" or "execution_error" or "execution_interrupted":
                    end = (message[0].Text()!, data);
                    break;
            }
        }

        var outputs = OutputFile.ParseAll(entry.Field("outputs") ?? default);
        var outcome = end is { } ended ? OutcomeOf(ended.Event) : OutcomeOf(status, outputs.Count > 0);
        var last = end?.Data ?? default;
        return new FinishedPrompt
        {
            Prompt = prompt with { Id = promptId },
            Outcome = outcome,
            StartedAt = start is { } startMs ? DateTimeOffset.FromUnixTimeMilliseconds(startMs) : null,
            EndedAt = last.Field("timestamp")?.Moment(),
            StartMs = start,
            Error = outcome == PromptOutcome.Failed ? ErrorOf(last) : null,
            IsOutOfMemory = outcome == PromptOutcome.Failed && last.Field("exception_type")?.Text()?.EndsWith("OutOfMemoryError", StringComparison.Ordinal) == true,
            FailedNodeId = outcome == PromptOutcome.Completed ? null : last.Field("node_id")?.Name(),
            CachedNodes = cached,
            Outputs = outputs,
        };
    }

    private static PromptOutcome OutcomeOf(string message) => message switch
    {
        "execution_success" => PromptOutcome.Completed,
        "execution_interrupted" => PromptOutcome.Cancelled,
        _ => PromptOutcome.Failed,
    };

    private static PromptOutcome OutcomeOf(JsonElement status, bool hasOutputs) => status.Field("status_str")?.Text() switch
    {
        "success" => PromptOutcome.Completed,
        "error" => PromptOutcome.Failed,
        _ => hasOutputs ? PromptOutcome.Completed : PromptOutcome.Failed,
    };

    private static string ErrorOf(JsonElement error)
    {
        var node = (error.Field("node_type")?.Name(), error.Field("node_id")?.Name()) switch
        {
            ({ } type, { } id) => $"{type} (node {id})",
            ({ } type, null) => type,
            (null, { } id) => $"node {id}",
            _ => null,
        };
        // The lines after the first are advice.
        var message = error.Field("exception_message")?.Text()?.Trim().Split('\n', 2)[0].Trim();
        string?[] parts = [node, error.Field("exception_type")?.Name(), message];
        var line = string.Join(": ", parts.Where(part => !string.IsNullOrEmpty(part)));
        return line == "" ? "The server says nothing of what went wrong." : OneLine(line);
    }

    private static string OneLine(string text)
    {
        var line = string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character)).Trim();
        return line.Length <= MaxErrorLength ? line : StorableText.Cut(line, MaxErrorLength - 1) + "…";
    }
}
