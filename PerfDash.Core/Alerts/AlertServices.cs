using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PerfDash.Core.Notifications;

namespace PerfDash.Core.Alerts;

/// <summary>Registers alerts.</summary>
public static class AlertServices
{
    /// <summary>Adds rules, judging and what is asked of incidents, without running anything in the background.</summary>
    public static IServiceCollection AddAlerts(this IServiceCollection services)
    {
        services.AddSingleton<RuleCache>();
        services.AddSingleton<AlertUpdates>();
        services.AddSingleton<IncidentWriter>();
        services.AddSingleton<AlertEvaluator>();
        services.AddSingleton(provider => new AlertJudgement(
            provider.GetRequiredService<AlertEvaluator>(),
            provider.GetRequiredService<AlertUpdates>(),
            provider.GetRequiredService<DeliverySignal>(),
            provider.GetRequiredService<ILogger<AlertJudgement>>()));
        return services;
    }
}
