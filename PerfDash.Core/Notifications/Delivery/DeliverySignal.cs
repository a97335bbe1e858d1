using PerfDash.Core.Messaging;

namespace PerfDash.Core.Notifications.Delivery;

/// <summary>Signals that deliveries were stored: in this process after the commit, by NOTIFY in the others.</summary>
public sealed class DeliverySignal
{
    /// <summary>Channel of the NOTIFY that other instances hear.</summary>
    public const string NotifyChannel = "perfdash_deliveries";

    private readonly Signal _signal = new();

    /// <summary>Raised with every <see cref="Notify"/>, for pages that show notifications. Handlers must be quick and must not throw.</summary>
    public event Action? Signaled;

    /// <summary>Wakes the sender and notifies pages. Call it after the commit of what was stored.</summary>
    public void Notify()
    {
        Wake();
        Signaled?.Invoke();
    }

    /// <summary>Wakes this instance's sender alone: there is nothing new to show.</summary>
    internal void Wake() => _signal.Set();

    /// <summary>Returns after a signal, or after <paramref name="atMost"/>.</summary>
    internal Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _signal.WaitAsync(atMost, cancellationToken);
}
