using PerfDash.Data.Entities;

namespace PerfDash.Core.Jobs;

/// <summary>
/// The one rule for which jobs ended how, and when: every figure of failures, on pages, in the API and in alerts, counts
/// these rows. A job counts once, as its row in <c>jobs</c> says now. Both sources have <c>job_id</c>, <c>workflow_id</c>,
/// <c>worker_id</c> (null where the job names none), <c>project_id</c> and <c>created_at</c>, the moment the job ended,
/// and are named <c>m</c> so that a condition on metrics fits them too.
/// </summary>
internal static class EndedJobs
{
    /// <summary>
    /// Failed and cancelled jobs, with <c>status</c> and <c>error</c>. The moment is <c>completed_at</c>; without one the moment the status
    /// changed, where PerfDash saw that; else <c>started_at</c>, else <c>created_at</c>.
    /// </summary>
    // Plan: a condition on created_at reaches both halves: idx_jobs_ended_at and idx_job_endings_ended_at.
    public const string NotCompleted =
        """
        (SELECT j.id AS job_id, j.workflow_id, j.worker_id, j.project_id, j.status, j.error, coalesce(j.completed_at, j.started_at, j.created_at) AS created_at
         FROM jobs AS j
         WHERE j.status IN ('failed', 'cancelled') AND (j.completed_at IS NOT NULL OR NOT EXISTS (SELECT FROM job_endings AS e WHERE e.job_id = j.id))
         UNION ALL
         SELECT j.id, j.workflow_id, j.worker_id, j.project_id, j.status, j.error, e.ended_at
         FROM job_endings AS e JOIN jobs AS j ON j.id = e.job_id
         WHERE j.status IN ('failed', 'cancelled') AND j.completed_at IS NULL) AS m
        """;

    /// <summary>
    /// Completed jobs: those recorded, at the moment of their metric, and those that could not be (without a worker, say), at
    /// <c>completed_at</c>, else when that was noticed. A recorded job that its host calls failed or cancelled since is not among them.
    /// </summary>
    // Plan: metrics by an index on their moment; the failed jobs, which are few, are hashed.
    public const string Completed =
        $"""
        (SELECT p.job_id, p.workflow_id, p.worker_id, p.project_id, p.created_at FROM performance_metrics AS p
         WHERE NOT EXISTS (SELECT FROM jobs AS j WHERE j.id = p.job_id AND j.status IN ('failed', 'cancelled'))
         UNION ALL
         {DeadLetteredRows}) AS m
        """;

    /// <summary>Those of <see cref="Completed"/> that could not be recorded.</summary>
    public const string DeadLettered = $"({DeadLetteredRows}) AS m";

    private const string DeadLetteredRows =
        """
        SELECT j.id AS job_id, j.workflow_id, j.worker_id, j.project_id, coalesce(j.completed_at, f.first_failed_at) AS created_at
        FROM failed_collections AS f JOIN jobs AS j ON j.id = f.job_id WHERE j.status = 'completed'
        """;

    /// <summary>True for a status <see cref="NotCompleted"/> is about.</summary>
    public static bool IsNotCompleted(string status) => status is JobStatus.Failed or JobStatus.Cancelled;
}
