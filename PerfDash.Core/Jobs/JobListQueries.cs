using System.Data;
using PerfDash.Core.Collection;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Jobs;

/// <summary>Lists of single jobs, page by page.</summary>
public sealed class JobListQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Jobs in a page, at most.</summary>
    public const int MaxLimit = 1000;

    /// <summary>
    /// The page after <paramref name="cursor"/>. Pages are cut by the key of their last job, not by counting: each job
    /// stands in one page, however many complete in between.
    /// </summary>
    /// <param name="range">The range of the first page; the cursor holds it for the later ones.</param>
    /// <param name="filter">Which jobs; to be the same for every page.</param>
    /// <param name="sort">The order; null: that of the cursor, else <see cref="JobSort.Default"/>.</param>
    /// <param name="limit">Jobs in the page, 1 to <see cref="MaxLimit"/>.</param>
    /// <param name="cursor"><see cref="CursorPage{T}.NextCursor"/> of the page before; null for the first.</param>
    /// <returns>The page; null when the cursor is none, or was made for another order.</returns>
    public async Task<CursorPage<JobItem>?> GetAsync(
        TimeRange range, MetricFilter filter, JobSort? sort, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var last = cursor is null ? null : JobCursor.Read(cursor);
        if (cursor is not null && (last is null || (sort is not null && sort != last.Sort)))
            return null;
        sort = last?.Sort ?? sort ?? JobSort.Default;
        range = last?.Range ?? range;

        var where = new MetricCondition(range, filter);
        var (after, values) = After(last);
        var direction = sort.Descending ? "DESC" : "ASC";
        // There is always a moment: to say where missing ones go would keep the index from being read backwards.
        var nulls = sort.Field == "created_at" ? "" : " NULLS LAST";
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var parts = last is null ? await BestHours.FindAsync(context, where, sort, limit + 1, cancellationToken) : BestHours.All(range);

        // The best of each part: of all jobs, or of one workflow's, which idx_performance_metrics_figures finds.
        string Best(string of, string and = "") =>
            $"""
            SELECT b.* FROM {of} CROSS JOIN LATERAL (
                SELECT m.job_id, m.created_at, {sort.Column} AS value
                FROM scored_metrics AS m WHERE {where.Sql}{after} AND m.created_at >= part.since AND m.created_at < part.until{and}
                ORDER BY {sort.Column} {direction}{nulls}, m.job_id {direction} LIMIT @limit
            ) AS b
            """;

        // Plan by created_at: idx_performance_metrics_figures_by_time backwards, as many rows as the page has. By other values:
        // the best of a scan of it over each part of the range, which holds them all. Rows and names are joined to the page only.
        var rows = await where.QueryAsync<JobRow>(
            context,
            $"""
            SELECT m.job_id, {HostRows.Cut("j.external_id", JobLimits.MaxKeyLength)} AS external_id, m.workflow_id, w.name AS workflow_name, w.external_id AS workflow_external_id, m.worker_id, k.name AS worker_name,
                   k.external_id AS worker_external_id, k.gpu_model, m.project_id, p.name AS project_name, m.character_id, c.name AS character_name,
                   m.scene_id, s.name AS scene_name, m.tier_key AS resolution_tier, {EnumText.NumberSql<RunClass>("m.run_class")} AS run_class, m.time_per_frame_ms, m.total_gpu_time_ms, m.total_wall_time_ms,
                   m.vram_peak_mb, m.frame_count, m.quality_scores_json AS quality_scores, m.pipeline_stages_json AS pipeline_stages,
                   CASE WHEN pg_column_size(j.parameters) <= 65536 THEN j.parameters::text END AS parameters,
                   {HostRows.Moment("j.created_at")} AS queued_at,
                   {HostRows.Moment("j.started_at")} AS started_at,
                   m.created_at, page.value AS likeness
            FROM (
                SELECT best.job_id, best.created_at, {(sort.Field == "likeness" ? "best.value" : "NULL::float8")} AS value
                FROM ({Best("unnest(@since, @until) AS part(since, until)")}{(parts.Hours.Count == 0 ? "" : $"\nUNION ALL\n{Best("unnest(@workflow_since, @workflow_until, @workflow_ids) AS part(since, until, workflow_id)", " AND m.workflow_id = part.workflow_id")}")}) AS best
                ORDER BY best.value {direction}{nulls}, best.job_id {direction} LIMIT @limit
            ) AS page
            JOIN scored_metrics AS m ON m.job_id = page.job_id AND m.created_at = page.created_at
            JOIN jobs AS j ON j.id = m.job_id JOIN {HostRows.Workflows} AS w ON w.id = m.workflow_id JOIN {HostRows.Workers} AS k ON k.id = m.worker_id
            LEFT JOIN {HostRows.Projects} AS p ON p.id = m.project_id LEFT JOIN {HostRows.Characters} AS c ON c.id = m.character_id LEFT JOIN {HostRows.Scenes} AS s ON s.id = m.scene_id
            ORDER BY {(sort.Field == "likeness" ? "page.value" : sort.Column)} {direction}{nulls}, m.job_id {direction}
            """,
            cancellationToken,
            [
                .. values,
                ("limit", limit + 1),
                ("since", parts.Ranges.Select(part => part.From.UtcDateTime).ToArray()),
                ("until", parts.Ranges.Select(part => part.To.UtcDateTime).ToArray()),
                ("workflow_ids", parts.Hours.Select(hour => hour.WorkflowId).ToArray()),
                ("workflow_since", parts.Hours.Select(hour => hour.Range.From.UtcDateTime).ToArray()),
                ("workflow_until", parts.Hours.Select(hour => hour.Range.To.UtcDateTime).ToArray()),
            ]);
        var shown = rows.Count > limit ? rows[..limit] : rows;
        return new CursorPage<JobItem>(
            shown.ConvertAll(row => row.Item()),
            rows.Count > limit ? new JobCursor(sort, range, JobCursor.TextOf(shown[^1].Value(sort)), shown[^1].JobId).Write() : null);
    }

    /// <summary>The condition that a job comes after the last one of a page.</summary>
    private static (string Sql, (string Name, object Value)[] Values) After(JobCursor? last)
    {
        if (last is null)
            return ("", []);
        var (column, beyond) = (last.Sort.Column, last.Sort.Descending ? "<" : ">");
        if (last.Parameter() is not { } value)
            return ($" AND {column} IS NULL AND m.job_id {beyond} @last_id", [("last_id", last.JobId)]);
        // Compared as a row where there is always a value: that an index on it can follow.
        return (
            last.Sort.Field == "created_at"
                ? $" AND (m.created_at, m.job_id) {beyond} (@last_value, @last_id)"
                : $" AND ({column} {beyond} @last_value OR ({column} = @last_value AND m.job_id {beyond} @last_id) OR {column} IS NULL)",
            [("last_value", value), ("last_id", last.JobId)]);
    }

    private sealed record JobRow(
        long JobId,
        string? ExternalId,
        long WorkflowId,
        string WorkflowName,
        string? WorkflowExternalId,
        long WorkerId,
        string WorkerName,
        string? WorkerExternalId,
        string? GpuModel,
        long? ProjectId,
        string? ProjectName,
        long? CharacterId,
        string? CharacterName,
        long? SceneId,
        string? SceneName,
        string? ResolutionTier,
        RunClass? RunClass,
        float? TimePerFrameMs,
        long? TotalGpuTimeMs,
        long? TotalWallTimeMs,
        int? VramPeakMb,
        int? FrameCount,
        string? QualityScores,
        string? PipelineStages,
        string? Parameters,
        DateTime? QueuedAt,
        DateTime? StartedAt,
        DateTime CreatedAt,
        double? Likeness)
    {
        public object? Value(JobSort sort) => sort.Field switch
        {
            "time_per_frame_ms" => TimePerFrameMs,
            "total_gpu_time_ms" => TotalGpuTimeMs,
            "total_wall_time_ms" => TotalWallTimeMs,
            "vram_peak_mb" => VramPeakMb,
            "likeness" => Likeness,
            _ => CreatedAt,
        };

        public JobItem Item() => new()
        {
            JobId = JobId,
            ExternalId = ExternalId,
            WorkflowId = WorkflowId,
            WorkflowName = WorkflowName,
            WorkflowExternalId = WorkflowExternalId,
            WorkerId = WorkerId,
            WorkerName = WorkerName,
            WorkerExternalId = WorkerExternalId,
            GpuModel = GpuModel,
            ProjectId = ProjectId,
            ProjectName = ProjectName,
            CharacterId = CharacterId,
            CharacterName = CharacterName,
            SceneId = SceneId,
            SceneName = SceneName,
            ResolutionTier = ResolutionTier,
            RunClass = RunClass,
            TimePerFrameMs = TimePerFrameMs,
            TotalGpuTimeMs = TotalGpuTimeMs,
            TotalWallTimeMs = TotalWallTimeMs,
            VramPeakMb = VramPeakMb,
            FrameCount = FrameCount,
            QualityScores = StoredJson.Read(QualityScores),
            PipelineStages = StoredJson.Read(PipelineStages),
            Parameters = StoredJson.Read(Parameters),
            QueuedAt = QueuedAt,
            StartedAt = StartedAt,
            CreatedAt = CreatedAt,
        };
    }
}
