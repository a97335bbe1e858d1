namespace PerfDash.Data.Entities;

/// <summary>A GPU worker of the host system (table <c>workers</c>).</summary>
public sealed class Worker
{
    public long Id { get; set; }

    public required string Name { get; set; }

    /// <summary>The host's own key, unique, or null where it has none.</summary>
    public string? ExternalId { get; set; }

    /// <summary>GPU model as the host names it, or null when unknown.</summary>
    public string? GpuModel { get; set; }

    /// <summary>Memory of the card in MB, or null when unknown.</summary>
    public int? GpuVramMb { get; set; }

    /// <summary>Price of one GPU hour in the farm's currency, or null when the worker has no price.</summary>
    public decimal? GpuHourPrice { get; set; }

    /// <summary>When the row was made, UTC; null where the row has no date .NET can hold.</summary>
    public DateTime? CreatedAt { get; set; }
}
