using System.Globalization;
using PerfDash.Core.Access;
using PerfDash.Data.Access;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Settings;

/// <summary>
/// What a person may change in the host's tables: names, cards and prices. Nothing else of a row is touched, so that a host
/// which writes other columns at the same moment loses nothing.
/// </summary>
public sealed class FarmSettings(IDbContextFactory<PerfDashDbContext> contexts, SettingsUpdates updates)
{
    /// <summary>All workers by name.</summary>
    public async Task<IReadOnlyList<Worker>> GetWorkersAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Workers.OrderBy(w => w.Name).ThenBy(w => w.Id).ToListAsync(cancellationToken);
    }

    /// <summary>Prices that do not count, by worker, as the host wrote them (see <see cref="HostRows.MaxGpuHourPrice"/>).</summary>
    public async Task<IReadOnlyDictionary<long, string>> GetUnusablePricesAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var sql = $"SELECT id, {HostRows.Cut("gpu_hour_price::text", 40)} AS price FROM workers WHERE gpu_hour_price IS NOT NULL AND NOT ({HostRows.PriceCounts})";
        return (await context.Database.SqlQueryRaw<UnusablePrice>(sql).ToListAsync(cancellationToken)).ToDictionary(p => p.Id, p => p.Price);
    }

    /// <summary>All workflows by name, but for those merged into others.</summary>
    public async Task<IReadOnlyList<Workflow>> GetWorkflowsAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Workflows.Where(w => w.MergedInto == null).OrderBy(w => w.Name).ThenBy(w => w.Id).ToListAsync(cancellationToken);
    }

    /// <summary>Changes a worker.</summary>
    /// <returns>False when there is no such worker any more.</returns>
    /// <exception cref="ArgumentException"><see cref="WorkerEdit.Errors"/> is not empty.</exception>
    public async Task<bool> ChangeWorkerAsync(long workerId, WorkerEdit edit, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Editor);
        if (edit.Errors.Count > 0)
            throw new ArgumentException(string.Join(' ', edit.Errors.Values), nameof(edit));
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var (name, model, vram, price) = (edit.Name!.Trim(), edit.Model, edit.Vram, edit.Price);
        // Workers are read through a query, which cannot be written to.
        var changed = await context.Database.ExecuteSqlAsync(
            $"UPDATE workers SET name = {name}, gpu_model = {model}, gpu_vram_mb = {vram}, gpu_hour_price = {price} WHERE id = {workerId}", cancellationToken) > 0;
        await AuditAndAnnounceAsync(context, actor.Audit("worker_updated", name, string.Create(CultureInfo.InvariantCulture, $"id {workerId}, price {price}")), changed, cancellationToken);
        return changed;
    }

    /// <summary>Gives a workflow another name.</summary>
    /// <returns>False when there is no such workflow any more.</returns>
    /// <exception cref="ArgumentException">The name will not do.</exception>
    public async Task<bool> RenameWorkflowAsync(long workflowId, string name, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Editor);
        if (WorkerEdit.NameError(name) is { } error)
            throw new ArgumentException(error, nameof(name));
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        name = name.Trim();
        var changed = await context.Database.ExecuteSqlAsync($"UPDATE workflows SET name = {name} WHERE id = {workflowId}", cancellationToken) > 0;
        await AuditAndAnnounceAsync(context, actor.Audit("workflow_renamed", name, string.Create(CultureInfo.InvariantCulture, $"id {workflowId}")), changed, cancellationToken);
        return changed;
    }

    private async Task AuditAndAnnounceAsync(PerfDashDbContext context, AuditEntry entry, bool changed, CancellationToken cancellationToken)
    {
        if (changed)
        {
            context.Add(entry);
            await context.SaveChangesAsync(cancellationToken);
        }

        await context.Database.CommitTransactionAsync(cancellationToken);
        await updates.PublishAsync(context, cancellationToken);
    }

    private sealed record UnusablePrice(long Id, string Price);
}
