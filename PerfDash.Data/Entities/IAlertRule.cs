namespace PerfDash.Data.Entities;

/// <summary>What thresholds and window rules have in common.</summary>
public interface IAlertRule
{
    long Id { get; }

    /// <summary>Its version: when it was last changed, UTC.</summary>
    DateTime UpdatedAt { get; }
}
