namespace PerfDash.Data.Entities;

/// <summary>Where a rule or a mute holds.</summary>
public enum AlertScope
{
    /// <summary>Everywhere.</summary>
    Global,

    /// <summary>One workflow.</summary>
    Workflow,

    /// <summary>One worker.</summary>
    Worker,
}

/// <summary>Whom an incident concerns.</summary>
public enum AlertSubject
{
    /// <summary>One workflow.</summary>
    Workflow,

    /// <summary>One worker.</summary>
    Worker,

    /// <summary>All: the subject of a global window rule.</summary>
    Farm,
}

/// <summary>How scopes and subjects belong together.</summary>
public static class AlertScopes
{
    /// <summary>The subject of a window rule of this scope.</summary>
    public static AlertSubject ToSubject(this AlertScope scope) =>
        scope switch { AlertScope.Workflow => AlertSubject.Workflow, AlertScope.Worker => AlertSubject.Worker, _ => AlertSubject.Farm };

    /// <summary>The scope that covers this subject alone.</summary>
    public static AlertScope ToScope(this AlertSubject subject) =>
        subject switch { AlertSubject.Workflow => AlertScope.Workflow, AlertSubject.Worker => AlertScope.Worker, _ => AlertScope.Global };
}
