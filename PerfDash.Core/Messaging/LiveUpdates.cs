
namespace PerfDash.Core.Messaging;

/// <summary>Notifies open pages, in this process, that metrics were recorded, here or in another instance. Carries counts, not data: subscribers read the database.</summary>
public sealed class LiveUpdates(TimeProvider time) : Broadcast<LiveState>
{
    /// <summary>NOTIFY channel for the other instances; the payload names the one that notifies.</summary>
    public const string NotifyChannel = "perfdash_recorded";

    private readonly Lock _publishing = new();

    /// <summary>Names this process to the others on the same database.</summary>
    public static string InstanceId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>The newest state.</summary>
    public LiveState Current { get; private set; } = new(0, null);

    /// <summary>Says that <paramref name="recorded"/> metrics were recorded (0: an unknown number, by another instance).</summary>
    public void Publish(int recorded)
    {
        // One at a time, or the older of two states could be the one that stays.
        lock (_publishing)
        {
            Current = new LiveState(Current.Recorded + recorded, time.GetUtcNow());
            Publish(Current);
        }
    }
}

/// <summary>The newest state of recording.</summary>
/// <param name="Recorded">Metrics recorded by this process since it started.</param>
/// <param name="At">When the newest was recorded; null before the first.</param>
public sealed record LiveState(long Recorded, DateTimeOffset? At);
