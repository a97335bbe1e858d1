using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PerfDash.Data;

namespace PerfDash.Tests.Support;

/// <summary>What PostgreSQL plans to do for one command.</summary>
/// <param name="Sql">The command.</param>
/// <param name="Partitions">The tables of metrics it reads, by name.</param>
/// <param name="IndexConditions">Conditions that indexes answer.</param>
/// <param name="SequentialScans">Tables it reads from end to end.</param>
internal sealed record CapturedPlan(string Sql, IReadOnlyList<string> Partitions, IReadOnlyList<string> IndexConditions, IReadOnlyList<string> SequentialScans);

/// <summary>Listens to what the services ask of the database and has each question explained instead of timed.</summary>
internal sealed class CapturedPlans : DbCommandInterceptor
{
    private readonly ConcurrentQueue<(string Sql, NpgsqlParameter[] Parameters)> _commands = [];

    /// <summary>The plans of everything that is asked of metrics while <paramref name="ask"/> runs.</summary>
    public static async Task<IReadOnlyList<CapturedPlan>> OfAsync(TestDatabase database, Func<IServiceProvider, Task> ask)
    {
        var heard = new CapturedPlans();
        await using (var services = TestDatabase.ServicesOver(
            database.ConnectionString, more => more.ConfigureDbContext<PerfDashDbContext>(options => options.AddInterceptors(heard))))
        {
            await ask(services);
        }

        List<CapturedPlan> plans = [];
        foreach (var (sql, parameters) in heard._commands.Where(c => c.Sql.Contains("performance_metrics", StringComparison.Ordinal) || c.Sql.Contains("scored_metrics", StringComparison.Ordinal)))
        {
            await using var command = database.DataSource.CreateCommand("EXPLAIN (FORMAT JSON) " + sql);
            command.Parameters.AddRange(parameters);
            var plan = JsonElement.Parse((string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!);
            var nodes = Nodes(plan[0].GetProperty("Plan")).ToList();
            plans.Add(new CapturedPlan(
                sql,
                [.. nodes.Select(n => Text(n, "Relation Name")).OfType<string>().Where(t => t.StartsWith("performance_metrics", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)],
                [.. nodes.Select(n => Text(n, "Index Cond")).OfType<string>()],
                [.. nodes.Where(n => Text(n, "Node Type") == "Seq Scan").Select(n => Text(n, "Relation Name")!)]));
        }

        return plans;
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        _commands.Enqueue((command.CommandText, [.. command.Parameters.Cast<NpgsqlParameter>().Select(p => p.Clone())]));
        return ValueTask.FromResult(result);
    }

    private static IEnumerable<JsonElement> Nodes(JsonElement node) =>
        node.TryGetProperty("Plans", out var below) ? below.EnumerateArray().SelectMany(Nodes).Prepend(node) : [node];

    private static string? Text(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? value.GetString() : null;
}
