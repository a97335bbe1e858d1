using Npgsql;
using PerfDash.Core.Rollups;

namespace PerfDash.Core.Metrics;

/// <summary>
/// The condition of a range and a filter on <c>scored_metrics AS m</c>, to stand after WHERE, and the way to run
/// a query that carries it. Absent parts of the filter are left out of the text, so that each plan is made for what is
/// really asked. The text of a query is put together from constants only; every value is a parameter.
/// </summary>
internal sealed class MetricCondition
{
    private readonly List<(string Name, object Value)> _values;

    public MetricCondition(TimeRange range, MetricFilter filter)
    {
        Range = range;
        List<string> parts = [];
        _values = [("from", range.From.UtcDateTime), ("to", range.To.UtcDateTime)];
        Add("project_id", filter.ProjectId);
        Add("workflow_id", filter.WorkflowId);
        Add("worker_id", filter.WorkerId);
        if (filter.ResolutionTier is { } tier)
        {
            // The column that the index of figures holds.
            parts.Add("m.tier_key = perfdash_tier_key(@resolution_tier)");
            _values.Add(("resolution_tier", tier));
        }

        Add("run_class", filter.RunClass?.ToText());
        Dimensions = (filter.WorkflowId is null ? Dimensions.None : Dimensions.Workflow)
            | (filter.WorkerId is null ? Dimensions.None : Dimensions.Worker)
            | (filter.ResolutionTier is null ? Dimensions.None : Dimensions.Tier)
            | (filter.RunClass is null ? Dimensions.None : Dimensions.Class);
        IsRolledUp = filter.ProjectId is null;
        FilterSql = parts.Count == 0 ? "true" : string.Join(" AND ", parts);

        void Add(string column, object? value)
        {
            if (value is null)
                return;
            parts.Add($"m.{column} = @{column}");
            _values.Add((column, value));
        }
    }

    private MetricCondition(MetricCondition basis, string filterSql, List<(string Name, object Value)> values, Dimensions dimensions, bool isRolledUp) =>
        (Range, FilterSql, _values, Dimensions, IsRolledUp) = (basis.Range, filterSql, values, dimensions, isRolledUp);

    /// <summary>This condition and one more, with its values; roll-ups do not answer it.</summary>
    public MetricCondition And(string sql, params ReadOnlySpan<(string Name, object Value)> values) =>
        new(this, $"{FilterSql} AND {sql}", [.. _values, .. values], Dimensions, isRolledUp: false);

    /// <summary>This condition, of some workflows only; takes <c>@workflow_ids</c>.</summary>
    public MetricCondition AmongWorkflows(long[] ids) => Among("workflow_id", Dimensions.Workflow, ids);

    /// <summary>This condition, of some workers only; takes <c>@worker_ids</c>.</summary>
    public MetricCondition AmongWorkers(long[] ids) => Among("worker_id", Dimensions.Worker, ids);

    /// <summary>The same condition for a query that takes one more value.</summary>
    public MetricCondition With(string name, object value) => new(this, FilterSql, [.. _values, (name, value)], Dimensions, IsRolledUp) { IsLarge = IsLarge };

    /// <summary>This condition for a query that groups by what roll-ups do not distinguish.</summary>
    public MetricCondition WithoutRollups() => new(this, FilterSql, _values, Dimensions, isRolledUp: false) { IsLarge = IsLarge };

    public TimeRange Range { get; }

    /// <summary>The condition but for its range.</summary>
    public string FilterSql { get; }

    /// <summary>The dimensions of roll-ups that the filter names.</summary>
    public Dimensions Dimensions { get; }

    /// <summary>Whether the filter is one that roll-ups can answer: they do not know projects.</summary>
    public bool IsRolledUp { get; }

    /// <summary>Whether it has more jobs than <see cref="Binning.ExactJobs"/>, once that is known.</summary>
    public bool? IsLarge { get; set; }

    public string Sql => $"m.created_at >= @from AND m.created_at < @to AND {FilterSql}";

    private MetricCondition Among(string column, Dimensions dimension, long[] ids) =>
        new(this, $"{FilterSql} AND m.{column} = ANY(@{column}s)", [.. _values, ($"{column}s", ids)], Dimensions | dimension, IsRolledUp);

    /// <summary>Runs <paramref name="sql"/>, whose columns are named as <typeparamref name="T"/> maps them, with this condition's values and <paramref name="more"/>.</summary>
    public Task<List<T>> QueryAsync<T>(
        PerfDashDbContext context, string sql, CancellationToken cancellationToken, params ReadOnlySpan<(string Name, object Value)> more)
    {
        var parameters = new List<object>(_values.Count + more.Length);
        foreach (var (name, value) in _values)
            parameters.Add(new NpgsqlParameter(name, value));
        foreach (var (name, value) in more)
            parameters.Add(new NpgsqlParameter(name, value));
        return context.Database.SqlQueryRaw<T>(sql, [.. parameters]).ToListAsync(cancellationToken);
    }
}
