using System.ComponentModel.DataAnnotations;

namespace PerfDash.Core.Collection;

/// <summary>Settings of capture, section <c>PerfDash:Collection</c>.</summary>
public sealed class CollectionOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "PerfDash:Collection";

    /// <summary>
    /// Whether the trigger sends NOTIFY. Null (default): where the server allows no prepared transactions
    /// (<c>max_prepared_transactions</c> is 0), because a transaction that has notified cannot be prepared. NOTIFY makes the commits of many concurrent
    /// writers wait for each other; without it the poll alone finds completions.
    /// </summary>
    public bool? Notify { get; set; }

    /// <summary>How often the outbox is looked at when nothing woke the collector.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Completions taken in one transaction, at most.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 1000;

    /// <summary>How often completed jobs that no trigger queued are searched for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMinutes(2);
}
