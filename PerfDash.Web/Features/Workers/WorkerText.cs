using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using PerfDash.Core.Statistics;
using PerfDash.Core.Workers;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Workers;

/// <summary>Words about workers and ways to the jobs behind their figures.</summary>
internal static class WorkerText
{
    /// <summary>A kind of job.</summary>
    public static string JobType(string workflowName, string? tier, RunClass? runClass = null) =>
        $"{workflowName} · {tier ?? "no tier"}{(runClass is { } known ? $" · {known.ToText()}" : "")}";

    /// <summary>What a worker does now.</summary>
    public static string Activity(WorkerState state) => state.Activity switch
    {
        WorkerActivity.Running => state.RunningJobs.Count == 1 ? "Running a job" : $"Running {state.RunningJobs.Count} jobs",
        WorkerActivity.Idle => "Idle",
        WorkerActivity.NotSeen => $"Last seen {Since(state)} ago",
        _ => "No jobs yet",
    };

    /// <summary>Ends of an interval, or nothing where the jobs are inconclusive.</summary>
    public static string Interval(SpeedInterval? interval) => interval is { Low: { } low, High: { } high }
        ? $"{UnitFormat.Ratio(low)} – {UnitFormat.Ratio(high)}"
        : UnitFormat.Missing;

    /// <summary>How many of the worker's jobs no other worker has any like; nothing where there are none.</summary>
    public static string LeftOut(SpeedInterval? interval) => interval is { UnmatchedJobCount: > 0 and var jobs } ? $" · {UnitFormat.Count(jobs)} left out" : "";

    /// <summary>Share of wrong ones among workers called faster or slower.</summary>
    private const double FalseRate = 0.05;

    /// <summary>The largest p at which workers looked at together are called faster or slower.</summary>
    public static double Level(IEnumerable<SpeedInterval?> workers) =>
        FalseDiscovery.Level(workers.OfType<SpeedInterval>().Where(w => w.JobCount >= Evidence.FewestJobs).Select(w => w.P), FalseRate);

    /// <summary>Faster or slower than the others, that the jobs are inconclusive, or that there are too few.</summary>
    public static string Verdict(double? speed, SpeedInterval? interval, double level = FalseRate) => (speed, interval) switch
    {
        (null, _) => "no shared job types",
        (_, { JobCount: < Evidence.FewestJobs }) => $"fewer than {Evidence.FewestJobs} jobs",
        ( > 1, { } sure) when sure.P <= level => "faster",
        ( < 1, { } sure) when sure.P <= level => "slower",
        _ => "no clear difference",
    };

    /// <summary>A share of 0 to 1 in percent.</summary>
    public static string Share(double? share) => UnitFormat.Percent(share * 100);

    /// <summary>An age in one unit.</summary>
    public static string Age(double milliseconds) => milliseconds switch
    {
        < 60_000 => "< 1 min",
        < 3_600_000 => $"{Math.Floor(milliseconds / 60_000):0} min",
        < 172_800_000 => $"{Math.Floor(milliseconds / 3_600_000):0} h",
        _ => $"{Math.Floor(milliseconds / 86_400_000):#,0} d",
    };

    /// <summary>Names as a chart's categories, which must differ: those that do not get their id.</summary>
    public static Func<long, string, string> UniqueNames(IEnumerable<(long Id, string Name)> workers)
    {
        var twice = workers.GroupBy(w => w.Name).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        return (id, name) => twice.Contains(name) ? $"{name} #{id}" : name;
    }

    /// <summary>The jobs page within the header's range and filters, narrowed down further.</summary>
    public static string JobsOf(PageQuery query, long? workerId = null, long? workflowId = null, string? tier = null, string? state = null, RunClass? runClass = null)
    {
        var filter = query.Filter;
        var narrowed = query with { Filter = filter with { WorkerId = workerId ?? filter.WorkerId, ResolutionTier = tier ?? filter.ResolutionTier, RunClass = runClass ?? filter.RunClass } };
        return QueryHelpers.AddQueryString(PerfDashUrls.Jobs + narrowed.QueryString, new Dictionary<string, string?>
        {
            ["workflow_id"] = workflowId?.ToString(CultureInfo.InvariantCulture),
            ["state"] = state,
        });
    }

    private static string Since(WorkerState state) => UnitFormat.Duration(state.SinceLastJob?.TotalMilliseconds);
}
