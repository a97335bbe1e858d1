namespace PerfDash.Data.Access;

/// <summary>What an account or a key may do. Each of the first three includes the ones before it.</summary>
public enum Role
{
    /// <summary>Reads figures, alerts and the collection status.</summary>
    Viewer,

    /// <summary>Also changes thresholds, rules, mutes, names and prices, acknowledges and retries.</summary>
    Editor,

    /// <summary>Also manages accounts, keys, channels and settings, and reads the audit trail.</summary>
    Admin,

    /// <summary>Reports jobs and scores, nothing else; for keys only.</summary>
    Ingest,
}

/// <summary>Who did something.</summary>
public enum ActorKind
{
    /// <summary>A person with an account.</summary>
    Account,

    /// <summary>A program with a stored key.</summary>
    Key,

    /// <summary>The built-in owner, signed in with a one-time link.</summary>
    Owner,

    /// <summary>A program with the key from the configuration.</summary>
    Bootstrap,

    /// <summary>Somebody who has not signed in.</summary>
    Anonymous,

    /// <summary>PerfDash itself.</summary>
    System,
}

/// <summary>What roles include.</summary>
public static class RoleRights
{
    /// <summary>True where the role may do what <paramref name="needed"/> may.</summary>
    public static bool Allows(this Role role, Role needed) => needed switch
    {
        Role.Ingest => role is Role.Ingest or Role.Editor or Role.Admin,
        _ => role != Role.Ingest && role >= needed,
    };
}
