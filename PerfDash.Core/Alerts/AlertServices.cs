using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PerfDash.Core.Alerts.Audit;
using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.Mutes;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Core.Collection;
using PerfDash.Core.Messaging;
using PerfDash.Core.Scheduling;
using PerfDash.Core.Settings;

namespace PerfDash.Core.Alerts;

public static class AlertServices
{
    private static readonly TimeSpan WindowRuleInterval = TimeSpan.FromSeconds(20);

    /// <summary>Adds rules, evaluation and queries for incidents, without running anything in the background.</summary>
    public static IServiceCollection AddAlerts(this IServiceCollection services)
    {
        services.AddSingleton<RuleCache>();
        services.AddSingleton<AlertUpdates>();
        services.AddNotificationHandler(p => new(AlertUpdates.NotifyChannel, p.GetRequiredService<AlertUpdates>().Publish) { IgnoresOwn = true });
        services.AddNotificationHandler(p =>
        {
            var (rules, updates, settings) = (p.GetRequiredService<RuleCache>(), p.GetRequiredService<AlertUpdates>(), p.GetRequiredService<SettingsUpdates>());
            return new(RuleCache.NotifyChannel, Changed) { CatchUp = rules.Invalidate };

            void Changed()
            {
                rules.Invalidate();
                updates.Publish();
                // Limits are drawn on charts.
                settings.Publish();
            }
        });
        services.AddSingleton<AlertQueries>();
        services.AddSingleton<RuleChoiceQueries>();
        services.AddSingleton<RuleActivityQueries>();
        services.AddSingleton<IncidentWriter>();
        services.AddSingleton<AlertEvaluator>();
        services.AddSingleton<OrphanedIncidents>();
        services.AddSingleton<RuleEdits>();
        services.AddSingleton<IRecordedJobsHandler>(p => new BatchAlertEvaluator(
            p.GetRequiredService<AlertEvaluator>(), p.GetRequiredService<AlertUpdates>(), p.GetRequiredService<IIncidentChangeHandler>(), p.GetRequiredService<ILogger<BatchAlertEvaluator>>()));
        services.AddSingleton(p => new ThresholdService(Contexts(p), p.GetRequiredService<RuleEdits>()));
        services.AddSingleton(p => new WindowRuleService(Contexts(p), p.GetRequiredService<RuleEdits>()));
        services.AddSingleton(p => new MuteService(Contexts(p), p.GetRequiredService<RuleEdits>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new IncidentService(
            Contexts(p), p.GetRequiredService<AlertQueries>(), p.GetRequiredService<AlertUpdates>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new ThresholdBackTest(Contexts(p), p.GetRequiredService<ThresholdService>(), p.GetRequiredService<RuleCache>()));
        services.AddSingleton(p => new WindowRuleBackTest(Contexts(p), p.GetRequiredService<WindowRuleService>()));
        services.AddSingleton(p => new ThresholdSuggestions(Contexts(p), p.GetRequiredService<AlertQueries>(), p.GetRequiredService<ThresholdService>()));
        services.AddSingleton(p => new WindowRuleEvaluator(
            Contexts(p),
            p.GetRequiredService<IncidentWriter>(),
            p.GetRequiredService<OrphanedIncidents>(),
            p.GetRequiredService<AlertUpdates>(),
            p.GetRequiredService<IIncidentChangeHandler>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<WindowRuleEvaluator>>()));
        return services;
    }

    /// <summary>Evaluates window rules on schedule.</summary>
    public static IServiceCollection AddRunningAlerts(this IServiceCollection services) =>
        services.AddScheduledJob<WindowRuleJob>("window_rules", WindowRuleInterval);

    private static IDbContextFactory<PerfDashDbContext> Contexts(IServiceProvider provider) => provider.GetRequiredService<IDbContextFactory<PerfDashDbContext>>();
}
