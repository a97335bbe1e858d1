using System.Text.Json;

namespace PerfDash.Core.Collection;

/// <summary>
/// Turns the result a host reported into figures. A pure function: the rules of the contract, section 2. A field of the
/// wrong type or out of range becomes null with a warning and the rest still counts. A figure that is absent is derived
/// where that is exact (wall time from the job's own times, time per frame from GPU, else wall time); one that was
/// reported but unusable is not replaced.
/// </summary>
public static class JobResultReader
{
    /// <summary>
    /// Field of a result whose figures come from a metric that was recorded elsewhere: where it is true nothing is derived, because
    /// what is absent was not known there.
    /// </summary>
    public const string AsRecorded = "as_recorded";

    /// <summary>Warnings kept for one job; a result of a million bad stages shall not fill the database.</summary>
    public const int MaxWarnings = 50;

    /// <summary>
    /// A field of the result in which whoever stored it says what could not be: <c>[{"field", "message"}]</c>. Reports over HTTP and
    /// imports use it, because what jsonb cannot hold is gone by the time the result is read.
    /// </summary>
    internal const string WarningsField = "perfdash_warnings";

    // Nesting somewhere in a field that is not read must not cost the job its figures. PostgreSQL's stack ends
    // below this depth; the parser's time grows with its square.
    private static readonly JsonDocumentOptions DeepEnough = new() { MaxDepth = 10_000 };

    /// <summary>Reads one job.</summary>
    /// <param name="resultJson">The job's <c>result</c> as JSON text, or null when it has none.</param>
    public static JobReading Read(string? resultJson, DateTime? startedAt, DateTime? completedAt)
    {
        var warnings = new WarningList();
        if (resultJson is null)
            return Derive(new JobReading(), default, startedAt, completedAt, warnings);

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(StorableText.Marked(resultJson), DeepEnough);
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

        AddReported(result, warnings);
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

        if (Reported(result, "total_wall_time_ms") is null && !warnings.Name("total_wall_time_ms") && startedAt is { } started && completedAt is { } completed)
        {
            if (completed >= started)
                reading = reading with { TotalWallTimeMs = (long)Math.Round((completed - started).TotalMilliseconds, MidpointRounding.AwayFromZero) };
            else
                warnings.Add("completed_at", "is before started_at, so wall time is unknown");
        }

        if (Reported(result, "time_per_frame_ms") is null && !warnings.Name("time_per_frame_ms")
            && reading.FrameCount > 0
            && (reading.TotalGpuTimeMs ?? reading.TotalWallTimeMs) is { } time)
        {
            reading = reading with { TimePerFrameMs = (float)((double)time / reading.FrameCount.Value) };
        }

        return reading with { Warnings = warnings.ToList() };
    }

    private static string? ReadTier(JsonElement result, WarningList warnings)
    {
        if (Reported(result, "resolution_tier") is not { } tier)
            return null;
        if (tier.ValueKind != JsonValueKind.String)
            warnings.Add("resolution_tier", $"is {Describe(tier)}, not text");
        else if (NameProblem(tier.GetString()!) is { } problem)
            warnings.Add("resolution_tier", problem);
        else
            return tier.GetString();
        return null;
    }

    /// <summary>Why a text will not do as a name or tier; null when it will.</summary>
    internal static string? NameProblem(string name) =>
        string.IsNullOrWhiteSpace(name) ? "is blank"
        : name.Length > JobLimits.MaxNameLength ? $"is longer than {JobLimits.MaxNameLength} characters"
        : !StorableText.IsStorable(name) ? StorableText.Problem
        : null;

    /// <summary>What was left out of the result before it was stored: recorded there by the reader of reports.</summary>
    private static void AddReported(JsonElement result, WarningList warnings)
    {
        if (Reported(result, WarningsField) is not { ValueKind: JsonValueKind.Array } found)
            return;
        foreach (var warning in found.EnumerateArray().Take(MaxWarnings + 1))
        {
            if (Reported(warning, "field") is { ValueKind: JsonValueKind.String } field && Reported(warning, "message") is { ValueKind: JsonValueKind.String } message)
                warnings.Add(field.GetString()!, message.GetString()!);
        }
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
            _kept.Add(new CollectionWarning(Shown(field), Shown(message)));
    }

    /// <summary>Whether there is a warning of this field: it was reported, and is not to be derived.</summary>
    public bool Name(string field) => _kept.Exists(warning => warning.Field == field);

    private static string Shown(string text) => StorableText.Readable(text.Length <= 200 ? text : text[..200] + "…");

    public IReadOnlyList<CollectionWarning> ToList() => _all <= JobResultReader.MaxWarnings
        ? _kept
        : [.. _kept, new CollectionWarning("result", $"has {_all - JobResultReader.MaxWarnings} more unusable values")];
}
