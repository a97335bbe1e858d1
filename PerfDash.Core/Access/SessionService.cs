using PerfDash.Data.Access;

namespace PerfDash.Core.Access;

/// <summary>Sessions of signed-in browsers. A session is a row: where it is deleted, every instance refuses its cookie at once.</summary>
public sealed class SessionService(IDbContextFactory<PerfDashDbContext> contexts, TimeProvider time)
{
    /// <summary>Name of the built-in admin who signs in with a one-time link.</summary>
    public const string OwnerName = "owner";

    /// <summary>How long a session lasts at most.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(14);

    private const int MaxUserAgentLength = 200;

    // Asked with every request of a signed-in browser. Plan: one index scan of account_sessions and one of accounts.
    private static readonly Func<PerfDashDbContext, byte[], DateTime, CancellationToken, Task<SessionInfo?>> Find = EF.CompileAsyncQuery(
        (PerfDashDbContext context, byte[] hash, DateTime now, CancellationToken cancellationToken) => context.AccountSessions
            .Where(s => s.TokenHash == hash && s.ExpiresAt > now && (s.AccountId == null || !s.Account!.Disabled))
            .Select(s => new SessionInfo(s.Id, s.AccountId, s.AccountId == null ? OwnerName : s.Account!.UserName!, s.AccountId == null ? Role.Admin : s.Account!.Role, s.Provider))
            .FirstOrDefault());

    /// <summary>Starts a session and returns the token its cookie is to hold.</summary>
    /// <param name="accountId">Whose; null for the owner.</param>
    /// <param name="address">IP address of the browser; null for none.</param>
    /// <param name="userAgent">What it says of itself; null for nothing.</param>
    /// <param name="provider">Where it signed in; null for an account of PerfDash or a link.</param>
    /// <param name="method">How, for the audit trail; null for a password or a link.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<string> StartAsync(long? accountId, string? address, string? userAgent, string? provider, string? method, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var token = Secrets.Create();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var name = accountId is null ? OwnerName : await context.Users.Where(a => a.Id == accountId).Select(a => a.UserName!).SingleAsync(cancellationToken);
        context.Add(new AccountSession
        {
            TokenHash = Secrets.Hash(token),
            AccountId = accountId,
            CreatedAt = now,
            ExpiresAt = now + Lifetime,
            Address = address,
            Provider = provider,
            UserAgent = userAgent is { Length: > 0 } ? StorableText.Readable(userAgent[..Math.Min(userAgent.Length, MaxUserAgentLength)]) : null,
        });
        context.Add(new Actor(name, accountId is null ? ActorKind.Owner : ActorKind.Account, null, address).Audit("sign_in", name, provider ?? method));
        await context.SaveChangesAsync(cancellationToken);
        if (accountId is not null)
            await context.Users.Where(a => a.Id == accountId).ExecuteUpdateAsync(a => a.SetProperty(x => x.LastSignInAt, now), cancellationToken);
        return token;
    }

    /// <summary>The session of a token; null where it has ended, expired, or its account is disabled.</summary>
    public async Task<SessionInfo?> FindAsync(string token, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await Find(context, Secrets.Hash(token), time.GetUtcNow().UtcDateTime, cancellationToken);
    }

    /// <summary>False where a session has ended, expired, or its account is disabled.</summary>
    public async Task<bool> IsValidAsync(long id, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.AccountSessions.AnyAsync(s => s.Id == id && s.ExpiresAt > now && (s.AccountId == null || !s.Account!.Disabled), cancellationToken);
    }

    /// <summary>The sessions of an account, or of the owner, newest first.</summary>
    public async Task<IReadOnlyList<SessionItem>> ListAsync(long? accountId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.AccountSessions.Where(s => s.AccountId == accountId && s.ExpiresAt > now).OrderByDescending(s => s.Id)
            .Select(s => new SessionItem(s.Id, s.CreatedAt, s.Address, s.UserAgent)).ToListAsync(cancellationToken);
    }

    /// <summary>Signs one session of one's own out; an admin may end any.</summary>
    public async Task EndAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Viewer);
        var isAdmin = actor.May(Role.Admin);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.AccountSessions.Where(s => s.Id == id && (isAdmin || s.AccountId == actor.Id)).ExecuteDeleteAsync(cancellationToken) == 0)
            return;
        context.Add(actor.Audit("sign_out", actor.Name));
        await context.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Signs a person out everywhere.</summary>
    /// <param name="actor">The person, or the owner.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task EndAllAsync(Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Viewer);
        if (actor.Kind is not (ActorKind.Account or ActorKind.Owner))
            return;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var ended = await context.AccountSessions.Where(s => s.AccountId == actor.Id).ExecuteDeleteAsync(cancellationToken);
        context.Add(actor.Audit("sessions_ended", actor.Name, $"{ended} sessions"));
        await context.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Deletes what has expired.</summary>
    public async Task CleanUpAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.AccountSessions.Where(s => s.ExpiresAt < now).ExecuteDeleteAsync(cancellationToken);
        await context.SignInLinks.Where(l => l.ExpiresAt < now).ExecuteDeleteAsync(cancellationToken);
    }
}

/// <summary>Whose a session is.</summary>
/// <param name="Id">Key of the session.</param>
/// <param name="AccountId">Whose; null for the owner.</param>
/// <param name="Name">Name of the account.</param>
/// <param name="Role">What it may do now.</param>
/// <param name="Provider">Where it signed in; null for a password or a link.</param>
public sealed record SessionInfo(long Id, long? AccountId, string Name, Role Role, string? Provider);

/// <summary>A session as it is listed.</summary>
/// <param name="Id">Key of the session.</param>
/// <param name="CreatedAt">When it signed in, UTC.</param>
/// <param name="Address">From which address; null for none.</param>
/// <param name="UserAgent">What the browser says of itself; null for nothing.</param>
public sealed record SessionItem(long Id, DateTime CreatedAt, string? Address, string? UserAgent);
