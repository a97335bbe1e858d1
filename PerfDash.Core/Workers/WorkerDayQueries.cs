namespace PerfDash.Core.Workers;

/// <summary>What ran on a worker when, over one day.</summary>
public sealed class WorkerDayQueries(IDbContextFactory<PerfDashDbContext> contexts, TimeProvider time)
{
    /// <summary>Jobs of a day, at most: the earliest.</summary>
    public const int MostJobs = 20_000;

    // As where utilization is worked out: a wall time beyond this is cut, far outside any day.
    private const long LongestWallTimeMs = 9_000_000_000_000;

    /// <summary>The recorded jobs whose run touches the day, whatever the filter of a page, in order of their starts.</summary>
    /// <param name="workerId">The worker; one that does not exist has no jobs.</param>
    /// <param name="day">The day in UTC.</param>
    public async Task<WorkerDay> GetAsync(long workerId, DateOnly day, CancellationToken cancellationToken)
    {
        var start = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        var end = day == DateOnly.MaxValue ? DateTimeOffset.MaxValue : start.AddDays(1);
        var passed = Utilization.Passed(new TimeRange(start, end), time.GetUtcNow());
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        // A run belongs to the day by its end within it, or by reaching back into it. Compared in microseconds since 1970,
        // which hold any moment less any wall time.
        var rows = await new MetricCondition(passed, MetricFilter.None).QueryAsync<DayRow>(
            context,
            $"""
            SELECT m.job_id, m.workflow_id, w.name AS workflow_name, m.tier_key AS resolution_tier, coalesce(m.total_wall_time_ms, 0) AS wall_time_ms, m.created_at
            FROM scored_metrics AS m JOIN {HostRows.Workflows} AS w ON w.id = m.workflow_id
            WHERE m.worker_id = @worker_id AND m.created_at >= @from AND {HostRows.IsMoment("m.created_at")}
              AND (m.created_at < @to OR m.created_at < @day_after OR m.total_wall_time_ms > 86400000)
              AND (m.created_at < @to OR (extract(epoch FROM m.created_at) * 1000000)::int8 - least(coalesce(m.total_wall_time_ms, 0), {LongestWallTimeMs}) * 1000 < @to_us)
            ORDER BY m.created_at - least(coalesce(m.total_wall_time_ms, 0), {LongestWallTimeMs}) * INTERVAL '1 millisecond', m.job_id
            LIMIT {MostJobs + 1}
            """,
            cancellationToken,
            ("worker_id", workerId),
            ("day_after", end.UtcDateTime < DateTime.MaxValue.AddDays(-1) ? end.UtcDateTime.AddDays(1) : DateTime.MaxValue),
            ("to_us", (passed.To - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond));
        DayJob[] jobs = [.. rows.Take(MostJobs).Select(r => new DayJob(
            r.JobId, r.WorkflowId, r.WorkflowName, r.ResolutionTier, Start(r.CreatedAt, r.WallTimeMs), r.CreatedAt, r.WallTimeMs > 0))];
        return new WorkerDay(day, passed, jobs, rows.Count > MostJobs, Union(jobs, passed));
    }

    /// <summary>Stretches in which at least one job ran, cut to the range, in order and apart from each other.</summary>
    public static IReadOnlyList<TimeRange> Union(IEnumerable<DayJob> jobs, TimeRange range)
    {
        List<TimeRange> merged = [];
        foreach (var job in jobs.Where(j => j.HasWallTime).OrderBy(j => j.StartedAt))
        {
            var (from, to) = (Cut(job.StartedAt), Cut(job.EndedAt));
            if (from >= to)
                continue;
            if (merged.Count > 0 && from <= merged[^1].To)
                merged[^1] = merged[^1] with { To = to > merged[^1].To ? to : merged[^1].To };
            else
                merged.Add(new TimeRange(from, to));
        }

        return merged;

        DateTimeOffset Cut(DateTime moment) => moment < range.From.UtcDateTime ? range.From : moment > range.To.UtcDateTime ? range.To : moment;
    }

    private static DateTime Start(DateTime end, long wallTimeMs) =>
        wallTimeMs < (end - DateTime.MinValue).TotalMilliseconds ? end.AddMilliseconds(-wallTimeMs) : DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc);

    private sealed record DayRow(long JobId, long WorkflowId, string WorkflowName, string? ResolutionTier, long WallTimeMs, DateTime CreatedAt);
}

/// <summary>One day of a worker.</summary>
/// <param name="Day">The day, UTC.</param>
/// <param name="Passed">The part of it that has passed; empty for a day to come.</param>
/// <param name="Jobs">Jobs whose run touches it, in order of their starts.</param>
/// <param name="IsCut">Whether there were more than are listed; then <paramref name="Generating"/> is of those listed.</param>
/// <param name="Generating">Stretches in which at least one of them ran, in order.</param>
public sealed record WorkerDay(DateOnly Day, TimeRange Passed, IReadOnlyList<DayJob> Jobs, bool IsCut, IReadOnlyList<TimeRange> Generating)
{
    /// <summary>How busy the day was.</summary>
    public Utilization Utilization => Utilization.From(Passed, new TimeSpan(Generating.Sum(g => g.Length.Ticks)));
}

/// <summary>A run of a job.</summary>
/// <param name="WorkflowName">The workflow's name.</param>
/// <param name="ResolutionTier">Its tier, or null.</param>
/// <param name="StartedAt">Its end less its wall time, UTC; may be before the day.</param>
/// <param name="EndedAt">When it completed, UTC; may be after the day.</param>
/// <param name="HasWallTime">False for a job without a wall time: it is a moment and fills nothing.</param>
public sealed record DayJob(
    long JobId, long WorkflowId, string WorkflowName, string? ResolutionTier, DateTime StartedAt, DateTime EndedAt, bool HasWallTime);
