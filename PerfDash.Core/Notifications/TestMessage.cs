using System.Text.Json;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications;

/// <summary>What a channel is tried with: a message like any other that says it is a test, as event <c>alert.test</c> of alert 0.</summary>
internal static class TestMessage
{
    public static OutgoingMessage Make(DateTime now, string publicUrl)
    {
        var message = NotificationMessage.From(
            new IncidentChange
            {
                Alert = new AlertItem
                {
                    Id = 0,
                    ThresholdId = 0,
                    WindowRuleId = null,
                    MetricName = "time_per_frame_ms",
                    ScopeType = AlertScope.Global,
                    ScopeId = null,
                    SubjectType = AlertSubject.Workflow,
                    SubjectId = 0,
                    SubjectName = "Test",
                    Severity = AlertSeverity.Warning,
                    State = IncidentState.Open,
                    OpenedAt = now,
                    RaisedAt = null,
                    ResolvedAt = null,
                    AcknowledgedAt = null,
                    AcknowledgedBy = null,
                    AcknowledgeComment = null,
                    OpenedValue = 812.5,
                    WorstValue = 812.5,
                    LastValue = 812.5,
                    JobId = null,
                },
                EventId = 0,
                Event = IncidentEvent.Opened,
                IsTest = true,
                At = now,
                Value = 812.5,
                Threshold = new ThresholdItem
                {
                    Id = 0,
                    MetricName = "time_per_frame_ms",
                    ScopeType = AlertScope.Global,
                    ScopeId = null,
                    WarningThreshold = 800,
                    CriticalThreshold = 1000,
                    ClearThreshold = null,
                    Enabled = true,
                    Direction = AlertDirection.Above,
                    ForJobs = 1,
                    Note = "This is a test message. No action is needed.",
                    MutedUntil = null,
                    CreatedAt = now,
                    UpdatedAt = now,
                },
                Muted = false,
            },
            publicUrl);
        return new OutgoingMessage(Guid.NewGuid(), JsonSerializer.SerializeToElement(message, NotificationMessage.Json));
    }
}
