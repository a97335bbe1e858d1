using System.Text.Json;
using System.Text.Json.Serialization;
using PerfDash.Core.Scheduling;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Estimates;

/// <summary>The back-test of estimates: computed once a day in the background, read from where it is stored.</summary>
public sealed class BackTestQueries(IDbContextFactory<PerfDashDbContext> contexts, TimeProvider time)
{
    /// <summary>Newest jobs of the range that a back-test walks through, at most.</summary>
    public const int MaxJobs = 20_000;

    /// <summary>Jobs that are estimated, at most.</summary>
    public const int MaxHeldOut = 1_000;

    /// <summary>How far back it looks.</summary>
    public static readonly TimeSpan Range = TimeSpan.FromDays(30);

    /// <summary>How long a stored one is kept before the next is computed.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromDays(1);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    /// <summary>The latest; null before the first, or where it held no job of the workflow.</summary>
    /// <param name="workflowId">Of one workflow; null for all together.</param>
    public async Task<StoredBackTest?> GetAsync(long? workflowId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var row = await context.EstimateBackTests.FirstOrDefaultAsync(t => t.WorkflowId == workflowId, cancellationToken);
        return row is null
            ? null
            : new StoredBackTest(row.ComputedAt, row.RangeFrom, row.RangeTo, JsonSerializer.Deserialize<BackTest>(row.Result, Json)!);
    }

    /// <summary>Computes and stores it, unless the stored one is younger than <see cref="Pause"/> or there are no jobs; true when it did.</summary>
    public async Task<bool> RefreshAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var due = (now - Pause).UtcDateTime;
        if (await context.EstimateBackTests.AnyAsync(t => t.ComputedAt > due, cancellationToken))
            return false;

        var range = new TimeRange(now - Range, now);
        var where = new MetricCondition(range, new MetricFilter());
        // Plan: a scan of the created_at index from its end, partition by partition.
        var jobs = await where.QueryAsync<PastJob>(
            context,
            $"SELECT {EstimateQueries.JobColumns} FROM scored_metrics AS m WHERE {where.Sql} AND m.created_at {ClockSkew.NotAhead} ORDER BY m.created_at DESC LIMIT {MaxJobs}",
            cancellationToken);
        if (jobs.Count == 0)
            return false;

        var (farm, workflows) = BackTester.RunByWorkflow(jobs, EstimateTuning.Default, MaxHeldOut, cancellationToken);
        var existing = await context.Workflows.Select(w => w.Id).ToHashSetAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.EstimateBackTests.ExecuteDeleteAsync(cancellationToken);
        context.Add(Row(null, farm));
        context.AddRange(workflows.Where(w => existing.Contains(w.Key)).Select(w => Row(w.Key, w.Value)));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;

        EstimateBackTest Row(long? workflow, BackTest test) => new()
        {
            WorkflowId = workflow,
            ComputedAt = now.UtcDateTime,
            RangeFrom = range.From.UtcDateTime,
            RangeTo = range.To.UtcDateTime,
            Result = JsonSerializer.Serialize(test, Json),
        };
    }
}

/// <summary>A back-test with the moment it was computed.</summary>
/// <param name="ComputedAt">The moment, UTC.</param>
/// <param name="From">Start of the range of its jobs, inclusive, UTC.</param>
/// <param name="To">Its end, exclusive, UTC.</param>
/// <param name="Test">The scores.</param>
public sealed record StoredBackTest(DateTime ComputedAt, DateTime From, DateTime To, BackTest Test);

/// <summary>Looks often whether a back-test is due, so that a new farm need not wait a day for its first.</summary>
public sealed class BackTestJob(IServiceProvider services, BackTestQueries backTests) : ScheduledJob(services)
{
    /// <summary>From one look to the next.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override Task RunAsync(CancellationToken cancellationToken) => backTests.RefreshAsync(cancellationToken);
}
