namespace PerfDash.Core.Notifications.Delivery;

/// <summary>A message did not arrive, or nobody knows whether it did. The text is shown to an admin and holds no secret.</summary>
public sealed class DeliveryException : Exception
{
    /// <summary>With what went wrong.</summary>
    public DeliveryException(string message)
        : base(message)
    {
    }

    /// <summary>With what went wrong and its cause.</summary>
    public DeliveryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The receiver understood and said no, or the target must not be called: trying for a day would not help.</summary>
    public bool IsRefusal { get; init; }

    /// <summary>The pause the receiver asked for; null when it named none.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
