using PerfDash.Core.Scheduling;

namespace PerfDash.Core.Notifications.Delivery;

/// <summary>Looks after deliveries unasked: those of an instance that died, of a mute that ended, of a channel that was switched off.</summary>
public sealed class DeliveryJob(IServiceProvider services, Deliverer deliverer) : ScheduledJob(services)
{
    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        await deliverer.ReconcileAsync(cancellationToken);
        await deliverer.DispatchDueAsync(cancellationToken);
    }
}
