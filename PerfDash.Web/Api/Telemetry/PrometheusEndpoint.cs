using PerfDash.Core.Collection;
using PerfDash.Core.Messaging;
using Prometheus;

namespace PerfDash.Web.Api.Telemetry;

/// <summary><c>/metrics</c>: how PerfDash itself is doing, as Prometheus text.</summary>
internal static class PrometheusEndpoint
{
    /// <summary>Maps it with a registry of this application's own.</summary>
    public static void MapPrometheus(this WebApplication app)
    {
        var registry = Metrics.NewCustomRegistry();
        var metrics = Metrics.WithCustomRegistry(registry);
        var pending = metrics.CreateGauge("perfdash_collection_pending", "Completions waiting to be collected.");
        var failed = metrics.CreateGauge("perfdash_collection_failed", "Completions that could not be recorded.");
        var recorded = metrics.CreateGauge("perfdash_jobs_recorded", "Total number of recorded jobs.");
        var lag = metrics.CreateGauge("perfdash_collection_lag_seconds", "Age of the oldest pending completion, or the time from commit to metric of the latest one. NaN before the first.");
        var listening = metrics.CreateGauge("perfdash_collection_listening", "1 while the LISTEN connection is open.");
        var subscribers = metrics.CreateGauge("perfdash_live_subscribers", "Open browser connections that receive live updates.");
        var collection = app.Services.GetRequiredService<CollectionQueries>();
        var state = app.Services.GetRequiredService<CollectionState>();
        var live = app.Services.GetRequiredService<LiveUpdates>();
        registry.AddBeforeCollectCallback(async cancellationToken =>
        {
            listening.Set(state.Listening ? 1 : 0);
            subscribers.Set(live.SubscriberCount);
            var status = await collection.GetStatusAsync(cancellationToken);
            pending.Set(status.Pending);
            failed.Set(status.Failed);
            recorded.Set(status.RecordedTotal);
            lag.Set(status.LagMs / 1000 ?? double.NaN);
        });
        DotNetStats.Register(registry);
        app.MapMetrics("/metrics", registry).RequireAuthorization(Policies.Viewer);
    }
}
