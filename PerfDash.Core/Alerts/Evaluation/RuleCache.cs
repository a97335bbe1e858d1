using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PerfDash.Core.Collection;

namespace PerfDash.Core.Alerts.Evaluation;

/// <summary>
/// The enabled thresholds, kept in memory so that a batch of jobs costs no query for them. Forgotten when this instance
/// changes a rule, when NOTIFY says that anybody did, and by age: after 5 seconds while nothing is heard.
/// </summary>
public sealed partial class RuleCache(
    IDbContextFactory<PerfDashDbContext> contexts, CollectionState collection, TimeProvider time, ILogger<RuleCache> logger)
{
    /// <summary>NOTIFY channel of every change of a rule, mute or channel.</summary>
    public const string NotifyChannel = "perfdash_rules_changed";

    private static readonly TimeSpan AgeUnheard = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AgeHeard = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(long Id, DateTime UpdatedAt), bool> _reported = new();
    private volatile Loaded? _loaded;
    private long _version;

    /// <summary>Makes the next batch ask again.</summary>
    public void Invalidate() => Interlocked.Increment(ref _version);

    public async Task<RuleSet> GetAsync(CancellationToken cancellationToken)
    {
        var version = Interlocked.Read(ref _version);
        var age = collection.Listening ? AgeHeard : AgeUnheard;
        if (_loaded is { } loaded && loaded.Version == version && time.GetElapsedTime(loaded.At) < age)
            return loaded.Rules;

        var at = time.GetTimestamp();
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var rules = await ReadAsync(context, cancellationToken);
        _loaded = new Loaded(rules, version, at);
        return rules;
    }

    /// <summary>The enabled thresholds that can be evaluated; of the others a warning is logged, once for each version.</summary>
    internal async Task<RuleSet> ReadAsync(PerfDashDbContext context, CancellationToken cancellationToken)
    {
        var rules = new List<AlertRule>();
        foreach (var threshold in await context.PerformanceAlertThresholds.Where(t => t.Enabled).OrderBy(t => t.Id).ToListAsync(cancellationToken))
        {
            var (rule, error) = AlertRule.Read(threshold);
            if (rule is not null)
                rules.Add(rule);
            else if (_reported.TryAdd((threshold.Id, threshold.UpdatedAt), true))
                LogExcluded(threshold.Id, error!);
        }

        return rules.Count == 0 ? RuleSet.Empty : new RuleSet(rules);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Alert threshold {Id} is not valid and is ignored: {Error}")]
    private partial void LogExcluded(long id, string error);

    private sealed record Loaded(RuleSet Rules, long Version, long At);
}
