using PerfDash.Core.Collection;

namespace PerfDash.Core.Metrics;

/// <summary>
/// The scores that have a column of their own in <c>scored_metrics</c>, by the same name. The column is NULL where the
/// JSON holds no number within ±1e100; such rows, and those with other scores, have <c>has_other_scores</c>.
/// </summary>
internal static class KnownScores
{
    public static readonly string[] Names = ["likeness", "face_confidence", "motion_quality", "boundary_ssim"];

    /// <summary>
    /// Rows <c>s(name, value)</c> of the JSON of <c>other_scored_metrics AS m</c>, to follow FROM: of a job that another program gave
    /// more scores than are recorded, so many of them. Goes with <see cref="OnlyInJson"/>.
    /// </summary>
    public static readonly string JsonJoin =
        $"""
        CROSS JOIN LATERAL (
            SELECT e.key, e.value FROM jsonb_each(CASE WHEN jsonb_typeof(m.quality_scores_json) = 'object' THEN m.quality_scores_json END) AS e
            WHERE length(e.key) <= {JobLimits.MaxNameLength} LIMIT {JobLimits.MaxScores}) AS s(name, value)
        """;

    /// <summary>After the condition of a range on <c>other_scored_metrics AS m</c>: the range once more, for the index of late scores.</summary>
    public const string Indexed = "m.indexed_at >= @from AND m.indexed_at < @to";

    /// <summary>Likewise, and leaves out scores that a column holds.</summary>
    public const string OnlyInJson =
        $"""
        {Indexed} AND CASE s.name WHEN 'likeness' THEN m.likeness WHEN 'face_confidence' THEN m.face_confidence
            WHEN 'motion_quality' THEN m.motion_quality WHEN 'boundary_ssim' THEN m.boundary_ssim END IS NULL
        """;

    /// <summary>SQL of one job's score as FLOAT8, whichever way it is kept, where <c>@score</c> is its name.</summary>
    public static string Value(string name) =>
        Names.Contains(name, StringComparer.Ordinal)
            ? $"CASE WHEN m.has_other_scores AND m.{name} IS NULL THEN {JsonNumberSql.Float8("m.quality_scores_json -> @score")} ELSE m.{name} END"
            : JsonNumberSql.Float8("m.quality_scores_json -> @score");
}
