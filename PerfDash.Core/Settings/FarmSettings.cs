using Microsoft.EntityFrameworkCore;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Settings;

/// <summary>
/// What a person may change in the host's tables: names, cards and prices. Nothing else of a row is touched, so that a host
/// which writes other columns at the same moment loses nothing.
/// </summary>
public sealed class FarmSettings(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>All workers by name.</summary>
    public async Task<IReadOnlyList<Worker>> GetWorkersAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Workers.OrderBy(w => w.Name).ThenBy(w => w.Id).ToListAsync(cancellationToken);
    }

    /// <summary>All workflows by name.</summary>
    public async Task<IReadOnlyList<Workflow>> GetWorkflowsAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Workflows.OrderBy(w => w.Name).ThenBy(w => w.Id).ToListAsync(cancellationToken);
    }

    /// <summary>Changes a worker.</summary>
    /// <returns>False when there is no such worker any more.</returns>
    /// <exception cref="ArgumentException"><see cref="WorkerEdit.Errors"/> is not empty.</exception>
    public async Task<bool> ChangeWorkerAsync(long workerId, WorkerEdit edit, CancellationToken cancellationToken)
    {
        if (edit.Errors.Count > 0)
            throw new ArgumentException(string.Join(' ', edit.Errors.Values), nameof(edit));
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var (name, model, vram, price) = (edit.Name!.Trim(), edit.Model, edit.Vram, edit.Price);
        return await context.Workers.Where(w => w.Id == workerId).ExecuteUpdateAsync(
            set => set.SetProperty(w => w.Name, name).SetProperty(w => w.GpuModel, model).SetProperty(w => w.GpuVramMb, vram).SetProperty(w => w.GpuHourPrice, price),
            cancellationToken) > 0;
    }

    /// <summary>Gives a workflow another name.</summary>
    /// <returns>False when there is no such workflow any more.</returns>
    /// <exception cref="ArgumentException">The name will not do.</exception>
    public async Task<bool> RenameWorkflowAsync(long workflowId, string name, CancellationToken cancellationToken)
    {
        if (WorkerEdit.NameError(name) is { } error)
            throw new ArgumentException(error, nameof(name));
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        name = name.Trim();
        return await context.Workflows.Where(w => w.Id == workflowId)
            .ExecuteUpdateAsync(set => set.SetProperty(w => w.Name, name), cancellationToken) > 0;
    }
}
