using System.Text.Json;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Jobs;

public sealed class JobQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>The metric of a job with all that is known of it; null when none was recorded.</summary>
    public async Task<JobDetail?> GetAsync(long jobId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await (
            from metric in context.PerformanceMetrics
            where metric.JobId == jobId && metric.CreatedAt >= First && metric.CreatedAt <= Last
            join job in context.Jobs on metric.JobId equals job.Id
            join workflow in context.Workflows on metric.WorkflowId equals workflow.Id
            join worker in context.Workers on metric.WorkerId equals worker.Id
            join collection in context.JobCollections on metric.JobId equals collection.JobId into collections
            from collection in collections.DefaultIfEmpty()
            select new
            {
                Metric = metric,
                job.ExternalId,
                WorkflowName = workflow.Name,
                WorkerName = worker.Name,
                job.Parameters,
                job.StartedAt,
                Warnings = collection == null ? null : collection.Warnings,
                RecordedAt = collection == null ? null : (DateTime?)collection.RecordedAt,
            }).FirstOrDefaultAsync(cancellationToken);
        if (row is null)
            return null;

        var m = row.Metric;
        return new JobDetail
        {
            JobId = m.JobId,
            ExternalId = row.ExternalId,
            WorkflowId = m.WorkflowId,
            WorkflowName = row.WorkflowName,
            WorkerId = m.WorkerId,
            WorkerName = row.WorkerName,
            ProjectId = m.ProjectId,
            CharacterId = m.CharacterId,
            SceneId = m.SceneId,
            ResolutionTier = m.TierKey,
            RunClass = m.RunClass,
            TimePerFrameMs = m.TimePerFrameMs,
            TotalGpuTimeMs = m.TotalGpuTimeMs,
            TotalWallTimeMs = m.TotalWallTimeMs,
            VramPeakMb = m.VramPeakMb,
            FrameCount = m.FrameCount,
            QualityScores = StoredJson.Read(m.QualityScoresJson),
            PipelineStages = StoredJson.Read(m.PipelineStagesJson),
            Parameters = StoredJson.Read(row.Parameters),
            Warnings = StoredJson.Read(row.Warnings) ?? EmptyArray,
            StartedAt = row.StartedAt,
            CreatedAt = m.CreatedAt,
            RecordedAt = row.RecordedAt,
        };
    }

    // Another program may have written a metric of a moment that .NET cannot hold.
    private static readonly DateTime First = DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc);
    private static readonly DateTime Last = DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc);

    private static readonly JsonElement EmptyArray = JsonElement.Parse("[]");
}

/// <summary>One recorded job.</summary>
public sealed record JobDetail
{
    /// <summary>The job.</summary>
    public long JobId { get; init; }

    /// <summary>The host's key, or null.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The workflow that ran.</summary>
    public long WorkflowId { get; init; }

    /// <summary>Its name.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>The worker that ran it.</summary>
    public long WorkerId { get; init; }

    /// <summary>Its name.</summary>
    public required string WorkerName { get; init; }

    /// <summary>Project, or null.</summary>
    public long? ProjectId { get; init; }

    /// <summary>Character, or null.</summary>
    public long? CharacterId { get; init; }

    /// <summary>Scene, or null.</summary>
    public long? SceneId { get; init; }

    /// <summary>For example <c>1080p</c>, or null.</summary>
    public string? ResolutionTier { get; init; }

    /// <summary>Warm, cold or cached; null where that was not reported.</summary>
    public RunClass? RunClass { get; init; }

    /// <summary>Milliseconds per frame, or null.</summary>
    public float? TimePerFrameMs { get; init; }

    /// <summary>GPU milliseconds, or null.</summary>
    public long? TotalGpuTimeMs { get; init; }

    /// <summary>Wall milliseconds, or null.</summary>
    public long? TotalWallTimeMs { get; init; }

    /// <summary>VRAM peak in MB, or null.</summary>
    public int? VramPeakMb { get; init; }

    /// <summary>Frames made, or null.</summary>
    public int? FrameCount { get; init; }

    /// <summary>Object of score name to number, or null.</summary>
    public JsonElement? QualityScores { get; init; }

    /// <summary>Array of <c>{"name", "duration_ms"}</c> in the order run, or null.</summary>
    public JsonElement? PipelineStages { get; init; }

    /// <summary>The job's parameters, or null.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>Array of <c>{"field", "message"}</c>: what the result held and could not be used.</summary>
    public JsonElement Warnings { get; init; }

    /// <summary>When the job started, UTC, or null.</summary>
    public DateTime? StartedAt { get; init; }

    /// <summary>When it completed, UTC.</summary>
    public DateTime CreatedAt { get; init; }

    /// <summary>When PerfDash recorded it, UTC; null for a metric that another program wrote.</summary>
    public DateTime? RecordedAt { get; init; }
}
