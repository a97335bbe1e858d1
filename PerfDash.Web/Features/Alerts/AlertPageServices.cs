using PerfDash.Web.Features.Alerts.Incidents;
using PerfDash.Web.Features.Alerts.Thresholds;

namespace PerfDash.Web.Features.Alerts;

/// <summary>Registers what the pages of alerts need.</summary>
internal static class AlertPageServices
{
    public static IServiceCollection AddAlertPages(this IServiceCollection services)
    {
        services.AddScoped<AlertFeed>();
        services.AddSingleton<ThresholdLines>();
        return services;
    }
}
