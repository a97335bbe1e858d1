namespace PerfDash.Data.Entities;

/// <summary>A generation workflow of the host system (table <c>workflows</c>).</summary>
public sealed class Workflow
{
    public long Id { get; set; }

    public required string Name { get; set; }

    /// <summary>The host's own key, unique, or null where it has none.</summary>
    public string? ExternalId { get; set; }

    /// <summary>When the row was made, UTC; null where the row has no date .NET can hold.</summary>
    public DateTime? CreatedAt { get; set; }

    /// <summary>The workflow that its jobs count for since the two were merged; null where it was not. Not a column of the host's table.</summary>
    public long? MergedInto { get; set; }
}
