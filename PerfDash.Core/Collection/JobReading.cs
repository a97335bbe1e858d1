using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerfDash.Core.Collection;

/// <summary>What could be read from a completed job. Null is "not reported" or "not usable"; nothing is guessed.</summary>
public sealed record JobReading
{
    /// <summary>Milliseconds per frame, at least 0.</summary>
    public float? TimePerFrameMs { get; init; }

    /// <summary>GPU milliseconds, at least 0.</summary>
    public long? TotalGpuTimeMs { get; init; }

    /// <summary>Wall milliseconds, at least 0.</summary>
    public long? TotalWallTimeMs { get; init; }

    /// <summary>VRAM peak in MB, at least 0.</summary>
    public int? VramPeakMb { get; init; }

    /// <summary>Frames, at least 0.</summary>
    public int? FrameCount { get; init; }

    /// <summary>JSON object of score name to number, or null without any.</summary>
    public string? QualityScoresJson { get; init; }

    /// <summary>JSON array of <c>{"name", "duration_ms"}</c>, or null without any.</summary>
    public string? PipelineStagesJson { get; init; }

    /// <summary>Resolution tier, not blank.</summary>
    public string? ResolutionTier { get; init; }

    /// <summary>Unusable values, and why; empty when all could.</summary>
    public IReadOnlyList<CollectionWarning> Warnings { get; init; } = [];

    /// <summary>This reading as figures show it: scores reported before the job completed precede those of its result.</summary>
    /// <param name="scoresJson">JSON object of score name to number, or null.</param>
    internal JobReading WithEarlier(string? scoresJson)
    {
        if (scoresJson is null || QualityScoresJson is null)
            return scoresJson is null ? this : this with { QualityScoresJson = scoresJson };
        var scores = JsonNode.Parse(QualityScoresJson)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(scoresJson)!.AsObject())
            scores[name] = value!.DeepClone();
        return this with { QualityScoresJson = scores.ToJsonString() };
    }
}

/// <summary>One thing in a job's result that could not be used.</summary>
/// <param name="Field">Path within the result, for example <c>quality_scores.likeness</c>.</param>
/// <param name="Message">What is wrong with it.</param>
public sealed record CollectionWarning(string Field, string Message)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>As stored: a JSON array, or null without any.</summary>
    internal static string? JsonOf(IReadOnlyList<CollectionWarning> warnings) => warnings.Count == 0 ? null : JsonSerializer.Serialize(warnings, Json);

    /// <summary>Reads what <see cref="JsonOf"/> wrote.</summary>
    internal static IReadOnlyList<CollectionWarning> ListOf(string json) => JsonSerializer.Deserialize<List<CollectionWarning>>(json, Json)!;
}
