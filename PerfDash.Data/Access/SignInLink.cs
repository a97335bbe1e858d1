namespace PerfDash.Data.Access;

/// <summary>A one-time link that signs in as the owner; using one deletes it.</summary>
public sealed class SignInLink
{
    /// <summary>SHA-256 of its token.</summary>
    public required byte[] TokenHash { get; set; }

    /// <summary>UTC.</summary>
    public DateTime ExpiresAt { get; set; }
}
