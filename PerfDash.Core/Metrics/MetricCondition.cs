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
        Add("resolution_tier", filter.ResolutionTier);
        Sql = string.Join(" AND ", parts);

        void Add(string column, object? value)
        {
            if (value is null)
                return;
            parts.Add($"m.{column} = @{column}");
            _values.Add((column, value));
        }
    }

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
