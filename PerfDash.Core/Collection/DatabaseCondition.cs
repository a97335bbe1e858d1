namespace PerfDash.Core.Collection;

/// <summary>What is known to be wrong with the database server itself, for health and the Collection page.</summary>
public sealed class DatabaseCondition
{
    /// <summary>What is wrong and what to do, in sentences without a secret; null when nothing is known.</summary>
    public string? Problem { get; set; }
}
