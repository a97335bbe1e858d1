namespace PerfDash.Core.Workflows;

/// <summary>The stages of jobs as rows.</summary>
internal static class StageSql
{
    /// <summary>
    /// Rows of the stages in the JSON of <paramref name="source"/>, jobs <c>AS m</c>: <c>job_id</c>, <c>name</c>, <c>duration_ms</c>
    /// (FLOAT8, never NULL) and <c>place</c>, from 1 in the order run. What is not a named stage with a length is left out.
    /// </summary>
    public static string Runs(string source) =>
        $"""
        SELECT * FROM (
            SELECT m.job_id, e.stage ->> 'name' AS name, {JsonNumberSql.Float8("e.stage -> 'duration_ms'")} AS duration_ms, e.place
            FROM {source} CROSS JOIN LATERAL jsonb_array_elements(
                CASE WHEN jsonb_typeof(m.pipeline_stages_json) = 'array' THEN m.pipeline_stages_json END) WITH ORDINALITY AS e(stage, place)
            WHERE jsonb_typeof(e.stage -> 'name') = 'string' {DistributionSql.OptimizationFence}
        ) AS stages WHERE duration_ms BETWEEN 0 AND 9223372036854775807
        """;
}
