using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using PerfDash.Core.Collection;

namespace PerfDash.Web.Api.Telemetry;

/// <summary>
/// How PerfDash itself is doing: <c>/metrics</c> as Prometheus text, and metrics and traces by OTLP where the standard variable
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is given.
/// </summary>
internal static class TelemetryServices
{
    /// <summary>Adds the meters, and traces where something takes them.</summary>
    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<CollectionMeter>();
        services.AddSingleton<SignInMeter>();
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("perfdash"))
            .WithMetrics(metrics => metrics
                .AddMeter(CollectionMeter.Name, SignInMeter.Name, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Components.Server.Circuits", "Npgsql")
                // Who may read metrics need not know where the database is.
                .AddView("db.client.operation.duration", new MetricStreamConfiguration { TagKeys = ["db.client.connection.pool.name"] })
                .AddPrometheusExporter(prometheus =>
                {
                    // A figure is one of the moment it is asked for, and its series has no labels but its own.
                    prometheus.ScrapeResponseCacheDurationMilliseconds = 0;
                    (prometheus.ScopeInfoEnabled, prometheus.TargetInfoEnabled) = (false, false);
                }));
        if (string.IsNullOrWhiteSpace(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            return;
        telemetry.WithTracing(tracing => tracing.AddSource(MetricCollector.Activities.Name, "Microsoft.AspNetCore", "Npgsql"));
        telemetry.UseOtlpExporter();
        services.AddHostedService<CollectionMeterRefresh>();
    }

    /// <summary>Maps <c>/metrics</c>.</summary>
    public static void MapPrometheus(this WebApplication app)
    {
        var meter = app.Services.GetRequiredService<CollectionMeter>();
        app.MapPrometheusScrapingEndpoint("/metrics", meterProvider: null, branch => branch.Use(async (context, next) =>
        {
            await meter.RefreshAsync(context.RequestAborted);
            await next(context);
        }), optionsName: null).RequireAuthorization(Policies.Viewer);
    }
}
