using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Ingest.Import;
using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Ingest;

/// <summary>What <c>GET /performance/jobs</c> exports, <c>./perfdash import</c> reads back to the same figures.</summary>
public sealed class ExportRoundTripTests(PerfDashApp source, TestDatabase target) : IClassFixture<PerfDashApp>, IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const string Rows =
        """
        SELECT string_agg(line, E'\n' ORDER BY line COLLATE "C") FROM (
            SELECT concat_ws('|', w.name, k.name, k.gpu_model, coalesce(p.name, '-'), coalesce(c.name, '-'), coalesce(s.name, '-'), coalesce(m.resolution_tier, '-'), coalesce(m.time_per_frame_ms::text, '-'),
                             coalesce(m.total_gpu_time_ms::text, '-'), coalesce(m.total_wall_time_ms::text, '-'), coalesce(m.vram_peak_mb::text, '-'), coalesce(m.frame_count::text, '-'),
                             coalesce(m.quality_scores_json::text, '-'), coalesce(m.pipeline_stages_json::text, '-'), coalesce(j.parameters::text, '-'), j.status,
                             m.created_at, j.completed_at, coalesce(j.started_at::text, '-'), j.created_at, coalesce(j.external_id, '-')) AS line
            FROM performance_metrics AS m JOIN jobs AS j ON j.id = m.job_id JOIN workflows AS w ON w.id = m.workflow_id JOIN workers AS k ON k.id = m.worker_id
            LEFT JOIN projects AS p ON p.id = m.project_id LEFT JOIN characters AS c ON c.id = m.character_id LEFT JOIN scenes AS s ON s.id = m.scene_id) AS lines
        """;

    // A job without a key of its own has one where it was imported.
    private const string WithoutKeys = "regexp_replace(lines, '\\|(-|export:[^\\n]*)$', '|-', 'gn')";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await source.Database.ClearAsync();
        await target.ClearAsync();
        await source.Database.AddEntitiesAsync();
        await source.Database.AddJobsAsync(FarmRows.MakeUp(seed: 21, jobs: 300, new DateTime(2024, 2, 20, 0, 0, 0, DateTimeKind.Utc), days: 20));
        await source.Database.ExecuteAsync(
            """
            INSERT INTO workflows (id, name, external_id) VALUES (10, '=1+1, "quoted"', 'portrait'), (11, E'  two\nlines ', NULL), (12, 'Workflow 1', NULL), (13, '''=apostrophe', NULL);
            INSERT INTO workers (id, name, external_id, gpu_model) VALUES (10, '-gpu ü 😀', 'host-10', 'RTX "4090"'), (11, 'gpu-1', NULL, NULL);
            INSERT INTO characters (id, name) VALUES (7, 'Ann, the first'); INSERT INTO scenes (id, name) VALUES (8, '@night');
            """);
        // Through capture: with and without times of their own, with a figure that could not be used, with seeds no double can distinguish.
        await source.Database.ExecuteAsync(
            """
            INSERT INTO jobs (id, external_id, workflow_id, worker_id, project_id, character_id, scene_id, status, parameters, result, created_at, started_at, completed_at)
            SELECT 1000 + i, CASE WHEN i % 2 = 0 THEN '+shot ' || i END, 10 + i % 4, 10 + i % 2, CASE WHEN i % 3 = 0 THEN 2 END, 7, 8, 'completed',
                   ('{"seed": ' || (9007199254740992 + i) || ', "cfg": "7", "steps": 7.50, "lora": {"a": [1, "x"]}, "on": true, "none": null}')::jsonb,
                   ('{"frame_count": 48, "total_gpu_time_ms": ' || 1000 * i || ', "total_wall_time_ms": ' || CASE WHEN i % 5 = 0 THEN '"long"' ELSE '60000' END
                    || ', "time_per_frame_ms": ' || CASE WHEN i % 4 = 0 THEN '-1' ELSE '812.3' END || ', "resolution_tier": " 1080p ", "vram_peak_mb": 18210,
                      "quality_scores": {"likeness": 0.92, "a_b.c d": -1e-7, "=odd": 3}, "pipeline_stages": [{"name": "sample", "duration_ms": 1.5}, {"name": "=load", "duration_ms": 2}, {"name": "sample", "duration_ms": 3}]}')::jsonb,
                   '2024-02-21T09:00:00.123456Z', CASE WHEN i % 7 <> 0 THEN timestamptz '2024-02-21T10:00:00.5Z' END, timestamptz '2024-02-21T11:00:00.123456Z' + i * INTERVAL '1 second'
            FROM generate_series(1, 40) AS i
            """);
        await Eventually.EqualAsync(340L, () => source.Database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    public async Task Every_figure_is_the_same_in_an_empty_database(string format)
    {
        using var export = await ExportAsync(format);

        Assert.Equal((340, 0, 0), Counts(await ImportAsync(target.Get<HistoryImport>(), export)));

        Assert.Equal(await RowsAsync(source.Database), await RowsAsync(target));
        Assert.Equal(
            await source.Database.ScalarAsync<long>("SELECT count(*) FROM (SELECT DISTINCT workflow_id, worker_id FROM performance_metrics) AS pairs"),
            await target.ScalarAsync<long>("SELECT count(*) FROM (SELECT DISTINCT workflow_id, worker_id FROM performance_metrics) AS pairs"));
        Assert.Equal((0, 340, 0), Counts(await ImportAsync(target.Get<HistoryImport>(), export)));
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    public async Task Where_it_came_from_it_adds_nothing(string format)
    {
        using var export = await ExportAsync(format);
        var before = await RowsAsync(source.Database);

        Assert.Equal((0, 340, 0), Counts(await ImportAsync(source.Services.GetRequiredService<HistoryImport>(), export)));

        Assert.Equal(before, await RowsAsync(source.Database));
        Assert.Equal(7, await source.Database.ScalarAsync<long>("SELECT count(*) FROM workflows"));
    }

    [Fact]
    public async Task Csv_and_json_bring_the_same_jobs_and_a_job_of_another_farm_with_the_same_id_is_not_taken_for_one()
    {
        await target.ExecuteAsync(
            "INSERT INTO workflows (name) VALUES ('Other'); INSERT INTO workers (name) VALUES ('other'); INSERT INTO jobs (workflow_id, worker_id, status) SELECT 1, 1, 'completed' FROM generate_series(1, 50) AS i");
        await target.DrainAsync();
        using var csv = await ExportAsync("csv");
        using var json = await ExportAsync("json");

        Assert.Equal((340, 0, 0), Counts(await ImportAsync(target.Get<HistoryImport>(), csv)));
        Assert.Equal((0, 340, 0), Counts(await ImportAsync(target.Get<HistoryImport>(), json)));
        Assert.Equal(50, await target.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE workflow_id = 1"));
    }

    [Fact]
    public async Task An_exported_job_can_be_reported_over_HTTP()
    {
        var job = JsonElement.Parse(await source.Client.GetStringAsync("/performance/jobs?from=2024-01-01&limit=1", Cancel)).GetProperty("items")[0];
        await using var other = PerfDashApp.Start(target.ConnectionString);
        using var client = new HttpClient { BaseAddress = new Uri(PerfDashApp.AddressOf(other)) };
        client.DefaultRequestHeaders.Add("X-Api-Key", PerfDashApp.ApiKey);
        using var body = new StringContent(job.GetRawText(), Encoding.UTF8, "application/json");

        using var answer = await client.PostAsync("/performance/jobs/completed", body, Cancel);

        Assert.Equal("""{"accepted":1,"duplicates":0,"rejected":[]}""", await answer.Content.ReadAsStringAsync(Cancel));
        await Eventually.EqualAsync(1L, () => target.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
        var stored = await target.ScalarAsync<DateTime>("SELECT created_at FROM performance_metrics");
        Assert.Equal(job.GetProperty("created_at").GetDateTime(), stored);
    }

    private static (long, long, long) Counts(ImportResult result) => (result.Imported, result.Duplicates, result.Rejected);

    private static async Task<ImportResult> ImportAsync(HistoryImport import, HistoryText export)
    {
        var result = await import.RunAsync(await export.OpenAsync(), shiftToNow: false, null, Cancel);
        Assert.Empty(result.RejectedLines);
        return result;
    }

    private static Task<string> RowsAsync(TestDatabase database) => database.ScalarAsync<string>($"SELECT {WithoutKeys} FROM ({Rows}) AS all_rows(lines)");

    private async Task<HistoryText> ExportAsync(string format)
    {
        const string Range = "/performance/jobs?from=2024-01-01&to=2025-01-01";
        if (format == "csv")
            return HistoryText.Csv(await source.Client.GetStringAsync($"{Range}&limit=1000&format=csv", Cancel));
        var pages = new StringBuilder();
        for (string? cursor = null; ;)
        {
            var page = await source.Client.GetStringAsync($"{Range}&limit=100{(cursor is null ? "" : $"&cursor={cursor}")}", Cancel);
            pages.Append(page).Append('\n');
            cursor = JsonElement.Parse(page).GetProperty("next_cursor").GetString();
            if (cursor is null)
                return HistoryText.Named("jobs.json", Encoding.UTF8.GetBytes(pages.ToString()));
        }
    }
}
