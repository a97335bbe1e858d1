using System.Globalization;
using Microsoft.Playwright;
using PerfDash.Core.Demo;

namespace PerfDash.Bench.Pages;

/// <summary>Pictures of every page for <c>docs/images</c>: the demo farm, both themes, and the overview as a phone shows it.</summary>
internal static class Pictures
{
    private const int HistoryJobs = 12_000;

    private static readonly (string Name, string Path)[] Pages =
    [
        ("overview", "/"), ("workflows", "/workflows"), ("workflow", "/workflows/{workflow}"), ("quality", "/quality"),
        ("compare", "/compare?workflows={workflow},{other}"), ("before-after", "/compare?mode=history&workflow={workflow}"), ("workers", "/workers"),
        ("worker", "/workers/{worker}"), ("jobs", "/jobs"), ("job", "/jobs/{job}"), ("estimate", "/estimate?workflow={workflow}&frames=48"),
        ("alerts", "/alerts"), ("thresholds", "/alerts?section=thresholds"), ("collection", "/collection"), ("settings", "/settings"),
    ];

    /// <summary>Writes them into <paramref name="folder"/> and says what was written.</summary>
    public static async Task<string> TakeAsync(string folder, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        await using var server = await BenchServer.StartAsync(stop);
        await new DemoHistory(server.DataSource, TimeProvider.System).SeedAsync(HistoryJobs, days: 62, seed: 7, progress: null, stop);
        var program = await PerfDashProcess.PublishAsync(server.Directory, stop);
        await using var perfDash = await PerfDashProcess.StartAsync(program, server.ConnectionString, stop);
        await using var browser = await Browser.StartAsync();
        var storage = await browser.SignInAsync(perfDash.SignInLink);
        var root = perfDash.SignInLink.GetLeftPart(UriPartial.Authority);
        var ids = await server.ScalarAsync<long[]>(
            """
            SELECT ARRAY[(array_agg(workflow_id ORDER BY n DESC))[1], (array_agg(workflow_id ORDER BY n DESC))[2],
                         (SELECT min(worker_id) FROM performance_metrics), (SELECT max(job_id) FROM performance_metrics)]
            FROM (SELECT workflow_id, count(*) AS n FROM performance_metrics GROUP BY 1) AS w
            """,
            stop);
        await BreachAsync(server, stop);
        string[] names = ["{workflow}", "{other}", "{worker}", "{job}"];
        foreach (var (theme, suffix) in new[] { (ColorScheme.Light, "-light"), (ColorScheme.Dark, "-dark") })
        {
            var context = await browser.NewContextAsync(theme, storage: storage);
            foreach (var (name, path) in Pages)
            {
                var address = names.Zip(ids).Aggregate(path, (text, id) => text.Replace(id.First, id.Second.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
                await TakeAsync(context, root + address, Path.Combine(folder, $"{name}{suffix}.png"));
            }

            await context.CloseAsync();
        }

        var phone = await browser.NewContextAsync(width: 390, height: 844, storage: storage);
        await TakeAsync(phone, root + "/", Path.Combine(folder, "overview-phone.png"));
        return $"{(Pages.Length * 2) + 1} pictures in {folder}";
    }

    /// <summary>Thresholds, and jobs that reach them, for the pages of alerts.</summary>
    private static async Task BreachAsync(BenchServer server, CancellationToken stop)
    {
        await server.ExecuteAsync(
            """
            INSERT INTO performance_alert_thresholds (metric_name, scope_type, scope_id, warning_threshold, critical_threshold, direction, for_jobs, note) VALUES
                ('time_per_frame_ms', 'global', NULL, 60000, 120000, 'above', 1, 'Look at the worker first'),
                ('vram_peak_mb', 'worker', (SELECT min(id) FROM workers), 23000, 24000, 'above', 3, NULL),
                ('quality.likeness', 'workflow', (SELECT min(id) FROM workflows), 0.75, 0.6, 'below', 1, NULL)
            """,
            stop);
        // The rules are forgotten by NOTIFY, so the jobs may follow at once.
        await server.ExecuteAsync(
            """
            INSERT INTO jobs (workflow_id, worker_id, status, started_at, completed_at, result)
            SELECT w.id, (SELECT min(id) FROM workers), 'completed', now() - INTERVAL '2 minutes', now(),
                   jsonb_build_object('frame_count', 1, 'total_gpu_time_ms', 70000 + 30000 * n, 'vram_peak_mb', 21000, 'quality_scores', jsonb_build_object('likeness', 0.9 - 0.1 * n))
            FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM workflows) AS w WHERE n <= 3
            """,
            stop);
        while (await server.ScalarAsync<long>("SELECT count(*) FROM alert_incidents", stop) < 3)
            await Task.Delay(100, stop);
    }

    private static async Task TakeAsync(IBrowserContext context, string address, string file)
    {
        Console.Error.WriteLine($"pictures: {file}");
        var page = await context.NewPageAsync();
        await page.GotoAsync(address);
        await Browser.ShownAsync(page);
        // Charts draw after their figures have come.
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await page.WaitForTimeoutAsync(1500);
        await page.ScreenshotAsync(new() { Path = file });
        await page.CloseAsync();
    }
}
