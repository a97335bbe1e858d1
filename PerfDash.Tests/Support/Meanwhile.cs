using System.Diagnostics;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace PerfDash.Tests.Support;

/// <summary>Changes a database once, while it lives, just before a certain statement of EF Core is sent: what happens between two statements.</summary>
public sealed class Meanwhile : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private readonly TestDatabase _database;
    private readonly string _name;
    private readonly Func<string, bool> _before;
    private readonly string _change;
    private readonly List<IDisposable> _subscriptions = [];
    private int _done;

    /// <param name="database">The database.</param>
    /// <param name="before">Whether a statement is the one.</param>
    /// <param name="change">SQL, committed on a connection of its own.</param>
    public Meanwhile(TestDatabase database, Func<string, bool> before, string change)
    {
        (_database, _before, _change) = (database, before, change);
        _name = new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!;
        _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
    }

    /// <summary>Whether the statement came.</summary>
    public bool HasHappened => _done > 0;

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.EntityFrameworkCore")
            _subscriptions.Add(value.Subscribe(this));
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key == RelationalEventId.CommandExecuting.Name && value.Value is CommandEventData { Command: NpgsqlCommand command }
            && command.Connection?.Database == _name && _before(command.CommandText) && Interlocked.Exchange(ref _done, 1) == 0)
        {
            using var change = _database.DataSource.CreateCommand(_change);
            change.ExecuteNonQuery();
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
