using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Playwright;
using PerfDash.Bench.Routes;

namespace PerfDash.Bench.Pages;

/// <summary>
/// How long each page takes to show its main figures on a full database, while other circuits are open and jobs complete, and
/// what a circuit costs in memory.
/// </summary>
internal sealed class PageFigure(int rows, int rounds)
{
    private const int Circuits = 20;
    private const int JobsPerSecond = 50;
    private const int Copied = 500;
    private const double AimMs = 1000;

    // Name, address, and what holds the page's main figures.
    private static readonly (string Name, string Path, string Main)[] Addresses =
    [
        ("Overview", "/", ".stat-grid"),
        ("Workflows", "/workflows", "[data-test=workflows]"),
        ("one workflow", "/workflows/{workflow}", ".stat-grid"),
        ("Quality", "/quality", "[data-test=histogram]"),
        ("Compare", "/compare?workflows={workflow},{other}", "[data-test=compare-table]"),
        ("Workers", "/workers", "[data-test=ranking]"),
        ("one worker", "/workers/{worker}", "[data-test=worker-job-types]"),
        ("Jobs", "/jobs", "[data-test=jobs-table]"),
        ("one job", "/jobs/{job}", "[data-test=figures]"),
        ("Estimate", "/estimate?workflow={workflow}&frames=48", "[data-test=estimate]"),
        ("Alerts", "/alerts", "main .panel, main .mud-paper"),
        ("Collection", "/collection", ".stat-grid"),
        ("Settings", "/settings", "[data-test=settings-workers] table"),
    ];

    public async Task<string> RunAsync(CancellationToken stop)
    {
        await using var server = await BenchServer.StartAsync(stop);
        Console.Error.WriteLine($"pages: writing {Figure.Whole(rows)} rows");
        await RouteRows.WriteAsync(server, rows, stop);
        var program = await PerfDashProcess.PublishAsync(server.Directory, stop);
        await using var perfDash = await PerfDashProcess.StartAsync(program, server.ConnectionString, stop);
        await using var browser = await Browser.StartAsync();
        var storage = await browser.SignInAsync(perfDash.SignInLink);
        var root = perfDash.SignInLink.GetLeftPart(UriPartial.Authority);
        var paths = await PathsAsync(server, stop);

        var alone = await MeasureAsync(browser, storage, root, paths, stop);
        var before = perfDash.ResidentMb;
        Console.Error.WriteLine($"pages: opening {Circuits} circuits");
        var crowd = await browser.NewContextAsync(storage: storage);
        for (var i = 0; i < Circuits; i++)
            await Browser.ShownAsync(await OpenAsync(crowd, root + "/"));
        var perCircuit = (perfDash.ResidentMb - before) / Circuits;

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var began = Stopwatch.GetTimestamp();
        var completing = CompleteJobsAsync(server, ending.Token);
        var crowded = await MeasureAsync(browser, storage, root, paths, stop);
        await ending.CancelAsync();
        var completed = await completing;
        return Table(alone, crowded, perCircuit, before, completed, Stopwatch.GetElapsedTime(began));
    }

    private async Task<List<Opening>> MeasureAsync(
        Browser browser, string storage, string root, List<(string Name, string Path, string Main)> paths, CancellationToken stop)
    {
        var figures = new List<Opening>();
        foreach (var (name, path, main) in paths)
        {
            Console.Error.WriteLine($"pages: {name}");
            var (first, mains, currents, alls) = (0d, new List<double>(), new List<double>(), new List<double>());
            for (var round = -1; round < rounds; round++)
            {
                stop.ThrowIfCancellationRequested();
                var context = await browser.NewContextAsync(storage: storage);
                var page = await context.NewPageAsync();
                var started = Stopwatch.GetTimestamp();
                await page.GotoAsync(root + path);
                await Browser.ShownAsync(page, main);
                var toMain = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                await Browser.CurrentAsync(page);
                var toCurrent = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                await Browser.ShownAsync(page);
                if (round < 0)
                {
                    first = toCurrent;
                }
                else
                {
                    mains.Add(toMain);
                    currents.Add(toCurrent);
                    alls.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }

                await context.CloseAsync();
            }

            figures.Add(new Opening(name, first, new Sample(mains), new Sample(currents), new Sample(alls)));
        }

        return figures;
    }

