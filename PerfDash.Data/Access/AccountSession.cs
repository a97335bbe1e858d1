namespace PerfDash.Data.Access;

/// <summary>A signed-in browser; ending a session deletes it.</summary>
public sealed class AccountSession
{
    public long Id { get; set; }

    /// <summary>SHA-256 of what the cookie holds.</summary>
    public required byte[] TokenHash { get; set; }

    /// <summary>Whose; null for the built-in owner.</summary>
    public long? AccountId { get; set; }

    public Account? Account { get; set; }

    /// <summary>UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>UTC.</summary>
    public DateTime ExpiresAt { get; set; }

    /// <summary>Where it was signed in from; null where the connection has no address.</summary>
    public string? Address { get; set; }

    /// <summary>Where it signed in: address of the OpenID Connect provider; null for a password or a link.</summary>
    public string? Provider { get; set; }

    /// <summary>What the browser says of itself, shortened; null for nothing.</summary>
    public string? UserAgent { get; set; }
}
