using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core;
using PerfDash.Data;

namespace PerfDash.Tests.Support;

/// <summary>
/// A migrated database of one test class (as IClassFixture) with the services over it, nothing running in the
/// background, and short ways to do what a host system does, in plain SQL.
/// </summary>
public sealed class TestDatabase(PostgresServer server) : IAsyncLifetime
{
    private ServiceProvider? _services;

    public string ConnectionString { get; private set; } = "";

    public NpgsqlDataSource DataSource => Get<NpgsqlDataSource>();

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await server.CreateDatabaseAsync();
        _services = ServicesOver(ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
    }

    /// <summary>A second, independent set of services: what another instance of the program would have.</summary>
    public static ServiceProvider ServicesOver(string connectionString, Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddLogging(logs => logs.SetMinimumLevel(LogLevel.Warning));
        services.AddPerfDashData(connectionString);
        services.AddPerfDashCore();
        more?.Invoke(services);
        return services.BuildServiceProvider();
    }

    public T Get<T>()
        where T : notnull => _services!.GetRequiredService<T>();

    public Task<PerfDashDbContext> ContextAsync() => Get<IDbContextFactory<PerfDashDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken);

    /// <summary>Empties every table but the migrations', so that tests of one class do not see each other's jobs.</summary>
    public async Task ClearAsync()
    {
        while (true)
        {
            try
            {
                await ExecuteAsync(
                    "TRUNCATE workflows, workers, projects, characters, scenes, jobs, performance_metrics, performance_alert_thresholds, job_collections, job_completions, failed_collections, waiting_scores, otlp_spans RESTART IDENTITY CASCADE");
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected)
            {
                // What a page of the test before still reads is locked in another order; it comes to its end by itself.
            }
        }
    }

    public async Task<int> ExecuteAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async Task<T> ScalarAsync<T>(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var command = Command(sql, parameters);
        var value = await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        return value is null or DBNull ? default! : (T)value;
    }

    public Task<long> AddWorkflowAsync(string name = "Portrait") =>
        ScalarAsync<long>("INSERT INTO workflows (name) VALUES (@name) RETURNING id", ("name", name));

    public Task<long> AddWorkerAsync(string name = "gpu-1", decimal? price = null) =>
        ScalarAsync<long>("INSERT INTO workers (name, gpu_hour_price) VALUES (@name, @price) RETURNING id", ("name", name), ("price", price));

    /// <summary>Inserts a running job.</summary>
    public Task<long> AddRunningJobAsync(long workflowId, long? workerId) => ScalarAsync<long>(
        "INSERT INTO jobs (workflow_id, worker_id, status, started_at) VALUES (@workflow, @worker, 'running', now() - INTERVAL '1 minute') RETURNING id",
        ("workflow", workflowId),
        ("worker", workerId));

    /// <summary>Completes a job as a host would.</summary>
    public Task CompleteAsync(long jobId, string? result = """{"frame_count": 48, "total_gpu_time_ms": 39000}""") => ExecuteAsync(
        "UPDATE jobs SET status = 'completed', completed_at = now(), result = @result::jsonb WHERE id = @id",
        ("id", jobId),
        ("result", result));

    /// <summary>Inserts a completed job at a moment.</summary>
    public Task<long> AddCompletedJobAsync(long workflowId, long? workerId, string? result, DateTime? completedAt = null, DateTime? startedAt = null) => ScalarAsync<long>(
        """
        INSERT INTO jobs (workflow_id, worker_id, status, result, started_at, completed_at)
        VALUES (@workflow, @worker, 'completed', @result::jsonb, @started, @completed) RETURNING id
        """,
        ("workflow", workflowId),
        ("worker", workerId),
        ("result", result),
        ("started", startedAt),
        ("completed", completedAt));

    private NpgsqlCommand Command(string sql, (string Name, object? Value)[] parameters)
    {
        var command = DataSource.CreateCommand(sql);
        foreach (var (name, value) in parameters)
        {
            command.Parameters.Add(value switch
            {
                null => new NpgsqlParameter(name, DBNull.Value) { NpgsqlDbType = TypeOfNull(name) },
                _ => new NpgsqlParameter(name, value),
            });
        }

        return command;
    }

    private static NpgsqlTypes.NpgsqlDbType TypeOfNull(string name) => name switch
    {
        "worker" => NpgsqlTypes.NpgsqlDbType.Bigint,
        "price" => NpgsqlTypes.NpgsqlDbType.Numeric,
        "started" or "completed" => NpgsqlTypes.NpgsqlDbType.TimestampTz,
        _ => NpgsqlTypes.NpgsqlDbType.Text,
    };
}
