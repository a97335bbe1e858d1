namespace PerfDash.Core.Sources.Probes;

/// <summary>Runs of probes on a worker, and what changed between them.</summary>
public sealed class ProbeQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    /// <summary>Most runs of a worker that are read, the latest: a year of one every nine hours.</summary>
    private const int MostRuns = 1000;

    /// <summary>The probe runs of a worker that have ended; none where it never had one.</summary>
    // Plan: idx_source_probe_runs_worker, backwards.
    public async Task<WorkerProbes> GetAsync(long workerId, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rows = await context.SourceProbeRuns.Where(r => r.WorkerId == workerId && r.CompletedAt != null)
            .OrderByDescending(r => r.CompletedAt).ThenByDescending(r => r.Id).Take(MostRuns).ToListAsync(cancellationToken);
        rows.Reverse();
        var sources = rows.Select(r => r.SourceId).Distinct().ToList();
        var names = await context.Sources.Where(s => sources.Contains(s.Id)).ToDictionaryAsync(s => s.Id, s => s.Name, cancellationToken);
        return new WorkerProbes(rows.ConvertAll(ProbeRunItem.From), names);
    }
}

/// <summary>The probe runs of a worker.</summary>
/// <param name="Runs">Those that have ended, completed or failed, in the order of their ends.</param>
/// <param name="SourceNames">Names of their sources by id.</param>
public sealed record WorkerProbes(IReadOnlyList<ProbeRunItem> Runs, IReadOnlyDictionary<long, string> SourceNames);
