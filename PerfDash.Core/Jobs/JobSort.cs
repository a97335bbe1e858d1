namespace PerfDash.Core.Jobs;

/// <summary>What a list of jobs is sorted by. Jobs without the value come last, whichever way; equals by job id.</summary>
/// <param name="Field">One of <see cref="Fields"/>.</param>
/// <param name="Descending">The greatest first.</param>
public sealed record JobSort(string Field, bool Descending)
{
    private static readonly Dictionary<string, string> Columns = new(StringComparer.Ordinal)
    {
        ["created_at"] = "m.created_at",
        ["time_per_frame_ms"] = "m.time_per_frame_ms",
        ["total_gpu_time_ms"] = "m.total_gpu_time_ms",
        ["total_wall_time_ms"] = "m.total_wall_time_ms",
        ["vram_peak_mb"] = "m.vram_peak_mb",
        // Beyond ±1e100 only the JSON has it.
        ["likeness"] = $"CASE WHEN m.has_other_scores AND m.likeness IS NULL THEN {JsonNumberSql.Float8("m.quality_scores_json -> 'likeness'")} ELSE m.likeness END",
    };

    /// <summary>The latest first.</summary>
    public static JobSort Default { get; } = new("created_at", Descending: true);

    public static IReadOnlyCollection<string> Fields => Columns.Keys;

    /// <summary>As it stands in an address: the field, after a minus sign where descending.</summary>
    public string Word => Descending ? "-" + Field : Field;

    /// <summary>SQL of the sorted value.</summary>
    internal string Column => Columns[Field];

    /// <summary>Reads <c>field</c>, <c>-field</c>, <c>field:asc</c> or <c>field:desc</c>; null when it is none of these.</summary>
    public static JobSort? Read(string text)
    {
        var (field, descending) = text switch
        {
            ['-', .. var rest] => (rest, true),
            _ when text.EndsWith(":desc", StringComparison.Ordinal) => (text[..^5], true),
            _ when text.EndsWith(":asc", StringComparison.Ordinal) => (text[..^4], false),
            _ => (text, false),
        };
        return Columns.ContainsKey(field) ? new JobSort(field, descending) : null;
    }
}
