namespace PerfDash.Data.Entities;

/// <summary>A character of the host system (table <c>characters</c>).</summary>
public sealed class Character
{
    public long Id { get; set; }

    public required string Name { get; set; }

    /// <summary>When the row was made, UTC; null where the row has no date .NET can hold.</summary>
    public DateTime? CreatedAt { get; set; }
}
