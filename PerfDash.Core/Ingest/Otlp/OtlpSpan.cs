namespace PerfDash.Core.Ingest.Otlp;

/// <summary>What PerfDash reads of a span. Its texts are <see cref="StorableText.Marked(string)"/>.</summary>
public sealed record OtlpSpan
{
    /// <summary>32 hexadecimal digits in lower case where it is right; see <see cref="Problem"/>.</summary>
    public required string TraceId { get; init; }

    /// <summary>16 hexadecimal digits in lower case where it is right.</summary>
    public required string SpanId { get; init; }

    /// <summary>As <see cref="SpanId"/>; null for the root span of a trace.</summary>
    public string? ParentSpanId { get; init; }

    public required string Name { get; init; }

    /// <summary>Nanoseconds since 1970, UTC; 0 where it was not given.</summary>
    public ulong StartNano { get; init; }

    /// <summary>Nanoseconds since 1970, UTC; 0 where it was not given.</summary>
    public ulong EndNano { get; init; }

    public bool IsError { get; init; }

    /// <summary>What the span says of its error; null where it says nothing.</summary>
    public string? StatusMessage { get; init; }

    /// <summary>Those of PerfDash, by name: text, bool, long or double.</summary>
    public required IReadOnlyDictionary<string, object> Attributes { get; init; }

    /// <summary>The worker that the resource names; null where it names none.</summary>
    public string? ResourceWorker { get; init; }

    /// <summary>Milliseconds, with fractions; negative where it ends before it starts.</summary>
    public double DurationMs => unchecked((long)(EndNano - StartNano)) / 1e6;

    /// <summary>True for the root span of a trace that is a job.</summary>
    public bool IsJob => ParentSpanId is null && Attributes.ContainsKey(OtlpAttributes.Workflow);

    /// <summary>Why the span cannot be stored, or null.</summary>
    public string? Problem =>
        !IsId(TraceId, 32) ? "traceId must be 16 bytes that are not all zero"
        : !IsId(SpanId, 16) ? "spanId must be 8 bytes that are not all zero"
        : ParentSpanId is not null && !IsId(ParentSpanId, 16) ? "parentSpanId must be 8 bytes, or empty"
        : null;

    /// <summary>A moment as .NET knows it, to 100 ns. The last one is in the year 2554.</summary>
    public static DateTime Moment(ulong nano) => DateTime.UnixEpoch.AddTicks((long)(nano / 100));

    /// <summary>The id of a parent; null where it is empty or only zeros.</summary>
    internal static string? Parent(string id) => id.All(digit => digit == '0') ? null : id;

    private static bool IsId(string id, int length) => id.Length == length && id.All(char.IsAsciiHexDigitLower) && id.Any(digit => digit != '0');
}

/// <summary>Names of the attributes that PerfDash reads.</summary>
internal static class OtlpAttributes
{
    public const string Prefix = "perfdash.";
    public const string Workflow = "perfdash.workflow";
    public const string WorkflowName = "perfdash.workflow.name";
    public const string Worker = "perfdash.worker";
    public const string JobId = "perfdash.job_id";
    public const string Score = "perfdash.score.";
    public const string Parameter = "perfdash.parameter.";

    /// <summary>Attributes of a resource that name the worker, the best first.</summary>
    public static readonly string[] OfWorker = [Worker, "host.name", "service.instance.id"];

    /// <summary>Attributes that are fields of a completion, with the field's name.</summary>
    public static readonly (string Attribute, string Field)[] Fields =
    [
        ("perfdash.project_id", "project_id"),
        ("perfdash.character_id", "character_id"),
        ("perfdash.scene_id", "scene_id"),
        ("perfdash.frames", "frame_count"),
        ("perfdash.gpu_time_ms", "total_gpu_time_ms"),
        ("perfdash.vram_peak_mb", "vram_peak_mb"),
        ("perfdash.resolution_tier", "resolution_tier"),
    ];

    /// <summary>The worker that a resource's attributes name, or null.</summary>
    public static string? WorkerOf(IReadOnlyDictionary<string, object> resource) =>
        OfWorker.Select(name => resource.GetValueOrDefault(name)).OfType<object>().Select(TextOf).FirstOrDefault(text => !string.IsNullOrWhiteSpace(text));

    /// <summary>A value as a key or name.</summary>
    public static string TextOf(object value) => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!;
}
