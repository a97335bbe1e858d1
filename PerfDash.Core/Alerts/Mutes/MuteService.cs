using System.Text.Json;
using PerfDash.Core.Access;
using PerfDash.Core.Alerts.Audit;
using PerfDash.Data.Access;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Alerts.Mutes;

/// <summary>Silence for a whole scope until a moment: incidents go on, notifications are withheld.</summary>
public sealed class MuteService
{
    private readonly IDbContextFactory<PerfDashDbContext> _contexts;
    private readonly RuleEdits _edits;
    private readonly TimeProvider _time;

    internal MuteService(IDbContextFactory<PerfDashDbContext> contexts, RuleEdits edits, TimeProvider time) => (_contexts, _edits, _time) = (contexts, edits, time);

    /// <summary>Those that hold now, the longest last.</summary>
    public async Task<IReadOnlyList<MuteItem>> ListAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return (await context.AlertMutes.Where(m => m.Until > now).OrderBy(m => m.Until).ThenBy(m => m.Id).ToListAsync(cancellationToken)).ConvertAll(MuteItem.From);
    }

    public async Task<EditResult<MuteItem>> CreateAsync(MuteInput input, Actor actor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        actor.Require(Role.Editor);
        Dictionary<string, string[]> errors = [];
        errors.RequireScope(input.ScopeType, input.ScopeId);
        errors.Require(input.Until > _time.GetUtcNow().UtcDateTime, "until", "until must be in the future.");
        errors.RequireNote("comment", input.Comment);
        MuteItem? made = null;
        await _edits.RunAsync(
            async context =>
            {
                if (errors.Count == 0)
                    await errors.RequireScopeExistsAsync(context, input.ScopeType, input.ScopeId, cancellationToken);
                if (errors.Count > 0)
                    return false;
                var mute = new AlertMute
                {
                    ScopeType = input.ScopeType!.Value,
                    ScopeId = input.ScopeId,
                    Until = input.Until!.Value,
                    Comment = input.Comment,
                    CreatedBy = actor.Name,
                };
                context.Add(mute);
                await context.SaveChangesAsync(cancellationToken);
                made = MuteItem.From(mute);
                RuleEdits.Audit(context, RuleType.Mute, made.Id, actor, null, made);
                await context.SaveChangesAsync(cancellationToken);
                return true;
            },
            cancellationToken);
        return made is null ? EditResult<MuteItem>.Invalid(errors) : EditResult<MuteItem>.Done(made);
    }

    /// <summary>Ends one; false when there is none.</summary>
    public Task<bool> DeleteAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Editor);
        return _edits.RunAsync(
            async context =>
            {
                if (await context.AlertMutes.FirstOrDefaultAsync(m => m.Id == id, cancellationToken) is not { } mute)
                    return false;
                context.Remove(mute);
                RuleEdits.Audit(context, RuleType.Mute, id, actor, MuteItem.From(mute), null);
                await context.SaveChangesAsync(cancellationToken);
                return true;
            },
            cancellationToken);
    }
}

/// <summary>A mute as the API shows it.</summary>
/// <param name="Id">Key.</param>
/// <param name="ScopeType">Where it holds.</param>
/// <param name="ScopeId">The workflow or worker; null for global.</param>
/// <param name="Until">When it ends, UTC.</param>
/// <param name="Comment">Why; null for nothing.</param>
/// <param name="CreatedBy">Who.</param>
/// <param name="CreatedAt">When, UTC.</param>
public sealed record MuteItem(long Id, AlertScope ScopeType, long? ScopeId, DateTime Until, string? Comment, string CreatedBy, DateTime CreatedAt)
{
    internal static MuteItem From(AlertMute mute) => new(mute.Id, mute.ScopeType, mute.ScopeId, mute.Until, mute.Comment, mute.CreatedBy, mute.CreatedAt);
}

/// <summary>What a mute is to be. Null is "not given".</summary>
/// <param name="ScopeType">Where it holds.</param>
/// <param name="ScopeId">The workflow or worker; null for global.</param>
/// <param name="Until">When it ends, UTC; in the future.</param>
public sealed record MuteInput(AlertScope? ScopeType, long? ScopeId, DateTime? Until, string? Comment)
{
    /// <summary>Reads <c>until</c> alone, which must be given: a moment after <paramref name="now"/>, or null.</summary>
    public static (DateTime? Until, string? Error) ReadUntil(JsonElement body, DateTime now)
    {
        var fields = new JsonFieldReader(body);
        var until = fields.DateTime("until", null);
        if (!body.TryGetProperty("until", out _) || (fields.Errors.Count == 0 && until <= now))
            return (null, "until must be in the future, or null to end the mute.");
        return (until, fields.Errors.Values.FirstOrDefault()?[0]);
    }

    /// <summary>Reads a JSON object.</summary>
    /// <returns>The input, with errors by field where something is of the wrong type.</returns>
    public static (MuteInput Input, Dictionary<string, string[]> Errors) Read(JsonElement body)
    {
        var fields = new JsonFieldReader(body);
        return (new MuteInput(fields.Enum<AlertScope>("scope_type", null), fields.Int64("scope_id", null), fields.DateTime("until", null), fields.Text("comment", null)), fields.Errors);
    }
}
