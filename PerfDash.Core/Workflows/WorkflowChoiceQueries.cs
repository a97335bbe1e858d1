namespace PerfDash.Core.Workflows;

/// <summary>Workflows to choose from.</summary>
public sealed class WorkflowChoiceQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    public const int MostFound = 50;

    /// <summary>The workflows whose name holds <paramref name="text"/>, whatever its case, by name; all where there is no text.</summary>
    public async Task<IReadOnlyList<FilterChoice>> FindAsync(string? text, CancellationToken cancellationToken)
    {
        var wanted = (text ?? "").Trim().Replace("\0", "", StringComparison.Ordinal);
        var pattern = $"%{wanted.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Workflows.AsNoTracking().Where(w => w.MergedInto == null).Where(w => wanted == "" || EF.Functions.ILike(w.Name, pattern, @"\"))
            .OrderBy(w => w.Name).ThenBy(w => w.Id).Take(MostFound)
            .Select(w => new FilterChoice(w.Id, w.Name)).ToListAsync(cancellationToken);
    }

    /// <summary>The workflow that this one was merged into; null where it was not.</summary>
    public async Task<FilterChoice?> FindMergedIntoAsync(long workflowId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await (
            from merged in context.Workflows
            join target in context.Workflows on merged.MergedInto equals target.Id
            where merged.Id == workflowId
            select new FilterChoice(target.Id, target.Name)).FirstOrDefaultAsync(cancellationToken);
    }

    /// <summary>The names of those of <paramref name="ids"/> that exist.</summary>
    public async Task<IReadOnlyDictionary<long, string>> NamesAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
            return new Dictionary<long, string>();
        long[] wanted = [.. ids];
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Workflows.Where(w => wanted.Contains(w.Id)).ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken);
    }
}
