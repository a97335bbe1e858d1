using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Playwright;
using PerfDash.Bench.Routes;

namespace PerfDash.Bench.Pages;

/// <summary>
/// A busy farm watched by many: two instances on one database, open overviews on both, and hundreds of completions a second. How late
/// pages and metrics are, how often pages change, and what memory does.
/// </summary>
internal sealed class CrowdFigure(TimeSpan length)
{
    private const int Rows = 1_000_000;
    private const int Overviews = 50;
    private const int JobsPerSecond = 500;
    private const int JobsPerCommit = 5;

    // What the page shows and when, in ms since 1970.
    private const string Observe =
        """
        () => {
            const value = document.querySelector('[data-test=jobs] .stat-value');
            window.shown = [];
            new MutationObserver(() => window.shown.push([performance.timeOrigin + performance.now(), Number(value.textContent.replaceAll(',', ''))]))
                .observe(document.querySelector('[data-test=jobs]'), { childList: true, characterData: true, subtree: true });
        }
        """;

    // Fifty browsers belong to fifty people: on this machine their charts would take the cores that the farm needs. The server does all its work, and the page is patched.
    private const string UndrawnChart = "export async function create() { return { update() {}, dispose() {}, exportPng() {} }; }";

    public async Task<string> RunAsync(CancellationToken stop)
    {
        await using var server = await BenchServer.StartAsync(stop);
        Console.Error.WriteLine($"crowd: writing {Figure.Whole(Rows)} rows");
        await RouteRows.WriteAsync(server, Rows, stop);
        var range = await RouteRows.RangeAsync(server, stop);
        var program = await PerfDashProcess.PublishAsync(server.Directory, stop);
        await using var one = await PerfDashProcess.StartAsync(program, server.ConnectionString, stop);
        await RouteRows.CloseAsync(server, stop);
        await using var other = await PerfDashProcess.StartAsync(program, server.ConnectionString, stop);
        PerfDashProcess[] instances = [one, other];

        await using var watching = await Browser.StartAsync();
        await using var crowd = await Browser.StartAsync();
        List<IPage> pages = [];
        foreach (var instance in instances)
        {
            var storage = await watching.SignInAsync(instance.SignInLink);
            // From a moment that stays, so that no job leaves the range while others arrive.
            var address = $"{instance.SignInLink.GetLeftPart(UriPartial.Authority)}/?from={range.From}&to=now";
            var others = await crowd.NewContextAsync(storage: storage);
            await others.RouteAsync("**/ApexChart.razor*.js", route => route.FulfillAsync(new() { ContentType = "text/javascript", Body = UndrawnChart }));
            Console.Error.WriteLine($"crowd: opening {Overviews / instances.Length} overviews");
            for (var i = 0; i < Overviews / instances.Length; i++)
            {
                var page = await others.NewPageAsync();
                await page.GotoAsync(address);
                await Browser.ShownAsync(page);
            }

            pages.Add(await (await watching.NewContextAsync(storage: storage)).NewPageAsync());
            await pages[^1].GotoAsync(address);
            await Browser.ShownAsync(pages[^1]);
            await pages[^1].EvaluateAsync(Observe);
        }

        await JobWriter.PrepareAsync(server, stop);
        var before = await server.ScalarAsync<long>($"SELECT count(*) FROM performance_metrics WHERE created_at >= '{range.From}'", stop);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Console.Error.WriteLine($"crowd: {JobsPerSecond} jobs/s for {length}");
        var began = Stopwatch.GetTimestamp();
        var writing = JobWriter.RunAsync(server, JobsPerSecond, JobsPerCommit, ending.Token);
        List<double> lagsMs = [];
        List<(double One, double Other)> memory = [];
        while (Stopwatch.GetElapsedTime(began) < length)
        {
            await Task.Delay(1000, stop);
            lagsMs.Add(await server.ScalarAsync<double>("SELECT coalesce(extract(epoch FROM clock_timestamp() - min(queued_at)) * 1000, 0)::float8 FROM job_completions", stop));
            memory.Add((one.ResidentMb, other.ResidentMb));
        }

        await ending.CancelAsync();
        var commits = await writing;
        var took = Stopwatch.GetElapsedTime(began);
        List<PageChanges> changes = [];
        foreach (var page in pages)
            changes.Add(PageChanges.From(await page.EvaluateAsync<double[][]>("() => window.shown"), commits, before));
        return Table(commits[^1].Jobs / took.TotalSeconds, new Sample(lagsMs), changes, memory);
    }

    private string Table(double jobsPerSecond, Sample lag, List<PageChanges> changes, List<(double One, double Other)> memory)
    {
        var text = new StringBuilder(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            ### A busy farm, watched by many

            {Figure.Whole(Rows)} metrics in 30 days, two instances on one database, {Overviews} overviews open in a browser that draws no charts, and one more with charts on each instance; browsers,
            PostgreSQL and both instances share this machine. {Figure.Whole(jobsPerSecond)} completions a second for {length.TotalMinutes:0.#} minutes (aim {JobsPerSecond}). How late a page is: when it shows a count, how long ago
            the COMMIT was that brought the next job.

            | | median | p95 | max | aim |
            |---|---:|---:|---:|---|
            | a completion waits for its metric, ms (oldest, asked each second) | {Figure.Whole(lag.Median)} | {Figure.Whole(lag.Percentile(0.95))} | {Figure.Whole(lag.Max)} | < 1,000 |

            """));
        foreach (var (i, page) in changes.Index())
            text.AppendLine(CultureInfo.InvariantCulture, $"| the page of instance {i + 1} is late, ms | {Figure.Whole(page.Late.Median)} | {Figure.Whole(page.Late.Percentile(0.95))} | {Figure.Whole(page.Late.Max)} | < 1,000 |");
        foreach (var (i, page) in changes.Index())
            text.AppendLine(CultureInfo.InvariantCulture, $"| its changes a second | {page.PerSecond.Median:0.#} | {page.PerSecond.Percentile(0.95):0.#} | {page.PerSecond.Max:0} | ≤ 4 |");
        var minute = Math.Min(60, memory.Count - 1);
        text.AppendLine(CultureInfo.InvariantCulture, $"| resident memory after {minute} s and at the end, MB | {Figure.Whole(memory[minute].One)}, {Figure.Whole(memory[minute].Other)} | | {Figure.Whole(memory[^1].One)}, {Figure.Whole(memory[^1].Other)} | flat |");
        return text.ToString();
    }

    /// <summary>What a page showed while jobs completed.</summary>
    /// <param name="Late">At each change, ms since the COMMIT of the first job that it did not show.</param>
    /// <param name="PerSecond">Changes in each whole second.</param>
    private sealed record PageChanges(Sample Late, Sample PerSecond)
    {
        public static PageChanges From(double[][] shown, IReadOnlyList<Commit> commits, long before)
        {
            List<double> late = [];
            foreach (var change in shown)
            {
                var next = commits.FirstOrDefault(commit => commit.Jobs > change[1] - before);
                late.Add(next is null ? 0 : Math.Max(0, change[0] - next.AtMs));
            }

            return new PageChanges(new Sample(late), new Sample([.. shown.GroupBy(change => Math.Floor(change[0] / 1000)).Select(second => (double)second.Count())]));
        }
    }
}
