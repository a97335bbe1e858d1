using PerfDash.Core.Scheduling;

namespace PerfDash.Core.Access;

/// <summary>Deletes expired sessions and links.</summary>
public sealed class AccessCleanupJob(IServiceProvider services, SessionService sessions) : ScheduledJob(services)
{
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <inheritdoc />
    protected override Task RunAsync(CancellationToken cancellationToken) => sessions.CleanUpAsync(cancellationToken);
}
