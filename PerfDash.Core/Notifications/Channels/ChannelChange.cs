namespace PerfDash.Core.Notifications.Channels;

/// <summary>What became of a change of a channel.</summary>
public abstract record ChannelChange
{
    private ChannelChange()
    {
    }

    /// <summary>Done; of a deleted channel, what it was.</summary>
    public sealed record Done(ChannelItem Channel) : ChannelChange;

    /// <summary>There is no such channel.</summary>
    public sealed record Unknown : ChannelChange;

    /// <summary>Not to be done with this channel, and why.</summary>
    public sealed record Refused(string Reason) : ChannelChange;

    /// <summary>What is wrong with the input, by field.</summary>
    public sealed record Invalid(Dictionary<string, string[]> Errors) : ChannelChange;
}

/// <summary>What became of a test message.</summary>
/// <param name="Delivered">Whether the receiver took it.</param>
/// <param name="Error">Why not; null when it did.</param>
/// <param name="DurationMs">How long it took, in ms.</param>
public sealed record ChannelTest(bool Delivered, string? Error, double DurationMs);
