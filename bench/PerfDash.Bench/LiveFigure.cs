using System.Globalization;
using System.Text;
using Microsoft.Playwright;
using Npgsql;
using NpgsqlTypes;
using PerfDash.Core.Demo;

namespace PerfDash.Bench;

/// <summary>
/// How long after the COMMIT that completes a job an open overview shows it: the whole program, a browser, and the
/// moment its page changes by the page's own observer.
/// </summary>
internal sealed class LiveFigure(int samples)
{
    private const double AimMs = 300;
    private const int HistoryJobs = 25_000;

    // One day less than the page shows, so that no job leaves it while one arrives.
    private const int HistoryDays = 29;

    private static readonly int[] PagesOpen = [1, 6];

    // Keeps when the card changed; nextChange answers at once for what has happened already.
    private const string Observe =
        """
        () => {
            const value = document.querySelector('[data-test=jobs] .stat-value'), changes = [];
            let shown = value.textContent, waiting = [];
            new MutationObserver(() => {
                if (value.textContent === shown) return;
                shown = value.textContent;
                changes.push(performance.timeOrigin + performance.now());
                waiting = waiting.filter(settle => !settle());
            }).observe(document.querySelector('[data-test=jobs]'), { childList: true, characterData: true, subtree: true });
            window.nextChange = seen => new Promise(resolve => {
                const settle = () => changes.length > seen && (resolve(changes[seen]), true);
                if (!settle()) waiting.push(settle);
            });
        }
        """;

    public async Task<string> RunAsync(CancellationToken stop)
    {
        await using var server = await BenchServer.StartAsync(stop);
        await new DemoHistory(server.DataSource, TimeProvider.System).WriteCompletedJobsAsync(HistoryJobs, HistoryDays, seed: 42, stop);
        var program = await PerfDashProcess.PublishAsync(server.Directory, stop);
        await using var perfDash = await PerfDashProcess.StartAsync(program, server.ConnectionString, stop);
        Console.Error.WriteLine("live: collecting the history");
        await server.UntilCollectedAsync(stop);
        // What autovacuum would have done a minute later.
        await server.ExecuteAsync("VACUUM ANALYZE", stop);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Environment.GetEnvironmentVariable("PERFDASH_TEST_CHROMIUM") is { Length: > 0 } configured ? configured : "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-quic", "--disable-background-networking"],
        });
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 } });
        var page = await OpenAsync(context, perfDash.SignInLink);
        await page.EvaluateAsync(Observe);

        var figures = new List<(int Pages, Sample ToPage, Sample ToMetric)>();
        var seen = 0;
        foreach (var pages in PagesOpen)
        {
            while (context.Pages.Count < pages)
                await OpenAsync(context, new Uri(perfDash.SignInLink, "/"));
            Console.Error.WriteLine($"live: {samples} jobs under {pages} open pages");
            // The first shows the code its way and is not counted.
            var jobs = await AddRunningJobsAsync(server, samples + 1, stop);
            var (toPage, toMetric) = (new List<double>(), new List<double>());
            foreach (var job in jobs)
            {
                // Never in step with the poll, and always after the page's quarter of a second between two refreshes.
                await Task.Delay(600 + seen * 137 % 500, stop);
                var committed = await CompleteAsync(server, job, stop);
                var changed = await page.EvaluateAsync<double>("seen => window.nextChange(seen)", seen++).WaitAsync(TimeSpan.FromSeconds(30), stop);
                if (job == jobs[0])
                    continue;
                toPage.Add(changed - committed);
                toMetric.Add(await RecordedAsync(server, job, stop) - committed);
            }

            figures.Add((pages, new Sample(toPage), new Sample(toMetric)));
        }

        return Table(figures, await ClockDifferenceAsync(page));
    }

    private static async Task<IPage> OpenAsync(IBrowserContext context, Uri address)
    {
        var page = await context.NewPageAsync();
        if (address.Query.Length > 0)
            await Pages.Browser.UseLinkAsync(page, address);
        else
            await page.GotoAsync(address.AbsoluteUri);
        await page.Locator("[data-test=jobs] .stat-value").WaitForAsync();
        // Prerendered pages look ready before their circuit stands.
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        return page;
    }

    private static async Task<long[]> AddRunningJobsAsync(BenchServer server, int count, CancellationToken stop) => await server.ScalarAsync<long[]>(
        $"""
        WITH added AS (
            INSERT INTO jobs (workflow_id, worker_id, status, parameters, started_at)
            SELECT workflow_id, worker_id, 'running', parameters, now() FROM jobs WHERE status = 'completed' ORDER BY id LIMIT {count} RETURNING id
        )
        SELECT array_agg(id ORDER BY id) FROM added
        """,
        stop);

    /// <summary>Completes a job as its host would and returns the moment after the COMMIT, in ms since 1970.</summary>
    private static async Task<double> CompleteAsync(BenchServer server, long job, CancellationToken stop)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var result = new DemoFarm((int)job, now).Jobs(now.AddDays(-1), now, 20).First(done => !done.Failed).ResultJson();
        await using var command = server.DataSource.CreateCommand("UPDATE jobs SET status = 'completed', completed_at = now(), result = $2 WHERE id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = job });
        command.Parameters.Add(new NpgsqlParameter { Value = result, NpgsqlDbType = NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(stop);
        return NowMs();
    }

    private static Task<double> RecordedAsync(BenchServer server, long job, CancellationToken stop) =>
        server.ScalarAsync<double>($"SELECT extract(epoch FROM recorded_at)::float8 * 1000 FROM job_collections WHERE job_id = {job}", stop);

    /// <summary>How far the page's clock is ahead of this process's, in ms, by the quickest of some questions.</summary>
    private static async Task<double> ClockDifferenceAsync(IPage page)
    {
        var (difference, quickest) = (0.0, double.MaxValue);
        for (var i = 0; i < 50; i++)
        {
            var before = NowMs();
            var there = await page.EvaluateAsync<double>("() => performance.timeOrigin + performance.now()");
            var after = NowMs();
            if (after - before < quickest)
                (difference, quickest) = (there - (before + after) / 2, after - before);
        }

        return difference;
    }

    private static double NowMs() => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds;

    private string Table(List<(int Pages, Sample ToPage, Sample ToMetric)> figures, double clockDifferenceMs)
    {
        var table = new StringBuilder(
            $"""
            ### From COMMIT to the changed page

            {samples} jobs completed one by one by SQL, an overview of {Figure.Whole(HistoryJobs)} jobs open in Chromium on the same machine
            (its clock differs by {Figure.Ms(clockDifferenceMs)} ms from the one that took the COMMIT).

            | overviews open | COMMIT to | median ms | p95 ms | max ms | aim |
            |---:|---|---:|---:|---:|---|

            """);
        foreach (var (pages, toPage, toMetric) in figures)
        {
            table.AppendLine(CultureInfo.InvariantCulture, $"| {pages} | metric written | {Figure.Ms(toMetric.Median)} | {Figure.Ms(toMetric.Percentile(0.95))} | {Figure.Ms(toMetric.Max)} | |");
            table.AppendLine(CultureInfo.InvariantCulture, $"| {pages} | jobs card changed | {Figure.Ms(toPage.Median)} | {Figure.Ms(toPage.Percentile(0.95))} | {Figure.Ms(toPage.Max)} | < {AimMs}: {(toPage.Median < AimMs ? "met" : "missed")} |");
        }

        return table.ToString();
    }
}
