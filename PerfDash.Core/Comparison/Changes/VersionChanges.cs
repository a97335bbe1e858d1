using System.Text.Json;

namespace PerfDash.Core.Comparison.Changes;

/// <summary>New versions of a workflow: its first job with another graph, other models or other settings than any job before.</summary>
internal static class VersionChanges
{
    /// <summary>Versions of a range, at most: the latest.</summary>
    public const int Most = 20;

    /// <summary>Parameters that are no settings: the name of the version itself, and what a run found.</summary>
    public static readonly IReadOnlySet<string> NoSettings = new HashSet<string>(StringComparer.Ordinal) { "fingerprint", "run_class", "cached_nodes" };

    private const int MostNamed = 4;

    private const int LongestValue = 60;

    /// <summary>The versions of a workflow that were first seen in a range; the workflow's very first is no change.</summary>
    public static async Task<IReadOnlyList<SplitProposal>> FindAsync(PerfDashDbContext context, long workflowId, TimeRange range, CancellationToken cancellationToken)
    {
        var (from, to) = (range.From.UtcDateTime, range.To.UtcDateTime);
        // Plan: the versions by their key, and for each the workflow's job before it by idx_performance_metrics_figures.
        var rows = await context.Database.SqlQuery<VersionRow>(
            $"""
            SELECT v.first_seen_at, v.fingerprint, o.parameters::text AS before, n.parameters::text AS after
            FROM (
                SELECT * FROM workflow_versions WHERE workflow_id = {workflowId} AND first_seen_at >= {from} AND first_seen_at < {to}
                ORDER BY first_seen_at DESC LIMIT {Most}
            ) AS v
            CROSS JOIN LATERAL (
                SELECT m.job_id FROM performance_metrics AS m WHERE m.workflow_id = v.workflow_id AND m.created_at < v.first_seen_at
                ORDER BY m.created_at DESC, m.job_id DESC LIMIT 1
            ) AS last
            LEFT JOIN jobs AS o ON o.id = last.job_id LEFT JOIN jobs AS n ON n.id = v.first_job_id
            ORDER BY v.first_seen_at
            """).ToListAsync(cancellationToken);
        return [.. rows.Select(row => Describe(row.FirstSeenAt, row.Fingerprint, Read(row.Before), Read(row.After)))];
    }

    /// <summary>What is new in a version, from the parameters of the last job before it and of its first.</summary>
    internal static SplitProposal Describe(DateTime at, string fingerprint, IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after)
    {
        string[] changed =
        [
            .. before.Keys.Union(after.Keys).Except(NoSettings).Except(["seed"]).Order(StringComparer.Ordinal)
                .Where(name => before.GetValueOrDefault(name) != after.GetValueOrDefault(name))
                .Select(name => $"{DisplayName.From(name)} {Value(before, name)} → {Value(after, name)}"),
        ];
        var text = changed.Length == 0 || before.Count == 0 || after.Count == 0
            ? "New version: the graph or a setting changed."
            : $"New version: {string.Join(", ", changed.Take(MostNamed))}{(changed.Length > MostNamed ? $" and {changed.Length - MostNamed} more" : "")}.";
        return new SplitProposal(at, "version", "fingerprint", before.GetValueOrDefault("fingerprint"), fingerprint, null, null, text);
    }

    private static string Value(IReadOnlyDictionary<string, string> parameters, string name) =>
        !parameters.TryGetValue(name, out var value) ? "none" : value.Length <= LongestValue ? value : value[..LongestValue] + "…";

    /// <summary>Top-level values by name, lists as their JSON.</summary>
    private static Dictionary<string, string> Read(string? json) =>
        StoredJson.Read(json) is not { ValueKind: JsonValueKind.Object } parameters
            ? []
            : parameters.EnumerateObject().Where(p => p.Value.ValueKind is not JsonValueKind.Null and not JsonValueKind.Object)
                .GroupBy(p => p.Name, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => Text(group.Last().Value), StringComparer.Ordinal);

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.Array ? string.Join(", ", value.EnumerateArray().Select(v => v.ToString())) : value.ToString();

    private sealed record VersionRow(DateTime FirstSeenAt, string Fingerprint, string? Before, string? After);
}
