namespace PerfDash.Core.Messaging;

/// <summary>Whether <see cref="PostgresNotificationListener"/> is connected.</summary>
public sealed class ListenerState
{
    /// <summary>Raised after a change. Handlers must be quick.</summary>
    public event Action? Changed;

    /// <summary>True while its connection is open.</summary>
    public bool IsListening { get; private set; }

    internal void Set(bool isListening)
    {
        IsListening = isListening;
        Changed?.Invoke();
    }
}
