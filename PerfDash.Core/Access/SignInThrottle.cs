using System.Globalization;

namespace PerfDash.Core.Access;

/// <summary>
/// Slows guessing of passwords down, by what the audit trail says of the last hour, so that all instances count together.
/// Pauses grow for an account from one address and for an address as a whole; an account that is guessed from many addresses is
/// answered later, never refused, and not at all later where it has signed in from that address before: nobody can lock others out.
/// </summary>
public sealed class SignInThrottle(IDbContextFactory<PerfDashDbContext> contexts, TimeProvider time)
{
    /// <summary>Wrong passwords for an account from one address before pauses begin.</summary>
    public const int FreeAttempts = 5;

    /// <summary>Wrong passwords from one address, for any account, before pauses begin.</summary>
    public const int FreeAttemptsOfAddress = 30;

    private static readonly TimeSpan Window = TimeSpan.FromHours(1);
    private static readonly TimeSpan Memory = TimeSpan.FromDays(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestPauseOfAddress = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <summary>How long an attempt has to wait: refused until then, or answered later.</summary>
    public async Task<(TimeSpan RetryAfter, TimeSpan Delay)> CheckAsync(string name, string? address, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // Plan: idx_access_audit_addresses and idx_access_audit_names; the pauses keep the rows of an hour few.
        var counts = (await context.Database.SqlQuery<Counts>(
            $"""
            WITH success AS (
                SELECT max(at) AS at FROM access_audit
                WHERE action = 'sign_in' AND lower(target) = lower({name}) AND address IS NOT DISTINCT FROM {address} AND at > {now - Memory}),
            failures AS (
                SELECT at, lower(target) = lower({name}) AS is_name, address IS NOT DISTINCT FROM {address} AS is_address
                FROM access_audit
                WHERE action = 'sign_in_failed' AND at > {now - Window} AND (address IS NOT DISTINCT FROM {address} OR lower(target) = lower({name})))
            SELECT count(*) FILTER (WHERE is_name AND is_address AND f.at > COALESCE(s.at, '-infinity'))::int AS of_both,
                   max(f.at) FILTER (WHERE is_name AND is_address) AS last_of_both,
                   count(*) FILTER (WHERE is_address)::int AS of_address,
                   max(f.at) FILTER (WHERE is_address) AS last_of_address,
                   count(*) FILTER (WHERE is_name)::int AS of_name,
                   bool_or(s.at IS NOT NULL) AS is_known
            FROM success AS s LEFT JOIN failures AS f ON true
            """).ToListAsync(cancellationToken)).Single();
        var untilBoth = counts.LastOfBoth + Pause(counts.OfBoth - FreeAttempts, LongestPause) - now;
        var untilAddress = counts.IsKnown ? null : counts.LastOfAddress + Pause(counts.OfAddress - FreeAttemptsOfAddress, LongestPauseOfAddress) - now;
        var retryAfter = new[] { untilBoth ?? TimeSpan.Zero, untilAddress ?? TimeSpan.Zero, TimeSpan.Zero }.Max();
        var delay = counts.IsKnown ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Clamp(0.25 * (counts.OfName - (2 * FreeAttempts)), 0, LongestDelay.TotalSeconds));
        return (retryAfter, delay);
    }

    /// <summary>Says how long to wait.</summary>
    public static string Message(TimeSpan retryAfter) =>
        string.Create(CultureInfo.InvariantCulture, $"Too many failed attempts. Try again in {Math.Ceiling(retryAfter.TotalSeconds)} s.");

    /// <summary>Keeps a failure.</summary>
    public async Task AddFailureAsync(string name, string? address, string reason, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var entry = Actor.Anonymous(address).Audit("sign_in_failed", name, reason);
        entry.At = time.GetUtcNow().UtcDateTime;
        context.Add(entry);
        await context.SaveChangesAsync(cancellationToken);
    }

    // 1 s after the first attempt that is not free, and twice as long after each further one.
    private static TimeSpan Pause(int failures, TimeSpan longest) =>
        failures < 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(Math.Pow(2, Math.Min(failures, 20)), longest.TotalSeconds));

    private sealed record Counts(int OfBoth, DateTime? LastOfBoth, int OfAddress, DateTime? LastOfAddress, int OfName, bool IsKnown);
}
