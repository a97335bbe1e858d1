using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Incidents;

/// <summary>An incident with all that happened to it.</summary>
/// <param name="Threshold">Its threshold as it is now; null where it is deleted, or for a window rule.</param>
/// <param name="WindowRule">Its window rule as it is now; null where it is deleted, or for a threshold.</param>
/// <param name="Events">What happened, in order.</param>
/// <param name="Deliveries">What was sent of it, in order.</param>
public sealed record AlertDetail(
    AlertItem Alert, ThresholdItem? Threshold, WindowRuleItem? WindowRule, IReadOnlyList<AlertEventItem> Events, IReadOnlyList<AlertDeliveryItem> Deliveries);

/// <summary>Something that happened to an incident.</summary>
/// <param name="Id">Key.</param>
/// <param name="Event">What happened.</param>
/// <param name="Severity">Severity after it.</param>
/// <param name="At">When, UTC: completion of the deciding job, or when a person acted.</param>
/// <param name="Value">What that job measured, in the metric's unit; null where no job decided.</param>
/// <param name="JobId">That job, or null.</param>
/// <param name="Actor">Who did it; null for PerfDash itself.</param>
/// <param name="Comment">What they said, or why; null for nothing.</param>
public sealed record AlertEventItem(long Id, IncidentEvent Event, AlertSeverity Severity, DateTime At, double? Value, long? JobId, string? Actor, string? Comment);

/// <summary>One notification of one change to one channel.</summary>
/// <param name="Id">Key.</param>
/// <param name="EventId">The change.</param>
/// <param name="ChannelId">The channel.</param>
/// <param name="ChannelName">Its name.</param>
/// <param name="ChannelKind">What takes it there.</param>
/// <param name="State"><c>pending</c>, <c>delivered</c>, <c>failed</c> or <c>withheld</c>.</param>
/// <param name="Attempts">Tries so far.</param>
/// <param name="NextAttemptAt">When it is tried next, UTC; null unless pending.</param>
/// <param name="LastError">Of the latest try, or why it is withheld; null for none.</param>
/// <param name="DeliveredAt">When it arrived, UTC; null until then.</param>
public sealed record AlertDeliveryItem(
    long Id, long EventId, long ChannelId, string ChannelName, ChannelKind ChannelKind, DeliveryState State, int Attempts, DateTime? NextAttemptAt, string? LastError, DateTime? DeliveredAt);
