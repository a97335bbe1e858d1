namespace PerfDash.Core.Comparison;

/// <summary>An even sample of a workflow's jobs: one in so many, chosen by a hash of the job's id, so that the same jobs are chosen each time.</summary>
internal static class SampleSql
{
    /// <summary>After <c>FROM performance_metrics AS m</c>; takes <c>@workflow_ids</c> and <c>@steps</c>, arrays of one length.</summary>
    public const string Join = "JOIN unnest(@workflow_ids, @steps) AS chosen(workflow_id, step) ON chosen.workflow_id = m.workflow_id";

    /// <summary>Goes with <see cref="Join"/>, after WHERE. Ids follow each other as dispatchers take turns with workers, so the id itself would not do.</summary>
    public const string Condition = "(chosen.step = 1 OR mod(hashint8(m.job_id)::int8 & 2147483647, chosen.step) = 0)";
}
