using System.Collections.Concurrent;
using System.Diagnostics;
using PerfDash.Data.Access;

namespace PerfDash.Core.Access;

/// <summary>Keys of programs.</summary>
public sealed class ApiKeyService(IDbContextFactory<PerfDashDbContext> contexts, TimeProvider time)
{
    /// <summary>Longest name, characters.</summary>
    public const int MaxNameLength = 200;

    private const string Start = "pd_";
    private const int PrefixLength = 10;
    private static readonly TimeSpan UsePrecision = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long an instance goes on without asking the database for a key again. Revoking answers only after that time, so that a
    /// revoked key is refused by every instance from then on, without a message between them.
    /// </summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, (KeyUse Key, long AskedAt)> _leases = new(StringComparer.Ordinal);

    // Plan: one index scan of api_keys.
    private static readonly Func<PerfDashDbContext, byte[], DateTime, CancellationToken, Task<KeyUse?>> Find = EF.CompileAsyncQuery(
        (PerfDashDbContext context, byte[] hash, DateTime now, CancellationToken cancellationToken) => context.ApiKeys
            .Where(k => k.KeyHash == hash && k.RevokedAt == null && (k.ExpiresAt == null || k.ExpiresAt > now))
            .Select(k => new KeyUse(k.Id, k.Name, k.Role, k.ExpiresAt, k.LastUsedAt))
            .FirstOrDefault());

    /// <summary>All of them, newest first; revoked and expired ones too.</summary>
    public async Task<IReadOnlyList<ApiKeyItem>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return (await context.ApiKeys.OrderByDescending(k => k.Id).ToListAsync(cancellationToken)).ConvertAll(ApiKeyItem.From);
    }

    /// <summary>Makes a key. The key itself is in the result and nowhere else.</summary>
    public async Task<EditResult<NewApiKey>> CreateAsync(ApiKeyInput input, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        var now = time.GetUtcNow().UtcDateTime;
        var errors = new Dictionary<string, string[]>();
        if (AccountInput.NameError(input.Name, MaxNameLength) is { } error)
            errors["name"] = [error];
        if (EnumText.Find<Role>(input.Role) is not { } role)
        {
            errors["role"] = [$"role must be one of {string.Join(", ", EnumText.All<Role>())}."];
            role = default;
        }

        if (input.ExpiresAt?.UtcDateTime <= now)
            errors["expires_at"] = ["expires_at must be in the future."];
        if (errors.Count > 0)
            return EditResult<NewApiKey>.Invalid(errors);

        var secret = Start + Secrets.Create();
        var key = new ApiKey
        {
            Name = input.Name!.Trim(),
            Role = role,
            Prefix = secret[..PrefixLength],
            KeyHash = Secrets.Hash(secret),
            CreatedBy = actor.Name,
            CreatedAt = now,
            ExpiresAt = input.ExpiresAt?.UtcDateTime,
        };
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        context.Add(key);
        context.Add(actor.Audit("key_created", key.Name, $"{key.Prefix}…, role {role.ToText()}"));
        await context.SaveChangesAsync(cancellationToken);
        return EditResult<NewApiKey>.Done(new NewApiKey(key.Id, key.Name, key.Role, key.Prefix, key.CreatedAt, key.CreatedBy, key.ExpiresAt, secret));
    }

    /// <summary>Revokes a key for good; false when there is none. Again is no error.</summary>
    public async Task<bool> RevokeAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.ApiKeys.AsTracking().FirstOrDefaultAsync(k => k.Id == id, cancellationToken) is not { } key)
            return false;
        if (key.RevokedAt is null)
        {
            key.RevokedAt = time.GetUtcNow().UtcDateTime;
            context.Add(actor.Audit("key_revoked", key.Name, $"{key.Prefix}…"));
            await context.SaveChangesAsync(cancellationToken);
        }

        // Whoever asked before the commit may use the key until then. In real time: the clock that tests turn has no part in it.
        await Task.Delay(Lease, CancellationToken.None);
        return true;
    }

    /// <summary>Who a key is; null where it is unknown, revoked or expired.</summary>
    public async Task<Actor?> FindAsync(string key, string? address, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var hash = Secrets.Hash(key);
        var name = Convert.ToHexString(hash);
        if (_leases.TryGetValue(name, out var lease) && Stopwatch.GetElapsedTime(lease.AskedAt) < Lease)
            return lease.Key.ExpiresAt <= now ? null : lease.Key.Actor(address);

        var askedAt = Stopwatch.GetTimestamp();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await Find(context, hash, now, cancellationToken) is not { } found)
        {
            _leases.TryRemove(name, out _);
            return null;
        }

        _leases[name] = (found, askedAt);
        if (found.LastUsedAt is null || found.LastUsedAt < now - UsePrecision)
            await context.ApiKeys.Where(k => k.Id == found.Id).ExecuteUpdateAsync(k => k.SetProperty(x => x.LastUsedAt, now), cancellationToken);
        return found.Actor(address);
    }

    private sealed record KeyUse(long Id, string Name, Role Role, DateTime? ExpiresAt, DateTime? LastUsedAt)
    {
        public Actor Actor(string? address) => new(Name, ActorKind.Key, Role, address, Id);
    }
}

/// <summary>A key that is to be made.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Role"><c>viewer</c>, <c>editor</c>, <c>admin</c> or <c>ingest</c>.</param>
/// <param name="ExpiresAt">When it stops working; null: it does not.</param>
public sealed record ApiKeyInput(string? Name, string? Role, DateTimeOffset? ExpiresAt);

/// <summary>A key as it is listed.</summary>
/// <param name="Id">Key of the row.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Prefix">Its first characters.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="ExpiresAt">When it stops working, UTC; null: it does not.</param>
/// <param name="LastUsedAt">When it was last used, UTC, to the minute; null: never.</param>
/// <param name="RevokedAt">When it was revoked, UTC; null: it was not.</param>
public sealed record ApiKeyItem(
    long Id, string Name, Role Role, string Prefix, DateTime CreatedAt, string CreatedBy, DateTime? ExpiresAt, DateTime? LastUsedAt, DateTime? RevokedAt)
{
    internal static ApiKeyItem From(ApiKey key) => new(key.Id, key.Name, key.Role, key.Prefix, key.CreatedAt, key.CreatedBy, key.ExpiresAt, key.LastUsedAt, key.RevokedAt);
}

/// <summary>A key just made.</summary>
/// <param name="Id">Key of the row.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Prefix">Its first characters.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="ExpiresAt">When it stops working, UTC; null: it does not.</param>
/// <param name="Key">The key. It is not stored and cannot be shown again.</param>
public sealed record NewApiKey(long Id, string Name, Role Role, string Prefix, DateTime CreatedAt, string CreatedBy, DateTime? ExpiresAt, string Key);
