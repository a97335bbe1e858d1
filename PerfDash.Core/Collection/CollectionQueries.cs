using System.Data;
using System.Globalization;
using PerfDash.Core.Access;
using PerfDash.Core.Rollups;
using PerfDash.Data.Access;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Collection;

/// <summary>How capture stands, and what an admin can do about what failed.</summary>
public sealed class CollectionQueries(IDbContextFactory<PerfDashDbContext> contexts, CollectionState state, RollupQueries rollups, TimeProvider time)
{
    /// <summary>Failures and warnings listed at once; the counts beside them are complete.</summary>
    public const int Listed = 100;

    /// <summary>Counts and lag as of now.</summary>
    public async Task<CollectionStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        var problem = state.Problem;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // All of one moment: else jobs could be recorded without a lag.
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var pending = await context.JobCompletions.LongCountAsync(cancellationToken);
        var oldestPending = await context.JobCompletions.MinAsync(c => (DateTime?)c.QueuedAt, cancellationToken);
        var last = await context.JobCollections.OrderByDescending(c => c.RecordedAt)
            .Select(c => new { c.RecordedAt, c.QueuedAt }).FirstOrDefaultAsync(cancellationToken);
        var lag = oldestPending is { } oldest ? time.GetUtcNow().UtcDateTime - oldest : last?.RecordedAt - last?.QueuedAt;
        return new CollectionStatus
        {
            Pending = pending,
            Failed = await Failures(context).LongCountAsync(cancellationToken),
            RecordedTotal = await context.JobCollections.LongCountAsync(cancellationToken),
            LastRecordedAt = last?.RecordedAt,
            LagMs = lag is { } l ? Math.Max(0, Math.Round(l.TotalMilliseconds, 1)) : null,
            FailingSince = problem?.Since.UtcDateTime,
            LastError = problem?.Error,
            Rollups = await rollups.GetStatusAsync(cancellationToken),
        };
    }

    /// <summary>The latest failures, newest first.</summary>
    public async Task<IReadOnlyList<FailedCollection>> GetFailuresAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await Failures(context).OrderByDescending(f => f.LastFailedAt).ThenBy(f => f.JobId).Take(Listed).ToListAsync(cancellationToken);
    }

    /// <summary>A page of the failures, newest first; null when <paramref name="cursor"/> is none.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="cursor">Of an earlier page, for the page after it; null for the first.</param>
    public async Task<CursorPage<FailureItem>?> GetFailuresAsync(int limit, string? cursor, CancellationToken cancellationToken)
    {
        var last = cursor is null ? null : MomentCursor.Read(cursor);
        if (cursor is not null && last is null)
            return null;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var failures = Failures(context);
        if (last is { } l)
            failures = failures.Where(f => f.LastFailedAt < l.At || (f.LastFailedAt == l.At && f.JobId > l.Id));
        var rows = await failures.OrderByDescending(f => f.LastFailedAt).ThenBy(f => f.JobId).Take(limit + 1).ToListAsync(cancellationToken);
        var shown = rows.Count > limit ? rows[..limit] : rows;
        return new CursorPage<FailureItem>(
            [.. shown.Select(f => new FailureItem(f.JobId, f.Error, f.Attempts, f.FirstFailedAt, f.LastFailedAt, f.QueuedAt))],
            rows.Count > limit ? new MomentCursor(shown[^1].LastFailedAt, shown[^1].JobId).Write() : null);
    }

    /// <summary>The latest jobs recorded with warnings, newest first.</summary>
    public async Task<IReadOnlyList<JobWarnings>> GetWarningsAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await context.JobCollections.Where(c => c.Warnings != null)
            .OrderByDescending(c => c.RecordedAt).Take(Listed).ToListAsync(cancellationToken);
        return [.. rows.Select(r => new JobWarnings(r.JobId, r.RecordedAt, CollectionWarning.ListOf(r.Warnings!)))];
    }

    /// <summary>Puts a failed job back into the outbox; false when it is not among the failures.</summary>
    public async Task<bool> RetryAsync(long jobId, Actor actor, CancellationToken cancellationToken) => await RetryAsync([jobId], actor, cancellationToken) > 0;

    /// <summary>Puts all failures back into the outbox and returns how many there were.</summary>
    public Task<int> RetryAllAsync(Actor actor, CancellationToken cancellationToken) => RetryAsync(null, actor, cancellationToken);

    // A job that its host started again, failed or cancelled has nothing to collect; the sweep takes it from the table.
    private static IQueryable<FailedCollection> Failures(PerfDashDbContext context) =>
        from failure in context.FailedCollections
        join job in context.Jobs on failure.JobId equals job.Id
        where job.Status == JobStatus.Completed
        select failure;

    // The failure stays until the job is recorded, so that a retry that fails again keeps its history.
    private async Task<int> RetryAsync(long[]? jobIds, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Editor);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var queued = await context.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO job_completions (job_id)
            SELECT f.job_id FROM failed_collections AS f JOIN jobs AS j ON j.id = f.job_id
            WHERE j.status = 'completed' AND ({jobIds}::int8[] IS NULL OR f.job_id = ANY({jobIds}::int8[])) ORDER BY f.queued_at
            """,
            cancellationToken);
        if (queued == 0)
            return 0;
        context.Add(actor.Audit("collection_retried", jobIds is [var id] ? id.ToString(CultureInfo.InvariantCulture) : null, $"{queued} jobs"));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        state.Wake();
        return queued;
    }
}

/// <summary>How capture stands.</summary>
public sealed record CollectionStatus
{
    /// <summary>Completions queued and not yet collected.</summary>
    public long Pending { get; init; }

    /// <summary>Failed collections.</summary>
    public long Failed { get; init; }

    /// <summary>Jobs ever recorded.</summary>
    public long RecordedTotal { get; init; }

    /// <summary>When the latest was recorded, UTC; null before the first.</summary>
    public DateTime? LastRecordedAt { get; init; }

    /// <summary>
    /// Age of the oldest pending completion in ms; where none is pending, how long the latest one took from its commit
    /// to its metric; null before the first.
    /// </summary>
    public double? LagMs { get; init; }

    /// <summary>Since when this instance has not been able to record completions, UTC; null while it is.</summary>
    public DateTime? FailingSince { get; init; }

    /// <summary>Why, in a sentence; null while it is able to.</summary>
    public string? LastError { get; init; }

    /// <summary>How far roll-ups are.</summary>
    public required RollupStatus Rollups { get; init; }
}

/// <summary>A completed job that could not be recorded.</summary>
/// <param name="JobId">The job.</param>
/// <param name="Error">Why it could not be recorded.</param>
/// <param name="Attempts">How often it was tried, at least 1.</param>
/// <param name="FirstFailedAt">First failure, UTC.</param>
/// <param name="LastFailedAt">Latest failure, UTC.</param>
/// <param name="QueuedAt">When its completion was queued, UTC.</param>
public sealed record FailureItem(long JobId, string Error, int Attempts, DateTime FirstFailedAt, DateTime LastFailedAt, DateTime QueuedAt);

/// <summary>The warnings of one recorded job.</summary>
/// <param name="RecordedAt">When it was recorded, UTC.</param>
/// <param name="Warnings">What of its result could not be used.</param>
public sealed record JobWarnings(long JobId, DateTime RecordedAt, IReadOnlyList<CollectionWarning> Warnings);
