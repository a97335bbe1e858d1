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

    // What the first ones load is shared by all: no part of what another one costs.
    private const int FirstCircuits = 5;
    private const int JobsPerSecond = 50;
    private double AimMs => rows > 1_000_000 ? 1000 : 500;

    // Chromium says of a tab behind another that it is hidden; pages without a window have to be set so.
    private const string Hidden = "Object.defineProperty(document, 'hidden', { get: () => true })";

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

        await RouteRows.CloseAsync(server, stop);
        var alone = await MeasureAsync(browser, storage, root, paths, stop);
        var before = perfDash.ResidentMb;
        Console.Error.WriteLine($"pages: opening {Circuits} circuits");
        // In a browser of its own, as others have.
        await using var others = await Browser.StartAsync();
        var crowd = await others.NewContextAsync(storage: storage);
        await crowd.AddInitScriptAsync(Hidden);
        var fewMb = 0d;
        for (var i = 0; i < Circuits; i++)
        {
            await Browser.ShownAsync(await OpenAsync(crowd, root + "/"));
            if (i + 1 == FirstCircuits)
                fewMb = perfDash.ResidentMb;
        }

        var perCircuit = (perfDash.ResidentMb - fewMb) / (Circuits - FirstCircuits);

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await JobWriter.PrepareAsync(server, stop);
        var began = Stopwatch.GetTimestamp();
        var completing = JobWriter.RunAsync(server, JobsPerSecond, 1, ending.Token);
        var crowded = await MeasureAsync(browser, storage, root, paths, stop);
        await ending.CancelAsync();
        var completed = (await completing)[^1].Jobs;
        return Table(alone, crowded, perCircuit, before, completed, Stopwatch.GetElapsedTime(began));
    }

    private async Task<List<PageOpenings>> MeasureAsync(
        Browser browser, string storage, string root, List<(string Name, string Path, string Main)> paths, CancellationToken stop)
    {
        var figures = new List<PageOpenings>();
        foreach (var (name, path, main) in paths)
        {
            Console.Error.WriteLine($"pages: {name}");
            List<Opening> same = [], other = [];
            for (var round = 0; round <= rounds; round++)
                same.Add(await OpenAsync(browser, storage, root + path, main, stop));
            for (var round = 0; round < rounds; round++)
                other.Add(await OpenAsync(browser, storage, root + OfAnotherRange(path, round), main, stop));
            figures.Add(new PageOpenings(name, same[0], [.. same.Skip(1)], other));
        }

        return figures;
    }

    private static async Task<Opening> OpenAsync(Browser browser, string storage, string address, string main, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var context = await browser.NewContextAsync(storage: storage);
        var page = await context.NewPageAsync();
        var started = Stopwatch.GetTimestamp();
        await page.GotoAsync(address);
        await Browser.ShownAsync(page, main);
        var toMain = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        await Browser.ShownAsync(page);
        var opening = new Opening(toMain, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        // A tab that somebody closes takes leave of its circuit; a window that is only closed from outside would not.
        await page.GotoAsync("about:blank");
        await context.CloseAsync();
        return opening;
    }

    /// <summary>The page with a range that nobody has asked for: thirty days up to now, but for some minutes.</summary>
    private static string OfAnotherRange(string path, int round)
    {
        string Moment(TimeSpan before) => (DateTime.UtcNow - before).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        return $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}from={Moment(TimeSpan.FromMinutes((30 * 24 * 60) - round - 1))}&to={Moment(TimeSpan.Zero)}";
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

    private string Table(List<PageOpenings> alone, List<PageOpenings> crowded, double perCircuitMb, double beforeMb, long completed, TimeSpan took)
    {
        var table = new StringBuilder(
            $"""
            ### How long pages take

            {Figure.Whole(rows)} jobs in 30 days. From the request to the moment the page shows its main figures (*main*), and until no placeholder is left (*all*, the parts that load later on purpose included); a new window each time. *First*: once, when
            nobody has it open. *Again*: median of {rounds}. *Another range*: median of {rounds} openings of the page with a range that nobody asked for before.
            Then with {Circuits} overviews open in another browser on the same machine, as tabs behind another, while {JobsPerSecond} jobs/s were to complete
            ({Figure.Ms(completed / took.TotalSeconds)}/s did). Resident memory {Figure.Whole(beforeMb)} MB before, {Figure.Ms(perCircuitMb)} MB more for each overview after the fifth.

            | page | alone, ms: first: main | again: main, all | another range: main | crowded, ms: first: main | again: main (least to most), all | another range: main (least to most) | aim for main, crowded |
            |---|---:|---:|---:|---:|---:|---:|---|

            """);
        foreach (var (calm, busy) in alone.Zip(crowded))
        {
            string Met(Sample sample) => sample.Median < AimMs ? "met" : "missed";
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {calm.Name} | {Figure.Whole(calm.First.MainMs)} | {Figure.Whole(calm.Main.Median)}, {Figure.Whole(calm.All.Median)} | {Figure.Whole(calm.OtherRange.Median)} | {Figure.Whole(busy.First.MainMs)} | {Span(busy.Main)}, {Figure.Whole(busy.All.Median)} | {Span(busy.OtherRange)} | < {AimMs}: {Met(busy.Main)}; another range {Met(busy.OtherRange)} |");
        }

        return table.ToString();

        static string Span(Sample sample) => $"{Figure.Whole(sample.Median)} ({Figure.Whole(sample.Min)} to {Figure.Whole(sample.Max)})";
    }

    private sealed record Opening(double MainMs, double AllMs);

    private sealed record PageOpenings(string Name, Opening First, List<Opening> Again, List<Opening> Others)
    {
        public Sample Main => new([.. Again.Select(o => o.MainMs)]);

        public Sample All => new([.. Again.Select(o => o.AllMs)]);

        public Sample OtherRange => new([.. Others.Select(o => o.MainMs)]);
    }
}
