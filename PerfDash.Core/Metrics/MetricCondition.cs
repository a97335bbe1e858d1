using Microsoft.EntityFrameworkCore;
using Npgsql;
using PerfDash.Data;

namespace PerfDash.Core.Metrics;

/// <summary>
/// The condition of a range and a filter on <c>performance_metrics AS m</c>, to stand after WHERE, and the way to run
/// a query that carries it. Absent parts of the filter are left out of the text, so that each plan is made for what is
/// really asked. The text of a query is put together from constants only; every value is a parameter.
/// </summary>
internal sealed class MetricCondition
{
    private readonly List<(string Name, object Value)> _values;

    public MetricCondition(TimeRange range, MetricFilter filter)
    {
        List<string> parts = ["m.created_at >= @from AND m.created_at < @to"];
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

        Sql = string.Join(" AND ", parts);

        void Add(string column, object? value)
        {
            if (value is null)
                return;
            parts.Add($"m.{column} = @{column}");
            _values.Add((column, value));
        }
    }

    private MetricCondition(string sql, List<(string Name, object Value)> values) => (Sql, _values) = (sql, values);

    /// <summary>This condition and one more, with its values.</summary>
    public MetricCondition And(string sql, params ReadOnlySpan<(string Name, object Value)> values) => new($"{Sql} AND {sql}", [.. _values, .. values]);

    /// <summary>The same condition for a query that takes one more value.</summary>
    public MetricCondition With(string name, object value) => new(Sql, [.. _values, (name, value)]);

    /// <summary>The condition.</summary>
    public string Sql { get; }

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
