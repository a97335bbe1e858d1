using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace PerfDash.Bench.Routes;

/// <summary>The rows that questions are asked about.</summary>
internal static class RouteRows
{
    /// <summary>Writes them; see rows.sql.</summary>
    public static async Task WriteAsync(BenchServer server, int rows, CancellationToken stop)
    {
        using var resource = typeof(RouteRows).Assembly.GetManifestResourceStream("rows.sql")!;
        using var reader = new StreamReader(resource);
        await server.ExecuteAsync($"SET bench.rows = {rows.ToString(CultureInfo.InvariantCulture)}; {await reader.ReadToEndAsync(stop)}", stop);
        // What autovacuum does within minutes, said so that no measurement meets it.
        await server.ExecuteAsync("VACUUM (ANALYZE)", stop);
        await server.ExecuteAsync("CHECKPOINT", stop);
    }

    /// <summary>Waits until a program on the database has closed all hours and days, and does what autovacuum would do within minutes.</summary>
    /// <returns>How long it took.</returns>
    public static async Task<TimeSpan> CloseAsync(BenchServer server, CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        Console.Error.WriteLine("closing hours and days");
        while (await server.ScalarAsync<long>("SELECT count(*) FROM rollup_spans WHERE start < date_trunc('day', now(), 'UTC')", stop) < 30 * (24 + 24 + 1))
            await Task.Delay(500, stop);
        var took = Stopwatch.GetElapsedTime(start);
        await server.ExecuteAsync("VACUUM (ANALYZE) rollup_sums, rollup_bins, rollup_worker_gpu, rollup_stages, rollup_busy, rollup_spans", stop);
        return took;
    }

    /// <summary>The 30 days they lie in, ISO 8601.</summary>
    public static async Task<(string From, string To)> RangeAsync(BenchServer server, CancellationToken stop)
    {
        var to = await server.ScalarAsync<DateTime>("SELECT date_trunc('day', now(), 'UTC')", stop);
        return (Text(to.AddDays(-30)), Text(to));

        static string Text(DateTime moment) => moment.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
    }

    /// <summary>Counts the range's metrics by reading the table.</summary>
    public static async Task PlainScanAsync(BenchServer server, (string From, string To) range, CancellationToken stop)
    {
        await using var connection = await server.DataSource.OpenConnectionAsync(stop);
        await using (var settings = new NpgsqlCommand("SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off", connection))
            await settings.ExecuteNonQueryAsync(stop);
        await using var count = new NpgsqlCommand("SELECT count(*) FROM performance_metrics WHERE created_at >= $1 AND created_at < $2", connection);
        count.Parameters.Add(new() { Value = Moment(range.From) });
        count.Parameters.Add(new() { Value = Moment(range.To) });
        count.CommandTimeout = 0;
        await count.ExecuteScalarAsync(stop);

        static DateTime Moment(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).UtcDateTime;
    }
}
