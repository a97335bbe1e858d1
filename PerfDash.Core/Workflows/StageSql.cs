using PerfDash.Core.Metrics;

namespace PerfDash.Core.Workflows;

/// <summary>The stages of jobs as rows.</summary>
internal static class StageSql
{
    /// <summary>
    /// Rows of the stages in <c>source.pipeline_stages_json</c>: <paramref name="columns"/> of <paramref name="source"/>, then
    /// <c>name</c>, <c>duration_ms</c> (FLOAT8, never NULL) and <c>place</c>, from 1 in the order run. What is not a named stage
    /// with a length is left out.
    /// </summary>
    /// <param name="source">A table or subquery with an alias, and what follows it up to its condition.</param>
    /// <param name="alias">The alias.</param>
    /// <param name="columns">Columns with the alias, each with a comma after it.</param>
    /// <param name="condition">Which rows.</param>
    public static string Runs(string source, string alias, string columns, string condition) =>
        $"""
        SELECT * FROM (
            SELECT {columns} e.stage ->> 'name' AS name, {JsonNumberSql.Float8("e.stage -> 'duration_ms'")} AS duration_ms, e.place
            FROM {source} CROSS JOIN LATERAL jsonb_array_elements(
                CASE WHEN jsonb_typeof({alias}.pipeline_stages_json) = 'array' THEN {alias}.pipeline_stages_json END) WITH ORDINALITY AS e(stage, place)
            WHERE {condition} AND jsonb_typeof(e.stage -> 'name') = 'string' {DistributionSql.ReadOnce}
        ) AS stages WHERE duration_ms BETWEEN 0 AND 9223372036854775807
        """;
}
