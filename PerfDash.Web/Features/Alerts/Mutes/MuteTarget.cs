using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Alerts.Mutes;

public enum MuteKind
{
    Threshold,

    WindowRule,

    /// <summary>Everything of a workflow, of a worker, or at all.</summary>
    Scope,
}

/// <summary>Something to mute.</summary>
/// <param name="Label">What it is called.</param>
/// <param name="Id">Key of the rule, workflow or worker; null for everything.</param>
/// <param name="ScopeType">Where it holds; null for a rule.</param>
public sealed record MuteTarget(string Label, MuteKind Kind, long? Id, AlertScope? ScopeType = null);
