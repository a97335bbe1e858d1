using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using PerfDash.Core.Collection;
using PerfDash.Data.Migrations;
using PerfDash.Web.Hosting.Startup;

namespace PerfDash.Web.Api.Health;

/// <summary>
/// <c>/health/live</c>: the process runs. <c>/health/ready</c>: it can do its work. Open to everybody, so the answer holds no secret
/// and asking costs nothing: the checks run in the background and the answer is their latest report.
/// </summary>
internal static class HealthEndpoints
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(5);

    public static IServiceCollection AddPerfDashHealth(this IServiceCollection services)
    {
        services.AddHealthChecks()
            .AddCheck<DatabaseCheck>("database", timeout: CheckTimeout)
            .AddCheck<MigrationsCheck>("migrations", timeout: CheckTimeout)
            .AddCheck<CollectorCheck>("collector", timeout: CheckTimeout);
        services.AddSingleton<LatestHealth>();
        services.AddSingleton<IHealthCheckPublisher>(provider => provider.GetRequiredService<LatestHealth>());
        services.Configure<HealthCheckPublisherOptions>(publisher => (publisher.Delay, publisher.Period) = (TimeSpan.Zero, Period));
        return services;
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync }).AllowAnonymous();
        routes.MapMethods(PerfDashUrls.Ready, [HttpMethods.Get, HttpMethods.Head], ReadyAsync).ExcludeFromDescription().AllowAnonymous();
    }

    private static Task ReadyAsync(HttpContext context, LatestHealth health)
    {
        var report = health.Report;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.StatusCode = report.Status == HealthStatus.Healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return WriteAsync(context, report);
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new HealthResponse(
            report.Status == HealthStatus.Healthy ? "ok" : "unavailable",
            report.Entries.ToDictionary(e => e.Key, e => PartOf(e.Value))),
        context.RequestAborted);

    // What a check did not expect may name hosts and users, and everybody may read this.
    private static HealthPart PartOf(HealthReportEntry entry) => new(
        entry.Status == HealthStatus.Healthy ? "ok" : "unavailable",
        entry.Exception switch
        {
            null => entry.Description,
            OperationCanceledException => $"No answer within {CheckTimeout.TotalSeconds:0} s.",
            _ => "The health check failed. See the server log.",
        });

    private sealed class DatabaseCheck(NpgsqlDataSource dataSource, StartupState start, DatabaseCondition database) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            if ((start.Awaited ?? database.Problem) is { } problem)
                return HealthCheckResult.Unhealthy(problem);
            try
            {
                await using var command = dataSource.CreateCommand("SELECT 1");
                command.CommandTimeout = 5;
                await command.ExecuteScalarAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (NpgsqlException)
            {
                return HealthCheckResult.Unhealthy("The database is unavailable.");
            }
        }
    }

    private sealed class MigrationsCheck(DatabaseMigrator migrator) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                var pending = await migrator.PendingAsync(cancellationToken);
                return pending.Count == 0
                    ? HealthCheckResult.Healthy()
                    : HealthCheckResult.Unhealthy($"Not applied: {string.Join(", ", pending)}.");
            }
            catch (NpgsqlException)
            {
                return HealthCheckResult.Unhealthy("Unknown because the database is unavailable.");
            }
        }
    }

    private sealed class CollectorCheck(CollectionState state) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(state.Connected
                ? HealthCheckResult.Healthy(state.Listening ? "Listening for completed jobs." : "Polling. The LISTEN connection is down.")
                : HealthCheckResult.Unhealthy("The collector cannot read the queue of completions."));
    }
}

/// <summary>Answer of the health routes.</summary>
internal sealed record HealthResponse(string Status, IReadOnlyDictionary<string, HealthPart> Checks);

internal sealed record HealthPart(string Status, string? Detail);
