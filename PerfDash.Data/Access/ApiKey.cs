namespace PerfDash.Data.Access;

/// <summary>A key of a program.</summary>
public sealed class ApiKey
{
    public long Id { get; set; }

    public required string Name { get; set; }

    public Role Role { get; set; }

    /// <summary>The first characters of the key, to tell keys apart.</summary>
    public required string Prefix { get; set; }

    /// <summary>SHA-256 of the key: it has 256 random bits, so that a slow hash would add nothing.</summary>
    public required byte[] KeyHash { get; set; }

    /// <summary>UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>Name of who made it.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>UTC; null: it does not expire.</summary>
    public DateTime? ExpiresAt { get; set; }

    /// <summary>UTC, to the minute; null before the first use.</summary>
    public DateTime? LastUsedAt { get; set; }

    /// <summary>UTC; null while it may be used.</summary>
    public DateTime? RevokedAt { get; set; }
}
