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
        ("alerts", "/alerts"), ("collection", "/collection"), ("settings", "/settings"),
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
        string[] names = ["{workflow}", "{other}", "{worker}", "{job}"];
        foreach (var (theme, suffix) in new[] { (ColorScheme.Light, ""), (ColorScheme.Dark, "-dark") })
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
