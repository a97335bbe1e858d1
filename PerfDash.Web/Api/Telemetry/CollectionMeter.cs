using System.Diagnostics.Metrics;
using PerfDash.Core.Collection;
using PerfDash.Core.Messaging;

namespace PerfDash.Web.Api.Telemetry;

/// <summary>The state of capture as gauges. What the database knows is read by <see cref="RefreshAsync"/>: a gauge cannot wait for it.</summary>
internal sealed class CollectionMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "PerfDash.Collection";

    private readonly CollectionQueries _collection;
    private volatile CollectionStatus? _status;

    /// <summary>Creates the gauges.</summary>
    public CollectionMeter(IMeterFactory meters, CollectionQueries collection, CollectionState state, LiveUpdates live)
    {
        _collection = collection;
        var meter = meters.Create(Name);
        CreateGauge("perfdash.collection.pending", status => status.Pending, "Completions waiting to be collected.");
        CreateGauge("perfdash.collection.failed", status => status.Failed, "Completions that could not be recorded.");
        CreateGauge("perfdash.jobs.recorded", status => status.RecordedTotal, "Total number of recorded jobs.");
        CreateGauge("perfdash.collection.lag", status => status.LagMs / 1000 ?? double.NaN,
            "Age of the oldest pending completion, or the time from commit to metric of the latest one. NaN before the first.", "s");
        meter.CreateObservableGauge("perfdash.collection.listening", () => state.Listening ? 1 : 0, description: "1 while the LISTEN connection is open.");
        meter.CreateObservableGauge("perfdash.live.subscribers", () => live.SubscriberCount, description: "Open browser connections that receive live updates.");

        // Nothing before the first status: a gap is not a zero.
        void CreateGauge<T>(string name, Func<CollectionStatus, T> value, string description, string? unit = null) where T : struct =>
            meter.CreateObservableGauge(name, () => _status is { } status ? [new Measurement<T>(value(status))] : Array.Empty<Measurement<T>>(), unit, description);
    }

    /// <summary>Reads what the gauges report next; nothing where the database does not answer.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        _status = null;
        _status = await _collection.GetStatusAsync(cancellationToken);
    }
}
