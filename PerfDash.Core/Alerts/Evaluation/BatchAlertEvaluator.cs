using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Collection;

namespace PerfDash.Core.Alerts.Evaluation;

/// <summary>What the collector knows of alerts: it evaluates the jobs of its batch and notifies after the commit. No rule may stop recording.</summary>
public sealed partial class BatchAlertEvaluator : IRecordedJobsHandler
{
    private readonly AlertEvaluator _evaluator;
    private readonly AlertUpdates _updates;
    private readonly IIncidentChangeHandler _handler;
    private readonly ILogger<BatchAlertEvaluator> _logger;

    internal BatchAlertEvaluator(AlertEvaluator evaluator, AlertUpdates updates, IIncidentChangeHandler handler, ILogger<BatchAlertEvaluator> logger) =>
        (_evaluator, _updates, _handler, _logger) = (evaluator, updates, handler, logger);

    /// <summary>Notifies pages and senders of this process.</summary>
    public void Publish()
    {
        _updates.Publish();
        _handler.Publish();
    }

    /// <summary>Evaluates the jobs; true if there are notifications to send. With <paramref name="isAlone"/>, what fails is logged and the job recorded without alerts.</summary>
    public async Task<bool> HandleAsync(NpgsqlConnection connection, IReadOnlyList<RecordedJob> jobs, bool isAlone, CancellationToken cancellationToken)
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
                throw new RecordedJobsException(new InvalidOperationException($"Could not evaluate alerts: {e.Message}", e));
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
