using PerfDash.Data.Access;

namespace PerfDash.Core.Access;

/// <summary>The audit trail: sign-ins, failures, sign-outs, and everything that was changed or retried.</summary>
public sealed class AuditQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>A page of the trail, newest first; null for a cursor that is none of ours.</summary>
    public async Task<CursorPage<AuditItem>?> GetAsync(TimeRange range, int limit, string? cursor, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        var before = cursor is null ? null : MomentCursor.Read(cursor);
        if (cursor is not null && before is null)
            return null;
        var (from, to) = (range.From.UtcDateTime, range.To.UtcDateTime);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var query = context.AccessAudit.Where(e => e.At >= from && e.At < to);
        if (before is { } last)
            query = query.Where(e => e.At < last.At || (e.At == last.At && e.Id < last.Id));
        // Plan: idx_access_audit_at backwards, limit + 1 rows.
        var rows = await query.OrderByDescending(e => e.At).ThenByDescending(e => e.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var shown = rows.Take(limit).ToList();
        return new CursorPage<AuditItem>(
            shown.ConvertAll(e => new AuditItem(e.At, e.Actor, e.ActorKind, e.Address, e.Action, e.Target, e.Detail)),
            rows.Count > limit ? new MomentCursor(shown[^1].At, shown[^1].Id).Write() : null);
    }
}

/// <summary>A line of the audit trail.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Actor">Name of who did it.</param>
/// <param name="ActorKind">What that is.</param>
/// <param name="Address">IP address; null where there is none.</param>
/// <param name="Action">What was done.</param>
/// <param name="Target">To what; null for nothing of its own.</param>
/// <param name="Detail">More about it; null for nothing.</param>
public sealed record AuditItem(DateTime At, string Actor, ActorKind ActorKind, string? Address, string Action, string? Target, string? Detail);
