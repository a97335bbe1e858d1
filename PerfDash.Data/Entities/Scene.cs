namespace PerfDash.Data.Entities;

/// <summary>A scene of the host system (table <c>scenes</c>).</summary>
public sealed class Scene
{
    public long Id { get; set; }

    public required string Name { get; set; }

    /// <summary>When the row was made, UTC; null where the row has no date .NET can hold.</summary>
    public DateTime? CreatedAt { get; set; }
}
