using Npgsql;
using PerfDash.Core;

namespace PerfDash.Tests.Shared;

/// <summary>What is said of a database that fails.</summary>
public sealed class DatabaseErrorsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task A_database_that_answered_with_an_error_is_not_said_to_be_away() =>
        await SaysAsync(database.ConnectionString, "SELECT no_such_column FROM jobs", "The database answered with an error: column \"no_such_column\" does not exist.", isUnreachable: false);

    [Fact]
    public async Task A_query_that_took_too_long_is_said_so() =>
        await SaysAsync(database.ConnectionString, "SET statement_timeout = 50; SELECT pg_sleep(60)", "The database stopped the query because it took too long.", isUnreachable: false);

    [Fact]
    public async Task A_database_that_does_not_answer_in_time_is_said_so() =>
        await SaysAsync($"{database.ConnectionString};Command Timeout=1;Cancellation Timeout=-1", "SELECT pg_sleep(60)", "The database did not answer in time.", isUnreachable: false);

    [Fact]
    public async Task A_database_that_is_not_there_is_said_so() =>
        await SaysAsync("Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=5", "SELECT 1", "The database cannot be reached.", isUnreachable: true);

    [Fact]
    public async Task A_database_that_lets_nobody_in_is_said_so()
    {
        var absent = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "no_such_database" };
        await SaysAsync(absent.ConnectionString, "SELECT 1", "The database does not accept connections: database \"no_such_database\" does not exist.", isUnreachable: true);
    }

    [Fact]
    public void What_wraps_the_error_of_the_driver_hides_nothing()
    {
        var wrapped = new InvalidOperationException("An exception has been raised that is likely due to a transient failure.", new NpgsqlException("Failed to connect", new IOException("refused")));
        Assert.Equal("The database cannot be reached.", DatabaseErrors.Describe(wrapped));
        Assert.Null(DatabaseErrors.Find(new InvalidOperationException("a broken page", new IOException())));
        Assert.Equal("a broken page.", DatabaseErrors.Describe(new InvalidOperationException("a broken page")));
    }

    private static async Task SaysAsync(string connectionString, string sql, string expected, bool isUnreachable)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        var failure = await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        Assert.Equal(expected, DatabaseErrors.Describe(failure));
        Assert.Equal(isUnreachable, DatabaseErrors.IsUnreachable(failure));
    }
}
