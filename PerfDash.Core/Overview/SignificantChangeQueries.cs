using System.Data;
using PerfDash.Core.Comparison;
using PerfDash.Core.Rollups;

namespace PerfDash.Core.Overview;

/// <summary>What changed on the farm: workflows whose speed is not what it was in the period before, like for like.</summary>
public sealed class SignificantChangeQueries(IDbContextFactory<PerfDashDbContext> contexts, ComparisonQueries comparisons)
{
    /// <summary>Workflows looked at: those with the most GPU time in the range.</summary>
    public const int Candidates = 12;

    /// <summary>
    /// The changes of time per frame against the equally long period before, among the busiest workflows, where the
    /// comparison names one faster or slower, all of them looked at together; largest first.
    /// </summary>
    public async Task<SignificantChanges> GetAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        List<long> busiest;
        var where = new MetricCondition(range, filter);
        await using (var context = await contexts.CreateDbContextAsync(cancellationToken))
        {
            await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            var source = await Partials.FindAsync(context, where, Dimensions.Workflow, cancellationToken, tables: RollupTable.Sums);
            busiest = await source.QueryAsync<long>(
                context,
                $"""
                SELECT workflow_id AS "Value" FROM {source.Sums("gpu_sum")} AS p
                GROUP BY workflow_id ORDER BY sum(gpu_sum) DESC NULLS LAST, workflow_id LIMIT {Candidates}
                """,
                cancellationToken);
        }

        var names = await comparisons.GetNamesAsync([.. busiest], cancellationToken);
        // (One may have been deleted since.)
        var changes = await comparisons.CompareSpeedsAsync([.. busiest.Where(names.ContainsKey)], range.Previous, range, filter, cancellationToken);
        var found = changes.Where(c => c is { Verdict: Verdict.Faster or Verdict.Slower, TimePerFrame.Percent: not null }).Select(c => new SignificantChange(
            c.WorkflowId, names[c.WorkflowId], c.Verdict, c.TimePerFrame.Percent!.Value, c.TimePerFrame.IntervalLow, c.TimePerFrame.IntervalHigh, c.JobsBefore, c.JobsAfter));
        return new SignificantChanges(
            busiest.Count,
            // By ratio: halved and doubled are alike.
            [.. found.OrderByDescending(m => Math.Abs(Math.Log(1 + (m.TimePerFramePercent / 100)))).ThenBy(m => m.WorkflowId)]);
    }
}

/// <summary>The workflows that moved.</summary>
/// <param name="WorkflowsLookedAt">How many workflows were compared with their own past.</param>
/// <param name="Items">Largest first; empty where nothing can be said to have moved.</param>
public sealed record SignificantChanges(int WorkflowsLookedAt, IReadOnlyList<SignificantChange> Items);

/// <summary>A workflow that became faster or slower.</summary>
/// <param name="Verdict">Faster or slower.</param>
/// <param name="TimePerFramePercent">Change of time per frame among like jobs, percent; negative is faster.</param>
/// <param name="IntervalLow">Lower end of its 95 % interval, percent.</param>
/// <param name="IntervalHigh">Upper end.</param>
/// <param name="JobsBefore">Jobs in the period before.</param>
/// <param name="JobsAfter">Jobs in the range.</param>
public sealed record SignificantChange(
    long WorkflowId, string WorkflowName, Verdict Verdict, double TimePerFramePercent, double? IntervalLow, double? IntervalHigh, long JobsBefore, long JobsAfter);
