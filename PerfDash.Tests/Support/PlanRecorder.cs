using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace PerfDash.Tests.Support;

/// <summary>Notes what EF Core asks of one database while it lives, to look at the plans of those queries afterwards.</summary>
public sealed class PlanRecorder : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private readonly TestDatabase _database;
    private readonly string _name;
    private readonly ConcurrentQueue<(string Sql, NpgsqlParameter[] Parameters)> _asked = [];
    private readonly List<IDisposable> _subscriptions = [];

    public PlanRecorder(TestDatabase database)
    {
        _database = database;
        _name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!;
        _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
    }

    public void Clear() => _asked.Clear();

    /// <summary>The plans of all queries of <c>performance_metrics</c> so far, in order.</summary>
    public async Task<IReadOnlyList<string>> PlansAsync()
    {
        var plans = new List<string>();
        foreach (var (sql, parameters) in _asked)
        {
            if (!sql.Contains("performance_metrics", StringComparison.Ordinal) && !sql.Contains("scored_metrics", StringComparison.Ordinal))
                continue;
            await using var command = _database.DataSource.CreateCommand($"EXPLAIN (COSTS OFF, VERBOSE) {sql}");
            command.Parameters.AddRange(parameters.Select(p => p.Clone()).ToArray());
            await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            var lines = new List<string>();
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
                lines.Add(reader.GetString(0));
            plans.Add(string.Join('\n', lines));
        }

        return plans;
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.EntityFrameworkCore")
            _subscriptions.Add(value.Subscribe(this));
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key == RelationalEventId.CommandExecuting.Name && value.Value is CommandEventData { Command: NpgsqlCommand command }
            && command.Connection?.Database == _name)
        {
            _asked.Enqueue((command.CommandText, [.. command.Parameters.Select(p => p.Clone())]));
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    public void Dispose()
    {
        foreach (var subscription in _subscriptions)
            subscription.Dispose();
    }
}
