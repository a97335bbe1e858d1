using Npgsql;

namespace PerfDash.Core.Alerts.Incidents;

/// <summary>What happens to changes of incidents within the transaction that stores them.</summary>
public interface IIncidentChangeHandler
{
    /// <summary>Handles the changes; the caller calls <see cref="Publish"/> after its commit.</summary>
    /// <param name="connection">In the transaction that stored the changes and their events.</param>
    /// <param name="changes">In the order in which they happened.</param>
    Task HandleAsync(NpgsqlConnection connection, IReadOnlyList<IncidentChange> changes, CancellationToken cancellationToken);

    /// <summary>Called after the commit.</summary>
    void Publish();
}
