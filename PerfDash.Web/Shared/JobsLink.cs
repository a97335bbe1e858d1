using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using PerfDash.Core;
using PerfDash.Core.Metrics;

namespace PerfDash.Web.Shared;

/// <summary>The jobs behind a figure: the address of the jobs page with the same range and filter.</summary>
internal static class JobsLink
{
    /// <summary>The jobs of <paramref name="filter"/> within <paramref name="range"/>.</summary>
    public static string Of(TimeRange range, MetricFilter filter) => QueryHelpers.AddQueryString(PerfDashUrls.Jobs, new Dictionary<string, string?>
    {
        ["from"] = Moment(range.From),
        ["to"] = Moment(range.To),
        ["workflow_id"] = filter.WorkflowId?.ToString(CultureInfo.InvariantCulture),
        ["worker_id"] = filter.WorkerId?.ToString(CultureInfo.InvariantCulture),
        ["project_id"] = filter.ProjectId?.ToString(CultureInfo.InvariantCulture),
        ["resolution_tier"] = filter.ResolutionTier,
    });

    /// <summary>A moment as addresses carry it, to the millisecond.</summary>
    public static string Moment(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString(moment.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
