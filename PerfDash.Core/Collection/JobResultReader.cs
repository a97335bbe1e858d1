using System.Text.Json;
using System.Text.RegularExpressions;

namespace PerfDash.Core.Collection;

/// <summary>
/// Turns the result a host reported into figures. A pure function: the rules of the contract, section 2. A field of the
/// wrong type or out of range becomes null with a warning and the rest still counts. A figure that is absent is derived
/// where that is exact (wall time from the job's own times, time per frame from GPU, else wall time); one that was
/// reported but unusable is not replaced.
/// </summary>
public static partial class JobResultReader
{
    /// <summary>
    /// Field of a result whose figures come from a metric that was recorded elsewhere: where it is true nothing is derived, because
    /// what is absent was not known there.
    /// </summary>
    public const string AsRecorded = "as_recorded";

    /// <summary>Warnings kept for one job; a result of a million bad stages shall not fill the database.</summary>
    public const int MaxWarnings = 50;

    // Nesting somewhere in a field that is not read must not cost the job its figures. PostgreSQL's stack ends
    // below this depth; the parser's time grows with its square.
    private static readonly JsonDocumentOptions DeepEnough = new() { MaxDepth = 10_000 };

    /// <summary>Reads one job.</summary>
    /// <param name="resultJson">The job's <c>result</c> as JSON text, or null when it has none.</param>
    /// <param name="startedAt">When it started, or null.</param>
    /// <param name="completedAt">When it completed, or null.</param>
    public static JobReading Read(string? resultJson, DateTime? startedAt, DateTime? completedAt)
    {
        var warnings = new WarningList();
        if (resultJson is null)
            return Derive(new JobReading(), default, startedAt, completedAt, warnings);

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(WithStorableText(resultJson), DeepEnough);
        }
        catch (JsonException e)
        {
            warnings.Add("result", $"could not be read: {e.Message}");
            return Derive(new JobReading(), default, startedAt, completedAt, warnings);
        }

        using var owned = document;
        var result = document.RootElement;
        if (result.ValueKind != JsonValueKind.Object)
        {
            warnings.Add("result", $"is {Describe(result)}, not a JSON object; it was ignored");
            return Derive(new JobReading(), default, startedAt, completedAt, warnings);
        }

        var reading = new JobReading
        {
            TimePerFrameMs = (float?)NumberReader.Real(result, "time_per_frame_ms", float.MaxValue, warnings),
            TotalGpuTimeMs = NumberReader.Rounded(result, "total_gpu_time_ms", long.MaxValue, warnings),
            TotalWallTimeMs = NumberReader.Rounded(result, "total_wall_time_ms", long.MaxValue, warnings),
            VramPeakMb = (int?)NumberReader.Rounded(result, "vram_peak_mb", int.MaxValue, warnings),
            FrameCount = (int?)NumberReader.Whole(result, "frame_count", int.MaxValue, warnings),
            ResolutionTier = ReadTier(result, warnings),
            QualityScoresJson = ScoresReader.Read(result, warnings),
            PipelineStagesJson = StagesReader.Read(result, warnings),
        };
        return Derive(reading, result, startedAt, completedAt, warnings);
    }

    /// <summary>Says what a JSON value is, for a warning.</summary>
    internal static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };

    /// <summary>The property, or null when it is absent or JSON null: both mean "not reported".</summary>
    internal static JsonElement? Reported(JsonElement result, string field) =>
        result.ValueKind == JsonValueKind.Object
        && result.TryGetProperty(field, out var value)
        && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? value
            : null;

    private static JobReading Derive(
        JobReading reading, JsonElement result, DateTime? startedAt, DateTime? completedAt, WarningList warnings)
    {
        if (Reported(result, AsRecorded) is { ValueKind: JsonValueKind.True })
            return reading with { Warnings = warnings.ToList() };

        if (Reported(result, "total_wall_time_ms") is null && startedAt is { } started && completedAt is { } completed)
        {
            if (completed >= started)
                reading = reading with { TotalWallTimeMs = (long)Math.Round((completed - started).TotalMilliseconds, MidpointRounding.AwayFromZero) };
            else
                warnings.Add("completed_at", "is before started_at, so wall time is unknown");
        }

        if (Reported(result, "time_per_frame_ms") is null
            && reading.FrameCount > 0
            && (reading.TotalGpuTimeMs ?? reading.TotalWallTimeMs) is { } time)
        {
            reading = reading with { TimePerFrameMs = (float)((double)time / reading.FrameCount.Value) };
        }

        return reading with { Warnings = warnings.ToList() };
    }

    // JSON may escape what no text in the database (and no .NET string) can hold: NUL and halves of surrogate pairs.
    private static string WithStorableText(string json) => json.Contains(@"\u", StringComparison.Ordinal)
        ? Escape().Replace(json, escape => escape.Groups["unstorable"].Success ? @"\ufffd" : escape.Value)
        : json;

    [GeneratedRegex(@"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<unstorable>\\u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000))|\\.", RegexOptions.ExplicitCapture)]
    private static partial Regex Escape();

    private static string? ReadTier(JsonElement result, WarningList warnings)
    {
        if (Reported(result, "resolution_tier") is not { } tier)
            return null;
        if (tier.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(tier.GetString()))
            return tier.GetString();
        warnings.Add("resolution_tier", tier.ValueKind == JsonValueKind.String ? "is blank" : $"is {Describe(tier)}, not text");
        return null;
    }
}

/// <summary>Warnings of one job, up to <see cref="JobResultReader.MaxWarnings"/>, then how many more there were.</summary>
internal sealed class WarningList
{
    private readonly List<CollectionWarning> _kept = [];
    private int _all;

    public void Add(string field, string message)
    {
        if (++_all <= JobResultReader.MaxWarnings)
            _kept.Add(new CollectionWarning(field.Length <= 200 ? field : field[..200] + "…", message));
    }

    public IReadOnlyList<CollectionWarning> ToList() => _all <= JobResultReader.MaxWarnings
        ? _kept
        : [.. _kept, new CollectionWarning("result", $"has {_all - JobResultReader.MaxWarnings} more unusable values")];
}
