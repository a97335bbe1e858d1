using System.Globalization;
using PerfDash.Core.Ingest.Import;

namespace PerfDash.Tests.Ingest;

/// <summary>The real trace, imported by the example map, against figures added up here by hand.</summary>
public sealed class RealTraceTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_trace_gives_the_figures_of_its_own_file_and_no_job_twice()
    {
        var trace = Above("shared/data/gentd26/requests.csv");
        if (trace is null)
            Assert.Skip("The trace ../shared/data/gentd26/requests.csv is not on this machine.");
        var map = await ImportMapReader.LoadAsync(Above("docs/examples/gentd26.map.json")!, Cancel);
        var file = await HistoryFile.OpenAsync(trace, map, Cancel);
        var import = database.Get<HistoryImport>();

        var first = await import.RunAsync(file, shiftToNow: false, null, Cancel);
        var second = await import.RunAsync(file, shiftToNow: true, null, Cancel);

        Assert.Equal((16_000, 0, 0), (first.Imported, first.Duplicates, first.Rejected));
        Assert.Equal((0, 16_000, 0), (second.Imported, second.Duplicates, second.Rejected));
        var rows = (await File.ReadAllLinesAsync(trace, Cancel)).Skip(1).Select(line => line.Split(',')).ToList();
        var succeeded = rows.Where(r => r[2] == "SUCCEED").ToList();
        Assert.Equal(15_730, succeeded.Count);
        Assert.Equal(rows.GroupBy(r => r[2]).Select(g => (Word(g.Key), g.LongCount())).Order(), (await PairsAsync("SELECT status, count(*) FROM jobs GROUP BY 1")).Order());
        Assert.Equal(succeeded.Select(FiguresOf).Order(StringComparer.Ordinal), (await FiguresAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(0, await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE total_gpu_time_ms IS NOT NULL OR vram_peak_mb IS NOT NULL OR quality_scores_json IS NOT NULL"));
        Assert.Equal(0, await database.ScalarAsync<long>("SELECT count(*) FROM job_collections WHERE warnings IS NOT NULL"));
        Assert.Equal(
            succeeded.GroupBy(r => (r[9], r[8])).Select(g => $"{g.Key.Item1} {Number(g.Key.Item2):0}: {g.Count()}").Order(StringComparer.Ordinal),
            (await PairsAsync("SELECT w.name || ' ' || (j.parameters->>'steps'), count(*) FROM jobs j JOIN workflows w ON w.id = j.workflow_id WHERE status = 'completed' GROUP BY 1"))
                .Select(p => (Name: p.Name.Split(' '), p.Count)).GroupBy(p => (p.Name[^2], p.Name[^1])).Select(g => $"{g.Key.Item1} {g.Key.Item2}: {g.Sum(p => p.Count)}").Order(StringComparer.Ordinal));
    }

    // One text for each job: workflow, project, end, wall time, frames, time per frame.
    private static string FiguresOf(string[] row)
    {
        var end = DateTime.ParseExact(row[0], "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture).AddSeconds(Number(row[3]));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{row[1]} {row[9]}|{row[4]}|{end:yyyy-MM-dd HH:mm:ss}|{Number(row[3]) * 1000:0}|{Number(row[7]):0}|{Number(row[3]) * 1000 / Number(row[7]):0}");
    }

    private async Task<List<string>> FiguresAsync()
    {
        await using var command = database.DataSource.CreateCommand(
            """
            SELECT w.name, p.name, m.created_at, m.total_wall_time_ms, m.frame_count, m.time_per_frame_ms
            FROM performance_metrics m JOIN workflows w ON w.id = m.workflow_id JOIN projects p ON p.id = m.project_id
            """);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var figures = new List<string>();
        while (await reader.ReadAsync(Cancel))
        {
            figures.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{reader.GetString(0)}|{reader.GetString(1)}|{reader.GetDateTime(2):yyyy-MM-dd HH:mm:ss}|{reader.GetInt64(3)}|{reader.GetInt32(4)}|{reader.GetFloat(5):0}"));
        }

        return figures;
    }

    private async Task<List<(string Name, long Count)>> PairsAsync(string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var pairs = new List<(string, long)>();
        while (await reader.ReadAsync(Cancel))
            pairs.Add((reader.GetString(0), reader.GetInt64(1)));
        return pairs;
    }

    private static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);

    private static string Word(string status) => status switch
    {
        "SUCCEED" => "completed",
        "FAILED" => "failed",
        "PENDING" => "pending",
        _ => "running",
    };

    /// <summary>The file in one of the folders above the test program, or null.</summary>
    private static string? Above(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Path.Combine(folder.FullName, relative) is var path && File.Exists(path))
                return path;
        }

        return null;
    }
}
