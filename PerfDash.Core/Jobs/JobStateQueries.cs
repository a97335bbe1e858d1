using Npgsql;

namespace PerfDash.Core.Jobs;

/// <summary>Jobs without figures: those that wait, run, failed or were cancelled, and any job by its id.</summary>
public sealed class JobStateQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Jobs that a search finds, at most.</summary>
    public const int MaxFound = 20;

    private static readonly string EndedInRange =
        $"SELECT jobs.* FROM {HostRows.Jobs} AS jobs WHERE jobs.id IN (SELECT m.job_id FROM {EndedJobs.NotCompleted} WHERE m.status::text = @status AND m.created_at >= @from AND m.created_at < @to)";

    /// <summary>
    /// Jobs in a state, the greatest id first. A failed or cancelled job belongs to the range by the moment it ended (see
    /// <see cref="EndedJobs"/>), others by their start, else their creation. A resolution tier filters nothing: only a result names one.
    /// </summary>
    /// <param name="status">A value of <c>jobs.status</c>.</param>
    /// <param name="limit">Jobs in the list, at least 1.</param>
    /// <param name="beforeId">Only jobs with a lesser id: the last of the list before; null for the first.</param>
    public async Task<IReadOnlyList<StateItem>> GetAsync(
        TimeRange range, MetricFilter filter, string status, int limit, long? beforeId, CancellationToken cancellationToken)
    {
        var (from, to) = (range.From.UtcDateTime, range.To.UtcDateTime);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var jobs = EndedJobs.IsNotCompleted(status)
            ? context.Jobs.FromSqlRaw(EndedInRange, new NpgsqlParameter("status", status), new NpgsqlParameter("from", from), new NpgsqlParameter("to", to)).AsNoTracking()
            : context.Jobs.AsNoTracking().Where(j => j.Status == EF.Constant(status) && (j.StartedAt ?? j.CreatedAt) >= from && (j.StartedAt ?? j.CreatedAt) < to);
        if (filter.WorkflowId is { } workflow)
            jobs = jobs.Where(j => j.WorkflowId == workflow);
        if (filter.WorkerId is { } worker)
            jobs = jobs.Where(j => j.WorkerId == worker);
        if (filter.ProjectId is { } project)
            jobs = jobs.Where(j => j.ProjectId == project);
        if (beforeId is { } before)
            jobs = jobs.Where(j => j.Id < before);
        return await Items(context, jobs.OrderByDescending(j => j.Id).Take(limit)).ToListAsync(cancellationToken);
    }

    /// <summary>Jobs in any state and of any time whose id is the text, or whose external id begins with it; the exact ones first.</summary>
    public async Task<IReadOnlyList<StateItem>> FindAsync(string text, CancellationToken cancellationToken)
    {
        text = text.Trim();
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal))
            return [];
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var exact = long.TryParse(text.TrimStart('#'), System.Globalization.CultureInfo.InvariantCulture, out var id)
            ? context.Jobs.AsNoTracking().Where(j => j.Id == id || j.ExternalId == text)
            : context.Jobs.AsNoTracking().Where(j => j.ExternalId == text);
        var found = await Items(context, exact.OrderBy(j => j.Id)).ToListAsync(cancellationToken);
        // An exact answer is the answer: beginnings need a look at every job.
        return found.Count > 0
            ? found
            : await Items(context, context.Jobs.AsNoTracking().Where(j => j.ExternalId!.StartsWith(text)).OrderByDescending(j => j.Id).Take(MaxFound)).ToListAsync(cancellationToken);
    }

    private static IQueryable<StateItem> Items(PerfDashDbContext context, IQueryable<Data.Entities.Job> jobs) =>
        from job in jobs
        join workflow in context.Workflows on job.WorkflowId equals workflow.Id
        join worker in context.Workers on job.WorkerId equals worker.Id into workers
        from worker in workers.DefaultIfEmpty()
        select new StateItem(
            job.Id, job.ExternalId!.Substring(0, HostRows.MaxNameLength), job.Status, job.WorkflowId, workflow.Name, job.WorkerId, worker == null ? null : worker.Name,
            job.Error, job.CreatedAt, job.StartedAt, job.CompletedAt);
}

/// <summary>A job as the host's table has it.</summary>
/// <param name="ExternalId">The host's key, or null.</param>
/// <param name="Status">A value of <c>jobs.status</c>.</param>
/// <param name="WorkerId">Its worker; null while none is assigned.</param>
/// <param name="WorkerName">Its worker's name, or null.</param>
/// <param name="Error">Why it failed, or null.</param>
/// <param name="CreatedAt">When it was queued, UTC; null where the row has no date .NET can hold.</param>
/// <param name="StartedAt">When it started, UTC, or null.</param>
/// <param name="CompletedAt">When it ended, UTC, or null.</param>
public sealed record StateItem(
    long JobId,
    string? ExternalId,
    string Status,
    long WorkflowId,
    string WorkflowName,
    long? WorkerId,
    string? WorkerName,
    string? Error,
    DateTime? CreatedAt,
    DateTime? StartedAt,
    DateTime? CompletedAt);
