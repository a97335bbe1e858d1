using PerfDash.Core.Access;
using PerfDash.Core.Collection;
using PerfDash.Core.Settings;
using PerfDash.Core.Sources.ComfyUi;
using PerfDash.Core.Sources.ComfyUi.Protocol;
using PerfDash.Core.Sources.Probes;
using PerfDash.Data.Access;
using PerfDash.Data.Sources;

namespace PerfDash.Core.Sources;

/// <summary>Lists, makes, changes, deletes and tries sources.</summary>
public sealed class SourceService
{
    /// <summary>Longest name, characters.</summary>
    public const int MaxNameLength = JobLimits.MaxNameLength;

    private readonly IDbContextFactory<PerfDashDbContext> _contexts;
    private readonly SourceSettingsStore _store;
    private readonly SourceWorkers _workers;
    private readonly SettingsUpdates _updates;
    private readonly TimeProvider _time;

    internal SourceService(IDbContextFactory<PerfDashDbContext> contexts, SourceSettingsStore store, SourceWorkers workers, SettingsUpdates updates, TimeProvider time) =>
        (_contexts, _store, _workers, _updates, _time) = (contexts, store, workers, updates, time);

    /// <summary>All of them by name.</summary>
    public async Task<IReadOnlyList<SourceItem>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        // Not with their graphs, which may be large.
        var probes = await context.SourceProbes.Select(p => new { p.SourceId, p.EveryHours }).ToDictionaryAsync(p => p.SourceId, p => p.EveryHours, cancellationToken);
        return (await context.Sources.Where(s => s.DeletedAt == null).OrderBy(s => s.Name).ThenBy(s => s.Id).ToListAsync(cancellationToken))
            .ConvertAll(source => Item(source, probes.TryGetValue(source.Id, out var hours) ? (true, hours) : default));
    }

    /// <summary>One; null where there is none.</summary>
    public async Task<SourceItem?> FindAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Sources.FirstOrDefaultAsync(s => s.Id == id && s.DeletedAt == null, cancellationToken) is not { } source)
            return null;
        var probe = await context.SourceProbes.Where(p => p.SourceId == id).Select(p => new { p.EveryHours }).FirstOrDefaultAsync(cancellationToken);
        return Item(source, (probe is not null, probe?.EveryHours));
    }

    /// <summary>Makes one; it is followed within seconds.</summary>
    public async Task<EditResult<SourceItem>> CreateAsync(SourceInput input, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var (settings, endpoint, errors) = await CheckAsync(context, input, null, null, cancellationToken);
        ProbeEdit.Check(input, null, errors);
        if (errors.Count > 0)
            return EditResult<SourceItem>.Invalid(errors);
        // One that was deleted comes back under its id: its prompts are known by it.
        var shown = endpoint!.ToString();
        var source = await context.Sources.AsTracking().FirstOrDefaultAsync(s => s.Url == shown, cancellationToken);
        var name = input.Name?.Trim() ?? endpoint.Name;
        if (source is null)
            context.Add(source = new Source { Name = name, Url = shown });
        source.Name = name;
        source.SettingsProtected = _store.Protect(settings!);
        source.HeaderNames = [.. endpoint.Headers.Keys.Order(StringComparer.OrdinalIgnoreCase)];
        (source.DeletedAt, source.Enabled, source.Revision) = (null, input.Enabled ?? true, source.Revision + 1);
        (source.State, source.LastError) = (SourceState.Connecting, null);
        source.WorkerId = input.WorkerId ?? await _workers.FindOrCreateAsync(name, cancellationToken);
        return await SaveAsync(context, source, null, input, actor.Audit("source_created", name, source.Url), cancellationToken);
    }

    /// <summary>Changes one; what is absent keeps its value.</summary>
    /// <returns>A conflict where it is one of the configuration, of which only <c>worker_id</c> is to be changed here.</returns>
    public async Task<EditResult<SourceItem>> UpdateAsync(long id, SourceInput input, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Sources.AsTracking().FirstOrDefaultAsync(s => s.Id == id && s.DeletedAt == null, cancellationToken) is not { } source)
            return EditResult<SourceItem>.Unknown();
        if (source.ConfigurationKey is not null && (input.Name, input.Url, input.Enabled, input.Headers, input.CertificateSha256) != (null, null, null, null, null))
            return EditResult<SourceItem>.Conflict();
        var stored = source.ConfigurationKey is null ? _store.Find(source, out _) : null;
        var (settings, endpoint, errors) = source.ConfigurationKey is null
            ? await CheckAsync(context, input, source, stored, cancellationToken)
            : (null, null, await CheckWorkerAsync(context, input, cancellationToken));
        var probe = await context.SourceProbes.AsTracking().FirstOrDefaultAsync(p => p.SourceId == id, cancellationToken);
        ProbeEdit.Check(input, probe, errors);
        if (errors.Count > 0)
            return EditResult<SourceItem>.Invalid(errors);
        if (endpoint is not null)
        {
            var shown = endpoint.ToString();
            await context.Sources.Where(s => s.Url == shown && s.DeletedAt != null).ExecuteDeleteAsync(cancellationToken);
            source.Url = shown;
            source.SettingsProtected = _store.Protect(settings!);
            source.HeaderNames = [.. endpoint.Headers.Keys.Order(StringComparer.OrdinalIgnoreCase)];
        }

        source.Name = input.Name?.Trim() ?? source.Name;
        source.Enabled = input.Enabled ?? source.Enabled;
        source.WorkerId = input.WorkerId ?? source.WorkerId;
        // Another probe is no reason to reconnect.
        if (input.HasMore || !input.HasProbe)
        {
            source.Revision++;
            (source.State, source.LastError) = (SourceState.Connecting, null);
        }

        return await SaveAsync(context, source, probe, input, actor.Audit("source_updated", source.Name, source.Url), cancellationToken);
    }

    /// <summary>Deletes one; its jobs stay, and its secrets go.</summary>
    public async Task<EditStatus> DeleteAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // Whoever follows it notes no prompt before this is done, and none afterwards.
        await context.Database.ExecuteSqlAsync($"SELECT FROM sources WHERE id = {id} FOR UPDATE", cancellationToken);
        if (await context.Sources.AsTracking().FirstOrDefaultAsync(s => s.Id == id && s.DeletedAt == null, cancellationToken) is not { } source)
            return EditStatus.Unknown;
        if (source.ConfigurationKey is not null)
            return EditStatus.Conflict;
        var prefix = $"{PromptJob.KeyPrefix}{id}:";
        await context.Database.ExecuteSqlAsync(
            $"""
            UPDATE jobs SET status = 'failed', error = 'Its source was deleted before it ended.'
            WHERE external_id IN (SELECT {prefix} || prompt_id FROM source_prompts WHERE source_id = {id}) AND status IN ('pending', 'running')
            """,
            cancellationToken);
        await context.SourcePrompts.Where(p => p.SourceId == id).ExecuteDeleteAsync(cancellationToken);
        await ProbeEdit.DeleteAsync(context, id, cancellationToken);
        (source.DeletedAt, source.Enabled, source.SettingsProtected, source.HeaderNames) = (_time.GetUtcNow().UtcDateTime, false, null, []);
        context.Add(actor.Audit("source_deleted", source.Name, source.Url));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await _updates.PublishAsync(context, cancellationToken);
        return EditStatus.Done;
    }

    /// <summary>Asks the server of a source once; null where there is no such source.</summary>
    public async Task<SourceTest?> TestAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Sources.FirstOrDefaultAsync(s => s.Id == id && s.DeletedAt == null, cancellationToken) is not { } source)
            return null;
        context.Add(actor.Audit("source_tested", source.Name, source.Url));
        await context.SaveChangesAsync(cancellationToken);
        var endpoint = _store.Find(source, out var error)?.Endpoint(out error);
        return endpoint is null ? SourceTest.Failed(error) : await TestAsync(endpoint, cancellationToken);
    }

    /// <summary>Asks a server that is no source yet.</summary>
    public static async Task<SourceTest> TestAsync(SourceInput input, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        var settings = new SourceSettings(input.Url ?? "", Headers(input.Headers, null), input.CertificateSha256);
        return settings.Endpoint(out var error) is { } endpoint ? await TestAsync(endpoint, cancellationToken) : SourceTest.Failed(error);
    }

    private static async Task<SourceTest> TestAsync(ComfyUiEndpoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new ComfyUiClient(endpoint);
            using var stats = await client.GetSystemStatsAsync(cancellationToken);
            using var queue = await client.GetQueueAsync(cancellationToken);
            if (ServerStats.Parse(stats.RootElement) is not { } server)
                return SourceTest.Failed("The answer to /system_stats is not that of a ComfyUI server.");
            // Without the socket nothing is known of nodes, and a prompt is found later.
            await using (await ComfyUiSocket.ConnectAsync(endpoint, null, cancellationToken))
            {
                return new SourceTest(true, null, server.Version, server.GpuModel, server.VramTotalMb, Count("queue_running"), Count("queue_pending"));
            }

            int Count(string field) => (queue.RootElement.Field(field) ?? default).Items().Count();
        }
        catch (ComfyUiException e)
        {
            return SourceTest.Failed(e.Message);
        }
    }

    private static async Task<(SourceSettings? Settings, ComfyUiEndpoint? Endpoint, Dictionary<string, string[]> Errors)> CheckAsync(
        PerfDashDbContext context, SourceInput input, Source? source, SourceSettings? stored, CancellationToken cancellationToken)
    {
        var errors = await CheckWorkerAsync(context, input, cancellationToken);
        if (input.Name is not null && AccountInput.NameError(input.Name, MaxNameLength) is { } nameError)
            errors["name"] = [nameError];
        if (input.Kind is not null && EnumText.Find<SourceKind>(input.Kind) is null)
            errors["kind"] = [$"kind must be one of {string.Join(", ", EnumText.All<SourceKind>())}."];
        if (source is not null && (input.Url, input.Headers, input.CertificateSha256) == (null, null, null))
            return (null, null, errors);
        var url = input.Url ?? stored?.Url;
        if (url is null)
        {
            errors["url"] = [source is null ? "url is required." : "url is required: the stored one cannot be read."];
            return (null, null, errors);
        }

        var settings = new SourceSettings(url, Headers(input.Headers, stored), input.CertificateSha256 is { } pin ? (pin.Trim().Length == 0 ? null : pin) : stored?.CertificateSha256);
        if (settings.Endpoint(out var error) is not { } endpoint)
        {
            errors[FieldOf(settings)] = [error!];
            return (null, null, errors);
        }

        var shown = endpoint.ToString();
        if (await context.Sources.AnyAsync(s => s.Url == shown && s.DeletedAt == null && s.Id != (source == null ? 0 : source.Id), cancellationToken))
            errors["url"] = ["Another source has this address: its jobs would count twice."];
        return (settings, endpoint, errors);
    }

    /// <summary>The field that makes an address one that cannot be asked.</summary>
    private static string FieldOf(SourceSettings settings) =>
        ComfyUiEndpoint.ErrorOf(settings.Url) is not null ? "url"
        : (settings with { CertificateSha256 = null }).Endpoint(out _) is null ? "headers"
        : "certificate_sha256";

    private static async Task<Dictionary<string, string[]>> CheckWorkerAsync(PerfDashDbContext context, SourceInput input, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        if (input.WorkerId is { } workerId && !await context.Workers.AnyAsync(w => w.Id == workerId, cancellationToken))
            errors["worker_id"] = [$"There is no worker {workerId}."];
        return errors;
    }

    private static Dictionary<string, string> Headers(IReadOnlyDictionary<string, string?>? given, SourceSettings? stored)
    {
        if (given is null)
            return new Dictionary<string, string>(stored?.Headers ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in given)
        {
            if ((value ?? stored?.Headers.FirstOrDefault(h => string.Equals(h.Key, name, StringComparison.OrdinalIgnoreCase)).Value) is { } known)
                headers[name] = known;
        }

        return headers;
    }

    private async Task<EditResult<SourceItem>> SaveAsync(PerfDashDbContext context, Source source, SourceProbe? probe, SourceInput input, AuditEntry entry, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        context.Add(entry);
        // A new source gets its id.
        await context.SaveChangesAsync(cancellationToken);
        probe = ProbeEdit.Apply(context, source.Id, probe, input);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await _updates.PublishAsync(context, cancellationToken);
        return EditResult<SourceItem>.Done(Item(source, (probe is not null, probe?.EveryHours)));
    }

    private SourceItem Item(Source source, (bool Has, int? EveryHours) probe) => SourceItem.From(source, _time.GetUtcNow().UtcDateTime, probe);
}
