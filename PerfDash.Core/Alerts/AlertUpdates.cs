using PerfDash.Core.Messaging;

namespace PerfDash.Core.Alerts;

/// <summary>Notifies open pages, in this process, that incidents or rules changed, here or in another instance. Carries no data: subscribers read the database.</summary>
public sealed class AlertUpdates : Broadcast<bool>
{
    /// <summary>NOTIFY channel for the other instances; the payload names the one that notifies.</summary>
    public const string NotifyChannel = "perfdash_alerts_changed";

    /// <summary>Call it after the commit.</summary>
    public void Publish() => Publish(true);
}
