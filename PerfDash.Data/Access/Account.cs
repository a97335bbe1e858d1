using Microsoft.AspNetCore.Identity;

namespace PerfDash.Data.Access;

/// <summary>A person who may sign in, as ASP.NET Core Identity keeps it, with what PerfDash adds.</summary>
public sealed class Account : IdentityUser<long>
{
    /// <summary>What it may do; never <see cref="Access.Role.Ingest"/>.</summary>
    public Role Role { get; set; }

    /// <summary>True: it may not sign in.</summary>
    public bool Disabled { get; set; }

    /// <summary>UTC.</summary>
    public DateTime CreatedAt { get; set; }

    /// <summary>UTC; null before the first.</summary>
    public DateTime? LastSignInAt { get; set; }
}
