using System.Text.Json;
using PerfDash.Core.Access;
using PerfDash.Core.Settings;
using PerfDash.Core.Sources.ComfyUi.Probes;
using PerfDash.Data.Access;

namespace PerfDash.Core.Sources.Probes;

/// <summary>Shows the probe of a source, and asks for a run of it.</summary>
public sealed class ProbeService(IDbContextFactory<PerfDashDbContext> contexts, SettingsUpdates updates)
{
    /// <summary>Most runs that are shown.</summary>
    public const int MostRuns = 200;

    /// <summary>Most hours from one run to the next.</summary>
    public const int MostHours = ProbeEdit.MostHours;

    /// <summary>The longest graph, in bytes of UTF-8.</summary>
    public const int MaxGraphBytes = ProbeGraph.MaxBytes;

    /// <summary>The probe with its latest runs; null where there is no such source.</summary>
    // Plan: runs by idx_source_probe_runs_source, backwards.
    public async Task<ProbeDetail?> FindAsync(long sourceId, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        actor.Require(Role.Admin);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (!await context.Sources.AnyAsync(s => s.Id == sourceId && s.DeletedAt == null, cancellationToken))
            return null;
        var probe = await context.SourceProbes.FirstOrDefaultAsync(p => p.SourceId == sourceId, cancellationToken);
        var runs = await context.SourceProbeRuns.Where(r => r.SourceId == sourceId).OrderByDescending(r => r.SubmittedAt).ThenByDescending(r => r.Id).Take(MostRuns).ToListAsync(cancellationToken);
        return new ProbeDetail(probe is null ? null : JsonElement.Parse(probe.Graph), probe?.EveryHours, probe?.RequestedAt, runs.ConvertAll(ProbeRunItem.From));
    }

    /// <summary>The latest run of each source by its id, and whether one is asked for; sources without either are left out.</summary>
    public async Task<IReadOnlyDictionary<long, (ProbeRunItem? Run, bool IsRequested)>> GetLatestAsync(Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        actor.Require(Role.Admin);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var runs = await context.SourceProbeRuns
            .FromSql($"SELECT r.* FROM sources AS s CROSS JOIN LATERAL (SELECT * FROM source_probe_runs AS p WHERE p.source_id = s.id ORDER BY p.submitted_at DESC, p.id DESC LIMIT 1) AS r")
            .ToDictionaryAsync(r => r.SourceId, ProbeRunItem.From, cancellationToken);
        var requested = await context.SourceProbes.Where(p => p.RequestedAt != null).Select(p => p.SourceId).ToListAsync(cancellationToken);
        return runs.Keys.Union(requested).ToDictionary(id => id, id => (runs.GetValueOrDefault(id), requested.Contains(id)));
    }

    /// <summary>Asks for a run, which is submitted as soon as the server has nothing to do. Asked again before that, it is still one.</summary>
    /// <returns>Unknown where there is no such source; a conflict where it has no probe or is disabled, with the reason.</returns>
    public async Task<(EditStatus Status, string? Reason)> RequestAsync(long sourceId, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(actor);
        actor.Require(Role.Admin);
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Sources.FirstOrDefaultAsync(s => s.Id == sourceId && s.DeletedAt == null, cancellationToken) is not { } source)
            return (EditStatus.Unknown, null);
        if (!source.Enabled)
            return (EditStatus.Conflict, "This source is disabled: nothing is submitted to its server.");
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        if (await context.Database.ExecuteSqlAsync($"UPDATE source_probes SET requested_at = COALESCE(requested_at, now()) WHERE source_id = {sourceId}", cancellationToken) == 0)
            return (EditStatus.Conflict, "This source has no probe graph.");
        context.Add(actor.Audit("source_probe_requested", source.Name, source.Url));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await updates.PublishAsync(context, cancellationToken);
        return (EditStatus.Done, null);
    }
}
