using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>A way to send notifications. An implementation holds no state of a target: one serves all channels of its kind.</summary>
public interface INotificationChannel
{
    /// <summary>Its name in <c>notification_channels.kind</c>.</summary>
    ChannelKind Kind { get; }

    /// <summary>
    /// True when people read it: what happens within a minute becomes one message. False when programs do: one message
    /// for each change, and <see cref="SendAsync"/> is given one.
    /// </summary>
    bool IsForPeople { get; }

    /// <summary>Sends one message about these changes, all of the same event, oldest first.</summary>
    /// <exception cref="DeliveryException">It was not taken.</exception>
    Task SendAsync(ChannelSettings settings, IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken);
}
