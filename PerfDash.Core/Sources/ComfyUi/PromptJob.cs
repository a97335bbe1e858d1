using System.Globalization;
using System.Text.Json.Nodes;
using PerfDash.Core.Collection;
using PerfDash.Core.Ingest;
using PerfDash.Core.Sources.ComfyUi.Prompts;
using PerfDash.Core.Sources.ComfyUi.Protocol;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Sources.ComfyUi;

/// <summary>A prompt as a job.</summary>
/// <param name="PromptId">The server's id of it.</param>
/// <param name="Report">The job, but for its key and its worker, which the receiver knows.</param>
/// <param name="IsProbe">True for a probe, which must not become a job; false also where only the id is known.</param>
internal sealed record PromptJob(string PromptId, JobReport Report, bool IsProbe = false)
{
    /// <summary>Start of the keys of all jobs of prompts.</summary>
    public const string KeyPrefix = "comfyui:";

    private const int MaxOutputs = 200;

    /// <summary>Parameter: how many nodes did not run.</summary>
    public const string CachedNodes = "cached_nodes";

    /// <summary>Parameter: warm, cold or cached.</summary>
    public const string RunClassName = "run_class";

    /// <summary>The key of a prompt's job.</summary>
    /// <param name="source">Names the server.</param>
    public static string KeyOf(string source, string promptId) => $"{KeyPrefix}{source}:{promptId}";

    /// <summary>The key of a later run under an id that was used before.</summary>
    public static string KeyOf(string key, DateTimeOffset startedAt) => string.Create(CultureInfo.InvariantCulture, $"{key}:{startedAt.ToUnixTimeMilliseconds()}");

    /// <summary>A prompt that waits or runs.</summary>
    public static PromptJob Open(SubmittedPrompt prompt, bool isRunning, DateTimeOffset now, string? version)
    {
        var description = PromptDescription.From(prompt, null, version);
        return new PromptJob(prompt.Id, Labelled(prompt, description) with
        {
            Status = isRunning ? JobStatus.Running : JobStatus.Pending,
            ParametersJson = description.Parameters.ToJsonString(),
            CreatedAt = prompt.CreatedAt ?? now,
            StartedAt = isRunning ? now : null,
        }, prompt.Labels.IsProbe);
    }

    /// <summary>A prompt that ended.</summary>
    /// <param name="finished">As history has it.</param>
    /// <param name="run">What was seen while it ran; null where nothing was.</param>
    /// <param name="runClass">Warm, cold or cached; null where that is unknown.</param>
    public static PromptJob Ended(FinishedPrompt finished, PromptRun? run, RunClass? runClass, DateTimeOffset now, string? version)
    {
        var prompt = finished.Prompt;
        var description = PromptDescription.From(prompt, finished.Outputs, version);
        var parameters = description.Parameters;
        if (finished.CachedNodes.Count > 0)
            parameters[CachedNodes] = finished.CachedNodes.Count;
        if (runClass is { } known)
            parameters[RunClassName] = known.ToText();
        parameters["fingerprint"] = description.Fingerprint;
        if (version is not null)
            parameters["comfyui_version"] = version;
        return new PromptJob(prompt.Id, Labelled(prompt, description) with
        {
            Status = finished.Outcome switch
            {
                PromptOutcome.Completed => JobStatus.Completed,
                PromptOutcome.Cancelled => JobStatus.Cancelled,
                _ => JobStatus.Failed,
            },
            Error = finished.Outcome switch
            {
                PromptOutcome.Completed => null,
                PromptOutcome.Cancelled => "Interrupted.",
                _ => finished.IsOutOfMemory ? $"Out of memory: {finished.Error}" : finished.Error,
            },
            ParametersJson = parameters.ToJsonString(),
            ResultJson = Result(finished, run, runClass, description).ToJsonString(),
            CreatedAt = prompt.CreatedAt ?? finished.StartedAt,
            StartedAt = finished.StartedAt,
            CompletedAt = finished.EndedAt ?? now,
        }, prompt.Labels.IsProbe);
    }

    /// <summary>A prompt that is in neither queue nor history any more.</summary>
    public static PromptJob Vanished(string promptId, string status, string reason, DateTimeOffset now) =>
        new(promptId, new JobReport { Status = status, Error = reason, CompletedAt = now });

    private static JobReport Labelled(SubmittedPrompt prompt, PromptDescription description) => new()
    {
        Workflow = new EntityReference(null, KeyPrefix + (prompt.Labels.Workflow ?? description.WorkflowKey), prompt.Labels.Workflow ?? description.WorkflowName),
        ProjectId = prompt.Labels.ProjectId,
        ProjectName = prompt.Labels.ProjectName,
        CharacterId = prompt.Labels.CharacterId,
        CharacterName = prompt.Labels.CharacterName,
        SceneId = prompt.Labels.SceneId,
        SceneName = prompt.Labels.SceneName,
    };

    private static JsonObject Result(FinishedPrompt finished, PromptRun? run, RunClass? runClass, PromptDescription description)
    {
        var result = new JsonObject();
        if (finished is { StartedAt: { } started, EndedAt: { } ended } && ended >= started)
            result["total_wall_time_ms"] = (long)(ended - started).TotalMilliseconds;
        // What came from the cache was not made: its time per frame would be that of looking it up.
        if (description.FrameCount is { } frames && finished.Outcome == PromptOutcome.Completed && runClass != RunClass.Cached)
            result["frame_count"] = frames;
        if (description.ResolutionTier is { } tier)
            result["resolution_tier"] = tier;
        if (run?.VramPeakMb is { } vram)
            result["vram_peak_mb"] = vram;
        if (run is { Times.Coverage: NodeTimeCoverage.Full } && run.Times.Durations is { Count: > 0 } nodes)
        {
            result["pipeline_stages"] = new JsonArray([.. nodes.Take(JobLimits.MaxStages).Select(node => new JsonObject
            {
                ["name"] = finished.Prompt.Graph.Nodes.TryGetValue(node.NodeId, out var known) ? known.Title : node.NodeId,
                ["duration_ms"] = Math.Round(node.DurationMs, 1),
            })]);
        }

        if (finished.Outputs.Count > 0)
        {
            result["outputs"] = new JsonArray([.. finished.Outputs.Take(MaxOutputs).Select(file => new JsonObject
            {
                ["filename"] = file.Filename,
                ["subfolder"] = file.Subfolder,
                ["type"] = file.Type,
                ["kind"] = file.Kind.ToText(),
            })]);
        }

        return result;
    }
}

/// <summary>What was seen of a prompt while it ran.</summary>
internal sealed class PromptRun(string promptId)
{
    /// <summary>Times of its nodes.</summary>
    public NodeTimes Times { get; } = new(promptId);

    /// <summary>The most memory of a card in use at a sample, MB: a lower bound of the peak; null without samples.</summary>
    public int? VramPeakMb { get; private set; }

    /// <summary>A sample taken while it ran.</summary>
    public void AddSample(int usedMb) => VramPeakMb = Math.Max(VramPeakMb ?? 0, usedMb);
}
