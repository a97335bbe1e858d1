using System.Globalization;

namespace PerfDash.Core.Metrics;

/// <summary>An even sample of jobs: those whose id has one of the lowest hashes, the same ones each time. Ids follow each other as dispatchers take turns with workers, so the id itself would not do.</summary>
internal static class EvenSample
{
    private const string Hash = "(hashint8(m.job_id)::int8 & 2147483647)";

    /// <summary>A condition that about one job in <paramref name="step"/> meets; all do where that is 1.</summary>
    // Plan: idx_performance_metrics_sample, which is searched by workflow first: the condition must name workflows too.
    public static string One(double step) => step <= 1 ? "true" : string.Create(CultureInfo.InvariantCulture, $"{Hash} < {(long)(2_147_483_648 / step)}");

    /// <summary>The condition for about <paramref name="jobs"/> of the condition's jobs, of which there are <paramref name="of"/>.</summary>
    public static async Task<MetricCondition> OfAsync(PerfDashDbContext context, MetricCondition where, int jobs, long of, CancellationToken cancellationToken) =>
        of <= jobs ? where : where.And(
            $"m.workflow_id = ANY(@sampled_workflows) AND {One((double)of / jobs)}",
            ("sampled_workflows", await context.Workflows.Select(w => w.Id).ToArrayAsync(cancellationToken)));
}
