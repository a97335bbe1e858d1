using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core.Collection;
using PerfDash.Core.Notifications.Delivery;

namespace PerfDash.Core.Alerts.Evaluation;

/// <summary>What the collector knows of alerts: it evaluates the jobs of its batch and tells after the commit. No rule may stop recording.</summary>
public sealed partial class BatchAlertEvaluator
{
    private readonly AlertEvaluator _evaluator;
    private readonly AlertUpdates _updates;
    private readonly DeliverySignal _deliveries;
    private readonly ILogger<BatchAlertEvaluator> _logger;

    internal BatchAlertEvaluator(AlertEvaluator evaluator, AlertUpdates updates, DeliverySignal deliveries, ILogger<BatchAlertEvaluator> logger) =>
        (_evaluator, _updates, _deliveries, _logger) = (evaluator, updates, deliveries, logger);

    /// <summary>Tells pages and senders of this process; after the commit.</summary>
    internal void Publish()
    {
        _updates.Publish();
        _deliveries.Notify();
    }

    /// <summary>Evaluates jobs within the transaction that recorded them; true if there are notifications to send.</summary>
    /// <param name="connection">In that transaction.</param>
    /// <param name="jobs">The recorded jobs.</param>
    /// <param name="isAlone">The last try: what cannot be evaluated is recorded without alerts, with an error in the log.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="AlertEvaluationException">Evaluation failed, and not for want of the database: to be tried job by job.</exception>
    internal async Task<bool> EvaluateAsync(NpgsqlConnection connection, IReadOnlyList<RecordedJob> jobs, bool isAlone, CancellationToken cancellationToken)
    {
        if (jobs.Count == 0)
            return false;
        if (isAlone)
            await ExecuteAsync(connection, "SAVEPOINT recorded", cancellationToken);
        try
        {
            return (await _evaluator.EvaluateAsync(connection, jobs, cancellationToken)).Count > 0;
        }
        catch (Exception e) when (IsFault(e))
        {
            if (!isAlone)
                throw new AlertEvaluationException(e);
            await ExecuteAsync(connection, "ROLLBACK TO SAVEPOINT recorded", cancellationToken);
            LogNotEvaluated(jobs[0].JobId, e);
            return false;
        }
    }

    /// <summary>True for what would fail again; not for a database that is away, shutting down, or held by others.</summary>
    private static bool IsFault(Exception e) => e switch
    {
        OperationCanceledException or ObjectDisposedException => false,
        PostgresException p => !p.IsTransient && p.SqlState[..2] is not ("08" or "40" or "53" or "55" or "57"),
        NpgsqlException => false,
        _ => true,
    };

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Could not evaluate alerts for job {JobId}; its metric is recorded")]
    private partial void LogNotEvaluated(long jobId, Exception e);
}

/// <summary>The jobs of a batch could not be evaluated together.</summary>
public sealed class AlertEvaluationException(Exception inner) : Exception($"Could not evaluate alerts: {inner.Message}", inner);
