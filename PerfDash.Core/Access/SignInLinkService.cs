using PerfDash.Data.Access;

namespace PerfDash.Core.Access;

/// <summary>One-time links that sign in as the built-in owner: whoever sees this machine's console is its admin.</summary>
public sealed class SignInLinkService(IDbContextFactory<PerfDashDbContext> contexts, TimeProvider time)
{
    /// <summary>How long a link may be used.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Makes a link and returns its token.</summary>
    public async Task<string> CreateAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var token = Secrets.Create();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await context.SignInLinks.Where(l => l.ExpiresAt < now).ExecuteDeleteAsync(cancellationToken);
        context.Add(new SignInLink { TokenHash = Secrets.Hash(token), ExpiresAt = now + Lifetime });
        context.Add(Actor.System.Audit("sign_in_link_created"));
        await context.SaveChangesAsync(cancellationToken);
        return token;
    }

    /// <summary>True while the link may be used; it stays usable.</summary>
    public async Task<bool> IsValidAsync(string token, CancellationToken cancellationToken)
    {
        var (hash, now) = (Secrets.Hash(token), time.GetUtcNow().UtcDateTime);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.SignInLinks.AnyAsync(l => l.TokenHash == hash && l.ExpiresAt > now, cancellationToken);
    }

    /// <summary>True once for each link, also where several instances are asked at the same moment.</summary>
    public async Task<bool> UseAsync(string token, CancellationToken cancellationToken)
    {
        var (hash, now) = (Secrets.Hash(token), time.GetUtcNow().UtcDateTime);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.SignInLinks.Where(l => l.TokenHash == hash && l.ExpiresAt > now).ExecuteDeleteAsync(cancellationToken) == 1;
    }
}