    private static async Task<IPage> OpenAsync(IBrowserContext context, string address)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(address);
        return page;
    }

    private static async Task<List<(string Name, string Path, string Main)>> PathsAsync(BenchServer server, CancellationToken stop)
    {
        var ids = await server.ScalarAsync<long[]>(
            """
            SELECT ARRAY[(array_agg(workflow_id ORDER BY n DESC))[1], (array_agg(workflow_id ORDER BY n DESC))[2],
                         (SELECT min(worker_id) FROM performance_metrics), (SELECT max(job_id) FROM performance_metrics)]
            FROM (SELECT workflow_id, count(*) AS n FROM performance_metrics GROUP BY 1) AS w
            """,
            stop);
        string Id(int i) => ids[i].ToString(CultureInfo.InvariantCulture);
        return [.. Addresses.Select(a => (a.Name, a.Path.Replace("{workflow}", Id(0), StringComparison.Ordinal).Replace("{other}", Id(1), StringComparison.Ordinal)
            .Replace("{worker}", Id(2), StringComparison.Ordinal).Replace("{job}", Id(3), StringComparison.Ordinal), a.Main))];
    }

    /// <summary>Completes jobs at an even rate until it is stopped, and says how many.</summary>
    private static async Task<int> CompleteJobsAsync(BenchServer server, CancellationToken stop)
    {
        await server.ExecuteAsync(
            $"""
            CREATE TABLE bench_jobs AS
            SELECT row_number() OVER () AS n, workflow_id, worker_id,
                   jsonb_build_object('frame_count', frame_count, 'total_gpu_time_ms', total_gpu_time_ms, 'vram_peak_mb', vram_peak_mb,
                                      'resolution_tier', resolution_tier, 'quality_scores', quality_scores_json, 'pipeline_stages', pipeline_stages_json) AS result
            FROM performance_metrics WHERE job_id > (SELECT max(job_id) - {Copied} FROM performance_metrics)
            """,
            stop);
        var completed = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / JobsPerSecond));
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await server.ExecuteAsync(
                    $"""
                    INSERT INTO jobs (workflow_id, worker_id, status, started_at, completed_at, result)
                    SELECT workflow_id, worker_id, 'completed', now() - INTERVAL '40 seconds', now(), result FROM bench_jobs WHERE n = {(completed % Copied) + 1}
                    """,
                    CancellationToken.None);
                completed++;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The measurement is over.
        }

        return completed;
    }

    private string Table(List<Opening> alone, List<Opening> crowded, double perCircuitMb, double beforeMb, int completed, TimeSpan took)
    {
        var table = new StringBuilder(
            $"""
            ### How long pages take

            {Figure.Whole(rows)} jobs in 30 days. From the request to the moment the page shows its main figures, to the moment they are no longer older ones
            shown meanwhile, and until no placeholder is left (the parts that load later on purpose included); a new window each time. *First*: once, when nobody has it open.
            *Again*: median of {rounds}. Then with {Circuits} overviews open in the same browser on the same machine while {JobsPerSecond} jobs/s were to complete
            ({Figure.Ms(completed / took.TotalSeconds)}/s did). Resident memory {Figure.Whole(beforeMb)} MB before, {Figure.Ms(perCircuitMb)} MB more per open overview.

            | page | first, alone: current ms | again, alone: main, current, all | first, crowded: current | again, crowded: main (least to most) | current | all | aim for main, crowded |
            |---|---:|---:|---:|---:|---:|---:|---|

            """);
        foreach (var (calm, busy) in alone.Zip(crowded))
        {
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {calm.Name} | {Figure.Whole(calm.FirstMs)} | {Figure.Whole(calm.Main.Median)}, {Figure.Whole(calm.Current.Median)}, {Figure.Whole(calm.All.Median)} | {Figure.Whole(busy.FirstMs)} | {Figure.Whole(busy.Main.Median)} ({Figure.Whole(busy.Main.Min)} to {Figure.Whole(busy.Main.Max)}) | {Figure.Whole(busy.Current.Median)} | {Figure.Whole(busy.All.Median)} | < {AimMs}: {(busy.Main.Median < AimMs ? "met" : "missed")} |");
        }

        return table.ToString();
    }

    private sealed record Opening(string Name, double FirstMs, Sample Main, Sample Current, Sample All);
}
