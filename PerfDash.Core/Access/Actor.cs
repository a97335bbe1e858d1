using PerfDash.Data.Access;

namespace PerfDash.Core.Access;

/// <summary>Who asks for a change. Services check it themselves, so that no page and no route can leave that out.</summary>
/// <param name="Name">Of the account or key.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Role">What it may do; null for nothing.</param>
/// <param name="Address">IP address; null where there is none.</param>
/// <param name="Id">Key of the account or API key; null for others.</param>
public sealed record Actor(string Name, ActorKind Kind, Role? Role, string? Address = null, long? Id = null)
{
    /// <summary>PerfDash itself.</summary>
    public static Actor System { get; } = new("PerfDash", ActorKind.System, Data.Access.Role.Admin);

    /// <summary>Somebody who has not signed in.</summary>
    public static Actor Anonymous(string? address) => new("anonymous", ActorKind.Anonymous, null, address);

    public bool May(Role needed) => Role?.Allows(needed) == true;

    /// <exception cref="AccessDeniedException">The role does not include it.</exception>
    public void Require(Role needed)
    {
        if (!May(needed))
            throw new AccessDeniedException(needed);
    }

    /// <summary>A line of the audit trail; add it to the context that makes the change.</summary>
    public AuditEntry Audit(string action, string? target = null, string? detail = null) =>
        new() { Actor = Name, ActorKind = Kind, Address = Address, Action = action, Target = target, Detail = detail };
}

/// <summary>Somebody asked for what the role does not include, or is no longer signed in.</summary>
public sealed class AccessDeniedException(Role needed) : Exception($"This needs the role {needed.ToText()}.")
{
    public Role Needed { get; } = needed;
}
