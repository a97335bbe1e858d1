namespace PerfDash.Core.Comparison;

/// <summary>Whose jobs one side of a comparison is made of: a workflow over a range.</summary>
public sealed record ComparedJobs(long WorkflowId, TimeRange Range)
{
    /// <summary>The least range that holds those of all sides.</summary>
    internal static TimeRange Enclosing(IReadOnlyList<ComparedJobs> sides) => new(sides.Min(s => s.Range.From), sides.Max(s => s.Range.To));

    /// <summary>A table <c>sides</c> for WITH, from <see cref="Values"/>; a side is known by its place in the list, from 0.</summary>
    internal const string Table =
        "sides AS (SELECT * FROM unnest(@side_numbers, @side_workflows, @side_froms, @side_tos) AS s(side, workflow_id, since, until))";

    /// <summary>After <c>FROM scored_metrics AS m</c>. A job of two ranges that overlap belongs to both sides.</summary>
    internal const string Join = "JOIN sides AS s ON s.workflow_id = m.workflow_id AND m.created_at >= s.since AND m.created_at < s.until";

    /// <summary>Parameters of <see cref="Table"/>.</summary>
    internal static IEnumerable<(string Name, object Value)> Values(IReadOnlyList<ComparedJobs> sides) =>
    [
        ("side_numbers", Enumerable.Range(0, sides.Count).ToArray()),
        ("side_workflows", sides.Select(s => s.WorkflowId).ToArray()),
        ("side_froms", sides.Select(s => s.Range.From.UtcDateTime).ToArray()),
        ("side_tos", sides.Select(s => s.Range.To.UtcDateTime).ToArray()),
    ];
}
