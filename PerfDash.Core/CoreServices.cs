using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PerfDash.Core.Access;
using PerfDash.Core.Alerts;
using PerfDash.Core.Collection;
using PerfDash.Core.Comparison;
using PerfDash.Core.Comparison.Changes;
using PerfDash.Core.Estimates;
using PerfDash.Core.Ingest;
using PerfDash.Core.Ingest.Import;
using PerfDash.Core.Ingest.Otlp;
using PerfDash.Core.Ingest.Scores;
using PerfDash.Core.Jobs;
using PerfDash.Core.Messaging;
using PerfDash.Core.Notifications;
using PerfDash.Core.Overview;
using PerfDash.Core.Quality;
using PerfDash.Core.Retention;
using PerfDash.Core.Rollups;
using PerfDash.Core.Scheduling;
using PerfDash.Core.Search;
using PerfDash.Core.Settings;
using PerfDash.Core.Sources;
using PerfDash.Core.Workers;
using PerfDash.Core.Workflows;

namespace PerfDash.Core;

/// <summary>Registers what PerfDash knows and asks.</summary>
public static class CoreServices
{
    /// <summary>Adds every feature's queries and capture, without starting anything in the background.</summary>
    public static IServiceCollection AddPerfDashCore(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ListenerState>();
        services.AddSingleton<LiveUpdates>();
        services.AddNotificationHandler(p => new(LiveUpdates.NotifyChannel, () => p.GetRequiredService<LiveUpdates>().Publish(0)) { IgnoresOwn = true });
        services.AddAccounts();
        services.AddSingleton<SettingsUpdates>();
        services.AddNotificationHandler(p => new(SettingsUpdates.NotifyChannel, p.GetRequiredService<SettingsUpdates>().Publish));
        services.AddCollection();
        services.AddAlerts();
        services.AddNotifications();
        services.AddSources();
        services.AddRetention();
        services.AddRollups();
        services.AddScheduledJobQueries();
        services.AddSingleton<JobIngest>();
        services.AddSingleton<LateScores>();
        services.AddOtlp();
        services.AddSingleton<HistoryImport>();
        services.AddSingleton<SummaryQueries>();
        services.AddSingleton<FilterQueries>();
        services.AddSingleton<SearchQueries>();
        services.AddSingleton<OverviewQueries>();
        services.AddSingleton<ThroughputQueries>();
        services.AddSingleton<HourlyLoadQueries>();
        services.AddSingleton<SignificantChangeQueries>();
        services.AddSingleton<PeriodCoverageQueries>();
        services.AddSingleton<JobQueries>();
        services.AddSingleton<JobListQueries>();
        services.AddSingleton<JobRecordQueries>();
        services.AddSingleton<JobStateQueries>();
        services.AddSingleton<NewJobQueries>();
        services.AddSingleton<WorkflowQueries>();
        services.AddSingleton<WorkflowTrendQueries>();
        services.AddSingleton<WorkflowChoiceQueries>();
        services.AddSingleton<WorkflowListQueries>();
        services.AddSingleton<WorkflowSeriesQueries>();
        services.AddSingleton<TypicalJobQueries>();
        services.AddSingleton<ParameterUseQueries>();
        services.AddSingleton<WorkerQueries>();
        services.AddSingleton<WorkerDriftQueries>();
        services.AddSingleton<CoverageQueries>();
        services.AddSingleton<FailureQueries>();
        services.AddSingleton<WorkerStateQueries>();
        services.AddSingleton<WorkerDayQueries>();
        services.AddSingleton<WorkerCostQueries>();
        services.AddSingleton<JobTypeQueries>();
        services.AddSingleton<VramHeadroomQueries>();
        services.AddSingleton<WorkerEstimateQueries>();
        services.AddSingleton<FarmNowQueries>();
        services.AddSingleton<FarmSettings>();
        services.AddSingleton<WorkflowMerges>();
        services.AddSingleton<MetricQueries>();
        services.AddSingleton<QualityQueries>();
        services.AddSingleton<CorrelationQueries>();
        services.AddSingleton<ScoreTrendQueries>();
        services.AddSingleton<RelationJobQueries>();
        services.AddSingleton<QualitySampleQueries>();
        services.AddSingleton<ComparisonQueries>();
        services.AddSingleton<SplitQueries>();
        services.AddSingleton<TimeDistributionQueries>();
        services.AddSingleton<ComparedParameterQueries>();
        services.AddSingleton<EstimateQueries>();
        services.AddSingleton<BackTestQueries>();
        services.AddSingleton<CostQueries>();
        return services;
    }
}
