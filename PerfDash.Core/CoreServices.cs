using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PerfDash.Core.Collection;
using PerfDash.Core.Comparison;
using PerfDash.Core.Estimates;
using PerfDash.Core.Ingest;
using PerfDash.Core.Ingest.Import;
using PerfDash.Core.Jobs;
using PerfDash.Core.Live;
using PerfDash.Core.Metrics;
using PerfDash.Core.Overview;
using PerfDash.Core.Quality;
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
        services.AddSingleton<LiveUpdates>();
        services.AddCollection();
        services.AddSingleton<JobIngest>();
        services.AddSingleton<HistoryImport>();
        services.AddSingleton<SummaryQueries>();
        services.AddSingleton<FilterQueries>();
        services.AddSingleton<OverviewQueries>();
        services.AddSingleton<ThroughputQueries>();
        services.AddSingleton<JobQueries>();
        services.AddSingleton<JobListQueries>();
        services.AddSingleton<JobRecordQueries>();
        services.AddSingleton<JobStateQueries>();
        services.AddSingleton<NewJobQueries>();
        services.AddSingleton<WorkflowQueries>();
        services.AddSingleton<WorkflowTrendQueries>();
        services.AddSingleton<WorkflowListQueries>();
        services.AddSingleton<WorkflowCourseQueries>();
        services.AddSingleton<TypicalJobQueries>();
        services.AddSingleton<ParameterUseQueries>();
        services.AddSingleton<WorkerQueries>();
        services.AddSingleton<QualityQueries>();
        services.AddSingleton<CorrelationQueries>();
        services.AddSingleton<ComparisonQueries>();
        services.AddSingleton<SplitQueries>();
        services.AddSingleton<EstimateQueries>();
        services.AddSingleton<CostQueries>();
        return services;
    }
}
