using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Options;
using MudBlazor.Services;
using PerfDash.Core.Alerts;
using PerfDash.Core.Collection;
using PerfDash.Core.Demo;
using PerfDash.Core.Estimates;
using PerfDash.Core.Ingest.Otlp;
using PerfDash.Core.Ingest.Scores;
using PerfDash.Core.Notifications;
using PerfDash.Core.Retention;
using PerfDash.Core.Rollups;
using PerfDash.Core.Scheduling;
using PerfDash.Core.Settings;
using PerfDash.Core.Sources;
using PerfDash.Data;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Health;
using PerfDash.Web.Api.Reference;
using PerfDash.Web.Api.Responses;
using PerfDash.Web.Api.Telemetry;
using PerfDash.Web.Features.Alerts;
using PerfDash.Web.Features.Alerts.Incidents;
using PerfDash.Web.Features.Collection;
using PerfDash.Web.Features.Comparison;
using PerfDash.Web.Features.Estimates;
using PerfDash.Web.Features.Jobs;
using PerfDash.Web.Features.Notifications;
using PerfDash.Web.Features.Overview;
using PerfDash.Web.Features.Quality;
using PerfDash.Web.Features.Settings;
using PerfDash.Web.Features.Settings.Sources;
using PerfDash.Web.Features.Workers;
using PerfDash.Web.Features.Workflows;
using PerfDash.Web.Hosting.Startup;
using PerfDash.Web.Layout;
using PerfDash.Web.Live;
using Serilog;

namespace PerfDash.Web.Hosting;

/// <summary>The web application, as a table of contents.</summary>
internal static class PerfDashApp
{
    /// <summary>Adds everything the application is made of.</summary>
    public static void AddPerfDash(this WebApplicationBuilder builder, string connectionString, PrivateServer privateServer)
    {
        builder.Host.UseSerilog((context, logs) => logs
            // Says at every round of checks what LatestHealth says once.
            .MinimumLevel.Override("Microsoft.Extensions.Diagnostics.HealthChecks", Serilog.Events.LogEventLevel.Fatal)
            .ReadFrom.Configuration(context.Configuration)
            .WriteTo.Console(outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}", formatProvider: System.Globalization.CultureInfo.InvariantCulture));
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddPerfDashData(connectionString, RollupOptions.IsEnabled(builder.Configuration));
        builder.Services.AddPerfDashCore();
        builder.Services.AddRunningCollection(builder.Configuration);
        builder.Services.AddRunningAlerts();
        builder.Services.AddRunningNotifications();
        builder.Services.AddRunningRetention();
        builder.Services.AddRunningRollups();
        builder.Services.AddRunningSources();
        builder.Services.AddScheduledJob<LateScoresJob>("late_scores", LateScoresJob.Interval);
        builder.Services.AddRunningOtlp();
        builder.Services.AddScheduledJob<MergedWorkflowsJob>("merged_workflows", MergedWorkflowsJob.Interval);
        builder.Services.AddScheduledJob<BackTestJob>("estimate_back_test", BackTestJob.Interval);
        builder.Services.AddRunningScheduler();
        builder.Services.AddDemoFarm();
        builder.Services.AddWebSettings();
        builder.Services.AddAccess(builder.Configuration);
        builder.Services.AddSecurityHeaders();
        builder.Services.AddApiLimits();
        builder.Services.AddPerfDashHealth();
        builder.Services.AddTelemetry(builder.Configuration);
        builder.Services.AddApiReference();
        builder.Services.AddSingleton<KnownParameters>();
        builder.Services.AddProblemDetails();
        builder.Services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.MimeTypes = ["application/json", "application/problem+json", "text/csv", "text/plain"];
        });
        builder.Services.AddExceptionHandler<DatabaseExceptionHandler>();
        builder.Services.AddExceptionHandler<AccessDeniedHandler>();
        // A request that cannot be bound is the caller's doing: a quiet 400, in development too.
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = false);
        builder.Services.ConfigureHttpJsonOptions(json => Configure(json.SerializerOptions));
        builder.Services.AddMudServices();
        builder.Services.AddSingleton<RefreshClock>();
        builder.Services.AddScoped<LiveFeed>();
        builder.Services.AddScoped<PageAddress>();
        builder.Services.AddScoped<CircuitHandler, CircuitConnectionHandler>();
        builder.Services.AddAlertPages();
        builder.Services.AddSingleton<SharedQueryCache>();
        builder.Services.AddHostedService<QuietRefresh>();
        builder.Services.AddSingleton<OverviewPageData>();
        builder.Services.AddSingleton<ComparePageData>();
        builder.Services.AddSingleton<WorkflowPageData>();
        builder.Services.AddSingleton<JobDetailPageData>();
        builder.Services.AddSingleton<ConfigurationFacts>();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddSingleton(privateServer);
        builder.Services.AddHostedService<ServerUpgradeWatch>();
        builder.Services.StartAfterDatabase();
    }

    /// <summary>Lays the way of a request.</summary>
    public static void MapPerfDash(this WebApplication app)
    {
        UnitFormat.Currency = app.Services.GetRequiredService<IOptions<CurrencyOptions>>().Value.Currency;
        app.UseTrustedProxies();
        app.UseHsts();
        app.UseHostCookies();
        app.UseSecurityHeaders();
        app.UseWaitingPage();
        // Not within a branch: re-executing needs the application's own routes. Only an unknown address gets that page.
        app.UseStatusCodePagesWithReExecute(PerfDashUrls.NotFound, createScopeForStatusCodePages: true);
        app.Use(async (context, next) =>
        {
            await next(context);
            if (context.Response.StatusCode != StatusCodes.Status404NotFound && context.Features.Get<IStatusCodePagesFeature>() is { } pages)
                pages.Enabled = false;
        });
        app.UseWhen(context => PerfDashUrls.IsForPrograms(context.Request.Path), programs =>
        {
            // Of the API only: its answers hold no secret that a compressed size could give away.
            programs.UseResponseCompression();
            programs.UseExceptionHandler();
            programs.UseStatusCodePages();
        });
        app.UseUnstorableQueryRejection();
        app.UseCrossOriginGuard();
        app.UseDatabaseAwayPage();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseAntiforgery();

        app.MapStaticAssets().AllowAnonymous();
        app.MapHealth();
        app.MapSignIn();
        app.MapSingleSignOn();
        app.MapAccess();
        app.MapPasskeys();
        app.MapSources();
        app.MapOtlp();
        var api = app.MapGroup(PerfDashUrls.Api).WithResponses().WithRights();
        api.MapOverview();
        api.MapCollection();
        api.MapReports();
        api.MapJobs();
        api.MapWorkflows();
        api.MapWorkers();
        api.MapWorkerBenchmarks();
        api.MapQuality();
        api.MapComparison();
        api.MapEstimates();
        api.MapAlerts();
        api.MapNotifications();
        app.MapJobOutputs();
        app.MapGroup(PerfDashUrls.Api).MapUnknown();
        app.MapApiReference();
        app.MapPrometheus();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode().RequireAuthorization(Policies.Viewer);
        app.CheckRules();
    }

    private static void Configure(JsonSerializerOptions json)
    {
        json.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        json.DictionaryKeyPolicy = null;
        json.NumberHandling = JsonNumberHandling.Strict;
        json.Converters.Add(EnumText.Json);
        json.Converters.Add(new FiniteDoubleConverter());
        json.Converters.Add(new FiniteSingleConverter());
    }
}
