using PerfDash.Data.Entities;

namespace PerfDash.Core.Metrics;

/// <summary>What jobs can be filtered by.</summary>
public sealed class FilterQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Projects and workers by name, and the resolution tiers and classes of run that jobs of the range reported.</summary>
    public async Task<FilterChoices> GetAsync(TimeRange range, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var projects = await context.Projects.AsNoTracking().OrderBy(p => p.Name).ThenBy(p => p.Id)
            .Select(p => new FilterChoice(p.Id, p.Name)).ToListAsync(cancellationToken);
        var workers = await context.Workers.AsNoTracking().OrderBy(w => w.Name).ThenBy(w => w.Id)
            .Select(w => new FilterChoice(w.Id, w.Name)).ToListAsync(cancellationToken);
        var (from, to) = (range.From.UtcDateTime, range.To.UtcDateTime);
        var kinds = await context.PerformanceMetrics.AsNoTracking()
            .Where(m => m.CreatedAt >= from && m.CreatedAt < to)
            .Select(m => new { m.TierKey, m.RunClass }).Distinct().ToListAsync(cancellationToken);
        return new FilterChoices(
            projects,
            workers,
            [.. kinds.Select(k => k.TierKey).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.OrdinalIgnoreCase)],
            [.. kinds.Select(k => k.RunClass).OfType<RunClass>().Distinct().Order()]);
    }

    /// <summary>The names of a filter's project and worker; null where it names none or one that does not exist.</summary>
    public async Task<FilterNames> NamesAsync(MetricFilter filter, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var project = filter.ProjectId is { } projectId
            ? await context.Projects.Where(p => p.Id == projectId).Select(p => p.Name).FirstOrDefaultAsync(cancellationToken) : null;
        var worker = filter.WorkerId is { } workerId
            ? await context.Workers.Where(w => w.Id == workerId).Select(w => w.Name).FirstOrDefaultAsync(cancellationToken) : null;
        return new FilterNames(project, worker);
    }
}

/// <summary>Something to filter by.</summary>
public sealed record FilterChoice(long Id, string Name);

/// <summary>Everything to filter by.</summary>
public sealed record FilterChoices(IReadOnlyList<FilterChoice> Projects, IReadOnlyList<FilterChoice> Workers, IReadOnlyList<string> ResolutionTiers, IReadOnlyList<RunClass> RunClasses);

/// <summary>How the ids of a filter are called.</summary>
public sealed record FilterNames(string? Project, string? Worker);
