using PerfDash.Core.Scheduling;

namespace PerfDash.Core.Collection;

/// <summary>Makes the partitions of this month and the next two, so that none has to be made while jobs complete.</summary>
public sealed class MetricPartitionsJob(IServiceProvider services, MetricPartitions partitions, TimeProvider time) : ScheduledJob(services)
{
    protected override Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return partitions.EnsureAsync([now, now.AddMonths(1), now.AddMonths(2)], cancellationToken);
    }
}
