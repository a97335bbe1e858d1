using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PerfDash.Data.Migrations;

namespace PerfDash.Data;

/// <summary>Registers the database.</summary>
public static class DataServices
{
    /// <summary>
    /// Adds the connection pool, the context factory (one context per operation: a circuit outlives a unit of work),
    /// the migrator and <see cref="PerfDashDatabase"/> for PostgreSQL 14 or later.
    /// </summary>
    /// <param name="services">Where to add them.</param>
    /// <param name="connectionString">The database.</param>
    /// <param name="rollups">Whether figures may be read from roll-ups.</param>
    public static IServiceCollection AddPerfDashData(this IServiceCollection services, string connectionString, bool rollups = true)
    {
        var database = new PerfDashDatabase(connectionString, rollups);
        services.AddSingleton(database);
        services.AddSingleton(_ => new NpgsqlDataSourceBuilder(database.ConnectionString) { Name = "perfdash" }.Build());
        services.AddPooledDbContextFactory<PerfDashDbContext>((provider, options) => options
            .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
            .UseSnakeCaseNamingConvention()
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking));
        services.AddScoped(provider =>
        {
            var context = provider.GetRequiredService<IDbContextFactory<PerfDashDbContext>>().CreateDbContext();
            // The stores of ASP.NET Core Identity change what they have read.
            context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.TrackAll;
            return context;
        });
        services.AddSingleton<DatabaseMigrator>();
        return services;
    }
}
