namespace PerfDash.Core.Notifications.Delivery;

/// <summary>When a delivery that failed is tried again: after 2, 4, 8 … seconds, 10 minutes at most, for about a day.</summary>
internal static class RetrySchedule
{
    /// <summary>Attempts until a delivery is given up: with the pauses between them about a day.</summary>
    public const int Attempts = 150;

    /// <summary>
    /// Attempts where the receiver says that the message itself is wrong, which time seldom heals: about a minute. Not where
    /// the receiver has the alert as open or may have: it must get the resolution, and that only after the opening.
    /// </summary>
    public const int AttemptsWhenRefused = 6;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long to wait after attempt number <paramref name="attempts"/> (from 1) failed; null when it was the last one.
    /// A fifth either way by chance keeps what failed together from coming back together. A receiver that
    /// names a pause gets it, up to an hour.
    /// </summary>
    public static TimeSpan? DelayAfter(int attempts, DeliveryException failure, bool mayBeOpenThere, Random random)
    {
        if (attempts >= (failure.IsRefusal && !mayBeOpenThere ? AttemptsWhenRefused : Attempts))
            return null;
        var doubled = First * Math.Pow(2, Math.Min(attempts - 1, 20));
        var delay = (doubled < Longest ? doubled : Longest) * (0.8 + (0.4 * random.NextDouble()));
        var asked = failure.RetryAfter is { } pause && pause < TimeSpan.FromHours(1) ? pause : failure.RetryAfter is null ? TimeSpan.Zero : TimeSpan.FromHours(1);
        return asked > delay ? asked : delay;
    }
}
