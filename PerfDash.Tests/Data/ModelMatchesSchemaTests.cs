using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using PerfDash.Data.Entities;

namespace PerfDash.Tests.Data;

/// <summary>EF Core's map against the database the SQL files make. Tables of Quartz, of roll-ups, of late scores and of OTLP are read by plain SQL and are not mapped.</summary>
public sealed class ModelMatchesSchemaTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_mapped_column_is_there_with_its_type_and_nullability_and_no_column_is_left_out()
    {
        await using var context = await database.ContextAsync();
        var mapped = Entities(context)
            // What is read with the host's rows and is PerfDash's own.
            .SelectMany(entity => entity.GetProperties().Where(p => p is not { Name: nameof(Workflow.MergedInto) }).Select(p => $"{entity.GetTableName()}.{p.GetColumnName()} {p.GetColumnType()} {(p.IsNullable && !IsReadAsNull(p) ? "null" : "not null")}"))
            .Concat(context.Model.GetEntityTypes().Where(e => e.IsMappedToJson()).Select(e => $"{e.GetTableName()}.{e.GetContainerColumnName()} {e.GetContainerColumnType() ?? "jsonb"} not null"))
            .Order(StringComparer.Ordinal);

        Assert.Equal(string.Join('\n', mapped), await LinesAsync(
            """
            SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE ' null' END AS line
            FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
              AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'perfdash_migrations' AND c.relname NOT LIKE 'perfdash_qrtz_%' AND c.relname NOT LIKE 'rollup_%' AND c.relname NOT LIKE '%_scores' AND c.relname NOT IN ('otlp_spans', 'workflow_versions', 'merged_workflows')
            """));
    }

    [Fact]
    public async Task Keys_are_the_same()
    {
        await using var context = await database.ContextAsync();
        var mapped = Entities(context)
            .Select(entity => $"{entity.GetTableName()}: {string.Join(", ", entity.FindPrimaryKey()!.Properties.Select(p => p.GetColumnName()))}")
            .Order(StringComparer.Ordinal);

        Assert.Equal(string.Join('\n', mapped), await LinesAsync(
            """
            SELECT c.relname || ': ' || string_agg(a.attname, ', ' ORDER BY array_position(k.conkey, a.attnum)) AS line
            FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY(k.conkey)
            WHERE k.contype = 'p' AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND c.relname <> 'perfdash_migrations' AND c.relname NOT LIKE 'perfdash_qrtz_%' AND c.relname NOT LIKE 'rollup_%' AND c.relname NOT LIKE '%_scores' AND c.relname NOT IN ('otlp_spans', 'workflow_versions', 'merged_workflows')
            GROUP BY c.relname
            """));
    }

    [Fact]
    public async Task Every_set_can_be_read()
    {
        await using var context = await database.ContextAsync();

        var sets = context.GetType().GetProperties().Where(p => p.PropertyType.IsGenericType && p.PropertyType.GetGenericTypeDefinition() == typeof(DbSet<>)).ToList();
        Assert.Equal(Entities(context).Count(), sets.Count);
        foreach (var set in sets)
            await ((IQueryable<object>)set.GetValue(context)!).ToListAsync(Cancel);
    }

    /// <summary>The host's tables are read through a query, which makes NULL of dates that .NET cannot hold.</summary>
    private static bool IsReadAsNull(IProperty property) => property.DeclaringType.ContainingEntityType.GetSqlQuery() is not null && property.GetColumnName() == "created_at";

    private static IEnumerable<IEntityType> Entities(DbContext context) => context.Model.GetEntityTypes().Where(e => !e.IsOwned());

    // "C", as StringComparer.Ordinal sorts.
    private Task<string> LinesAsync(string sql) =>
        database.ScalarAsync<string>(string.Create(CultureInfo.InvariantCulture, $"SELECT string_agg(line, E'\\n' ORDER BY line COLLATE \"C\") FROM ({sql}) AS lines"));
}
