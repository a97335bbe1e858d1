namespace PerfDash.Core.Notifications.Delivery;

/// <summary>A delivery this instance is to try now.</summary>
/// <param name="Id">Its row.</param>
/// <param name="Attempts">Number of this attempt, from 1. Whoever claims the row again has a higher one.</param>
/// <param name="Message">What to send.</param>
/// <param name="MayBeKnown">Nothing of the alert was delivered before, but an earlier attempt got no clear answer: the receiver may have the alert as open.</param>
internal sealed record ClaimedDelivery(long Id, int Attempts, OutgoingMessage Message, bool MayBeKnown);
