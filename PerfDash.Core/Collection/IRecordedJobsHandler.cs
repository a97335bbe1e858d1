using Npgsql;

namespace PerfDash.Core.Collection;

/// <summary>What happens to recorded jobs within the transaction that records them.</summary>
public interface IRecordedJobsHandler
{
    /// <summary>Handles the jobs of a batch; true if <see cref="Publish"/> is to be called after the commit.</summary>
    /// <param name="connection">In the transaction.</param>
    /// <param name="isAlone">The last try, for a single job: a failure must not keep it from being recorded.</param>
    /// <exception cref="RecordedJobsException">It failed, and not for want of the database: to be tried job by job.</exception>
    Task<bool> HandleAsync(NpgsqlConnection connection, IReadOnlyList<RecordedJob> jobs, bool isAlone, CancellationToken cancellationToken);

    /// <summary>Called after the commit.</summary>
    void Publish();
}

/// <summary>The jobs of a batch could not be handled together.</summary>
public sealed class RecordedJobsException(Exception inner) : Exception(inner.Message, inner);
