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

    /// <summary>The name of a workflow, and the one that it was merged into; null where there is no such workflow.</summary>
    public async Task<(string Name, FilterChoice? MergedInto)?> FindAsync(long workflowId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var found = await (
            from workflow in context.Workflows
            where workflow.Id == workflowId
            join other in context.Workflows on workflow.MergedInto equals other.Id into others
            from target in others.DefaultIfEmpty()
            select new { workflow.Name, MergedInto = target == null ? null : new FilterChoice(target.Id, target.Name) }).FirstOrDefaultAsync(cancellationToken);
        return found is null ? null : (found.Name, found.MergedInto);
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
