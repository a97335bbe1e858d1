using System.Data;
using Microsoft.EntityFrameworkCore.Storage;

namespace PerfDash.Core.Rollups;

/// <summary>
/// The two sources of every aggregate: roll-ups for closed time, metrics for the rest of the range. A query names both and
/// adds them up; with roll-ups switched off, not yet filled, or unable to answer a filter, the second is the whole range.
/// </summary>
internal sealed class Partials
{
    private readonly MetricCondition _where;
    private readonly RollupSpans _spans;
    private readonly Dimensions _combination;
    private readonly RollupTable[] _tables;

    private Partials(MetricCondition where, RollupSpans spans, Dimensions combination, RollupTable[] tables, bool isLarge) =>
        (_where, _spans, _combination, _tables, IsLarge) = (where, spans, combination, tables, isLarge);

    /// <summary>Whether there are more jobs than <see cref="Binning.ExactJobs"/>. Fewer are always read from the metrics, whose percentiles are exact.</summary>
    public bool IsLarge { get; }

    /// <summary>The parts of the range that are read from the metrics.</summary>
    public IReadOnlyList<TimeRange> Gaps => _spans.Gaps;

    /// <summary>Whether any of the range is read from roll-ups.</summary>
    public bool HasRollups => _spans.Days.Length > 0 || _spans.Hours.Length > 0;

    /// <summary>Finds what roll-ups answer.</summary>
    /// <param name="context">Where to ask; its transaction must have one snapshot, which the query that follows shares.</param>
    /// <param name="where">Which jobs.</param>
    /// <param name="by">What the query groups by beside time.</param>
    /// <param name="cuts">Moments at which a new group starts, rising; none where the query does not group by time.</param>
    /// <param name="tables">The tables it reads.</param>
    public static async Task<Partials> FindAsync(
        PerfDashDbContext context, MetricCondition where, Dimensions by, CancellationToken cancellationToken, IReadOnlyList<DateTime>? cuts = null, params RollupTable[] tables)
    {
        if (context.Database.CurrentTransaction?.GetDbTransaction().IsolationLevel != IsolationLevel.RepeatableRead)
            throw new InvalidOperationException("Roll-ups and metrics must be read in one snapshot.");
        var isLarge = await Binning.IsLargeAsync(context, where, cancellationToken);
        var needed = where.Dimensions | by;
        var (combination, days, hours) = isLarge && where.IsRolledUp ? Choose(needed, tables) : (needed, false, false);
        var spans = days || hours
            ? await RollupSpans.FindAsync(context, where.Range, days, hours ? 'h' : null, cuts ?? [], cancellationToken)
            : RollupSpans.None(where.Range);
        return new Partials(where, spans, combination, tables, isLarge);
    }

    /// <summary>The same parts of the range for a query that does not group: what holds a combination holds the lesser ones too.</summary>
    public Partials Together() => new(_where, _spans, HasRollups ? Choose(_where.Dimensions, _tables).Combination : _combination, _tables, IsLarge);

    /// <summary>SQL rows of <paramref name="columns"/> over <c>scored_metrics AS m</c>, of the jobs that no roll-up answers for.</summary>
    /// <param name="columns">What to select.</param>
    /// <param name="and">A further condition.</param>
    public string Raw(string columns, string and = "true") => _spans.Gaps.Count == 0
        ? $"SELECT {columns} FROM scored_metrics AS m WHERE false"
        : string.Join("\nUNION ALL\n", _spans.Gaps.Select((_, i) =>
            $"SELECT * FROM (SELECT {columns} FROM scored_metrics AS m WHERE m.created_at >= @gap_from{i} AND m.created_at < @gap_to{i} AND {_where.FilterSql} AND {and} {DistributionSql.OptimizationFence}) AS gap{i}"));

