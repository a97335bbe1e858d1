using System.Globalization;

namespace PerfDash.Core.Search;

/// <summary>Finds workflows, workers and jobs by what somebody typed.</summary>
public sealed class SearchQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>
    /// Workflows and workers whose name or external id contains the text, those that begin with it first; the job with that
    /// id or external id. At most <paramref name="limit"/> of each kind.
    /// </summary>
    public async Task<IReadOnlyList<SearchHit>> FindAsync(string text, int limit, CancellationToken cancellationToken)
    {
        text = text.Trim();
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal))
            return [];
        var pattern = $"%{Escaped(text)}%";
        var start = $"{Escaped(text)}%";
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        List<SearchHit> hits = [];
        hits.AddRange(await context.Workflows.AsNoTracking().Where(w => w.MergedInto == null)
            .Where(w => EF.Functions.ILike(w.Name, pattern, "\\") || (w.ExternalId != null && EF.Functions.ILike(w.ExternalId, pattern, "\\")))
            .OrderByDescending(w => EF.Functions.ILike(w.Name, start, "\\")).ThenBy(w => w.Name).Take(limit)
            .Select(w => new SearchHit(SearchKind.Workflow, w.Id, w.Name)).ToListAsync(cancellationToken));
        hits.AddRange(await context.Workers.AsNoTracking()
            .Where(w => EF.Functions.ILike(w.Name, pattern, "\\") || (w.ExternalId != null && EF.Functions.ILike(w.ExternalId, pattern, "\\")))
            .OrderByDescending(w => EF.Functions.ILike(w.Name, start, "\\")).ThenBy(w => w.Name).Take(limit)
            .Select(w => new SearchHit(SearchKind.Worker, w.Id, w.Name)).ToListAsync(cancellationToken));
        // By key only: jobs are many.
        var isId = long.TryParse(text.TrimStart('#'), NumberStyles.None, CultureInfo.InvariantCulture, out var id);
        hits.AddRange(await context.Jobs.AsNoTracking()
            .Where(j => (isId && j.Id == id) || j.ExternalId == text).OrderBy(j => j.Id).Take(limit)
            .Select(j => new SearchHit(SearchKind.Job, j.Id, (j.ExternalId ?? "").Substring(0, HostRows.MaxNameLength))).ToListAsync(cancellationToken));
        return hits;
    }

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}

/// <summary>What was found.</summary>
public enum SearchKind
{
    Workflow,

    Worker,

    Job,
}

/// <summary>Something found.</summary>
/// <param name="Name">Its name; of a job its external id, empty where it has none.</param>
public sealed record SearchHit(SearchKind Kind, long Id, string Name);
