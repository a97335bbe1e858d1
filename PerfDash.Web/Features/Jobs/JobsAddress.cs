using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using PerfDash.Data;

namespace PerfDash.Web.Features.Jobs;

/// <summary>Ways to the jobs behind a figure.</summary>
public static class JobsAddress
{
    /// <summary>The jobs of <paramref name="filter"/> within <paramref name="range"/>, both ends named.</summary>
    public static string For(TimeRange range, MetricFilter filter) => QueryHelpers.AddQueryString(PerfDashUrls.Jobs, new Dictionary<string, string?>
    {
        ["from"] = PerfDashUrls.Moment(range.From),
        ["to"] = PerfDashUrls.Moment(range.To),
        ["workflow_id"] = filter.WorkflowId?.ToString(CultureInfo.InvariantCulture),
        ["worker_id"] = filter.WorkerId?.ToString(CultureInfo.InvariantCulture),
        ["project_id"] = filter.ProjectId?.ToString(CultureInfo.InvariantCulture),
        ["resolution_tier"] = filter.ResolutionTier,
        ["run_class"] = filter.RunClass?.ToText(),
    });

    /// <summary>The jobs page within the header's range and filters, narrowed down further.</summary>
    /// <param name="query">Range and filters; null for none.</param>
    /// <param name="workflowId">Only this workflow.</param>
    /// <param name="workerId">Only this worker, instead of the header's.</param>
    /// <param name="resolutionTier">Only this tier, instead of the header's.</param>
    /// <param name="sort">The order, as in the API.</param>
    public static string To(PageQuery? query, long? workflowId = null, long? workerId = null, string? resolutionTier = null, string? sort = null)
    {
        var filter = query?.Filter ?? MetricFilter.None;
        var suffix = (query ?? new PageQuery(null, null)) with
        {
            Filter = filter with { WorkerId = workerId ?? filter.WorkerId, ResolutionTier = resolutionTier ?? filter.ResolutionTier },
        };
        return QueryHelpers.AddQueryString(PerfDashUrls.Jobs + suffix.QueryString, new Dictionary<string, string?>
        {
            ["workflow_id"] = workflowId?.ToString(CultureInfo.InvariantCulture),
            ["sort"] = sort,
        });
    }
}
