namespace PerfDash.Data.Entities;

/// <summary>What the database's own trigger must know (table <c>collection_settings</c>, one row).</summary>
public sealed class CollectionSettings
{
    /// <summary>Key: always true, so that there is one row.</summary>
    public bool OnlyRow { get; set; }

    /// <summary>
    /// Whether the trigger sends NOTIFY; without it the poll alone wakes the collector. Null: where the server allows no
    /// prepared transactions.
    /// </summary>
    public bool? Notify { get; set; }
}
