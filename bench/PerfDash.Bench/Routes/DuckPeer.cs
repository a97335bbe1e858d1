using System.Globalization;
using DuckDB.NET.Data;
using Npgsql;

namespace PerfDash.Bench.Routes;

/// <summary>The same rows in DuckDB, a column store that lives in the process that asks: how fast such sums can be.</summary>
internal sealed class DuckPeer : IDisposable
{
    private readonly DuckDBConnection _connection;

    private DuckPeer(DuckDBConnection connection) => _connection = connection;

    /// <summary>Copies the metrics into a file beside the server's; prices and the parameter <c>cfg</c> with them.</summary>
    public static async Task<DuckPeer> LoadAsync(BenchServer server, CancellationToken stop)
    {
        Console.Error.WriteLine("routes: copying to DuckDB");
        var csv = Path.Combine(server.Directory, "metrics.csv");
        await using (var connection = await server.DataSource.OpenConnectionAsync(stop))
        await using (var file = new StreamWriter(csv))
        {
            await using (var settings = new NpgsqlCommand("SET timezone = 'UTC'", connection))
                await settings.ExecuteNonQueryAsync(stop);
            using var rows = await connection.BeginTextExportAsync(
                """
                COPY (
                    SELECT m.job_id, m.workflow_id, m.worker_id, m.resolution_tier AS tier, m.time_per_frame_ms, m.total_gpu_time_ms, m.total_wall_time_ms, m.vram_peak_mb,
                           m.frame_count, m.created_at::timestamp AS created_at, m.likeness, m.face_confidence, m.motion_quality, m.boundary_ssim,
                           k.gpu_hour_price AS price, (j.parameters ->> 'cfg')::float8 AS cfg
                    FROM performance_metrics AS m JOIN workers AS k ON k.id = m.worker_id JOIN jobs AS j ON j.id = m.job_id
                ) TO STDOUT (FORMAT csv, HEADER)
                """,
                stop);
            var buffer = new char[1 << 16];
            for (int read; (read = await rows.ReadAsync(buffer.AsMemory(), stop)) > 0;)
                await file.WriteAsync(buffer.AsMemory(0, read), stop);
        }

        var duck = new DuckDBConnection($"Data Source={Path.Combine(server.Directory, "metrics.duckdb")}");
        await duck.OpenAsync(stop);
        var peer = new DuckPeer(duck);
        await peer.RunAsync(string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE metrics AS SELECT * FROM read_csv('{csv}', sample_size = -1)"), stop);
        File.Delete(csv);
        return peer;
    }

    /// <summary>Runs a query and reads its rows.</summary>
    public async Task RunAsync(string sql, CancellationToken stop)
    {
        await using var command = _connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
        {
        }
    }

    public void Dispose() => _connection.Dispose();
}
