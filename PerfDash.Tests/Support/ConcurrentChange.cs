using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Data;

namespace PerfDash.Tests.Support;

/// <summary>Changes a database just before a certain statement is sent: what happens between two statements of one question.</summary>
public sealed class ConcurrentChange : DbCommandInterceptor
{
    private readonly TestDatabase _database;
    private readonly string _before;
    private readonly string _change;
    private int _done;

    private ConcurrentChange(TestDatabase database, string before, string change) => (_database, _before, _change) = (database, before, change);

    /// <summary>The answer to a question during which the change is committed; fails when the statement never came.</summary>
    /// <param name="before">Part of the statement.</param>
    /// <param name="change">SQL, run once, on a connection of its own.</param>
    /// <param name="ask">The question.</param>
    public static async Task<T> AskAsync<T>(TestDatabase database, string before, string change, Func<IServiceProvider, Task<T>> ask)
    {
        var meanwhile = new ConcurrentChange(database, before, change);
        await using var services = TestDatabase.ServicesOver(
            database.ConnectionString, more => more.ConfigureDbContext<PerfDashDbContext>(options => options.AddInterceptors(meanwhile)));
        var answer = await ask(services);
        Assert.Equal(1, meanwhile._done);
        return answer;
    }

    public override async ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        if (command.CommandText.Contains(_before, StringComparison.Ordinal) && Interlocked.Exchange(ref _done, 1) == 0)
            await _database.ExecuteAsync(_change);
        return result;
    }
}