    /// <summary>SQL rows of <paramref name="columns"/> over a table of roll-ups as <c>m</c>, whose <c>created_at</c> is the start of the hour or day.</summary>
    /// <param name="columns">What to select.</param>
    public string RolledUp(RollupTable table, string columns)
    {
        var combination = table == RollupTable.Stages ? "" : $"r.dims = {(int)_combination} AND ";
        string[] parts =
        [
            .. _spans.Days.Length > 0 ? [Part("d", "@days")] : Array.Empty<string>(),
            .. _spans.Hours.Length > 0 ? [Part("h", "@hours")] : Array.Empty<string>(),
        ];
        return parts.Length == 0 ? $"SELECT {columns} FROM (SELECT r.start AS created_at, r.* FROM {table.Name} AS r WHERE false) AS m" : string.Join("\nUNION ALL\n", parts);

        string Part(string grain, string starts) =>
            $"""
            SELECT {columns} FROM (
                SELECT r.start AS created_at, r.* FROM {table.Name} AS r
                WHERE {(table == RollupTable.Stages ? "" : $"r.grain = '{grain}' AND ")}{combination}{table.Condition} AND r.start = ANY({starts})
            ) AS m WHERE {_where.FilterSql}
            """;
    }

    /// <summary>
    /// SQL of both sources as one table of partial sums by <see cref="SumColumns"/>: what is summed up over its rows is summed
    /// up over the jobs. Has <c>created_at</c>, <c>workflow_id</c>, <c>worker_id</c>, <c>tier_key</c> and <c>run_class</c>, as far as they were named in the search.
    /// </summary>
    public string Sums(params string[] columns)
    {
        const string Keys = "m.created_at, m.workflow_id, m.worker_id, m.tier_key, m.run_class";
        var raw = Raw($"{Keys}, {string.Join(", ", columns.Select(column => $"{SumColumns.Raw[column]} AS {column}"))}");
        return Union(raw, RollupTable.Sums, $"{Keys}, {string.Join(", ", columns.Select(column => $"m.{column}"))}");
    }

    /// <summary>SQL of both sources in brackets: <paramref name="raw"/>, partial sums made of <see cref="Raw"/>, and <paramref name="columns"/> of a table of roll-ups.</summary>
    public string Union(string raw, RollupTable table, string columns) => HasRollups ? $"({raw}\nUNION ALL\n{RolledUp(table, columns)})" : $"({raw})";

    /// <summary>The bins of a table of roll-ups by group, of some groups or all.</summary>
    public async Task<Dictionary<long, Dictionary<double, long>>> BinsAsync(
        PerfDashDbContext context, RollupTable table, string key, CancellationToken cancellationToken, long[]? groups = null)
    {
        if (!HasRollups)
            return [];
        var rows = RolledUp(table, $"({key})::int8 AS key, m.bins, m.counts");
        return BinCounts.ByKey(groups is null
            ? await QueryAsync<KeyBins>(context, rows, cancellationToken)
            : await QueryAsync<KeyBins>(context, $"SELECT * FROM ({rows}) AS b WHERE key = ANY(@groups)", cancellationToken, ("groups", groups)));
    }

    /// <summary>Runs a query made of these.</summary>
    public Task<List<T>> QueryAsync<T>(PerfDashDbContext context, string sql, CancellationToken cancellationToken, params ReadOnlySpan<(string Name, object Value)> more)
    {
        List<(string Name, object Value)> values = [.. more, ("days", _spans.Days), ("hours", _spans.Hours)];
        foreach (var (i, gap) in _spans.Gaps.Index())
            values.AddRange([($"gap_from{i}", gap.From.UtcDateTime), ($"gap_to{i}", gap.To.UtcDateTime)]);
        return _where.QueryAsync<T>(context, sql, cancellationToken, [.. values]);
    }

    /// <summary>The least combination of dimensions with all that are needed, which every table holds by day or by hour.</summary>
    private static (Dimensions Combination, bool Days, bool Hours) Choose(Dimensions needed, RollupTable[] tables)
    {
        foreach (var combination in RollupTable.Sums.OfDays.Where(c => (c & needed) == needed))
        {
            var days = tables.All(table => table.OfDays.Contains(combination));
            var hours = tables.All(table => table.OfHours.Contains(combination));
            if (days || hours)
                return (combination, days, hours);
        }

        return (needed, false, false);
    }
}
