using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace PerfDash.Bench.Routes;

/// <summary>
/// How long every question of the HTTP API takes on a full database: the published program in a process of its own, beside a
/// plain scan of the table over the same range and DuckDB's answer from the same rows.
/// </summary>
internal sealed class RouteFigure(int[] rowCounts, int rounds)
{
    private const string ApiKey = "bench-key-of-one-run";

    /// <summary>What each size is to stay below, and how much slower than the plain scan it may be (0: not asked).</summary>
    private static (double Ms, double Ratio) Aim(int rows) => rows <= 1_000_000 ? (1000, 1.5) : (3000, 0);

    public async Task<string> RunAsync(CancellationToken stop)
    {
        var text = new StringBuilder(
            $"""
            ### How long questions take

            30 days; median of {rounds} requests after two that are not counted, over HTTP on the same machine, one at a time. The plain
            scan is `SELECT count(*)` of the range with indexes switched off, of PostgreSQL's own parallel workers as many as it likes.
            DuckDB answers the sums of the same question from the same rows, typed, in a file of its own, on all cores.

            """);
        var directory = Directory.CreateTempSubdirectory("perfdash-bench-");
        try
        {
            var program = await PerfDashProcess.PublishAsync(directory.FullName, stop);
            foreach (var rows in rowCounts)
            {
                await using var server = await BenchServer.StartAsync(stop);
                text.AppendLine().AppendLine(await MeasureAsync(server, program, rows, stop));
            }

            return text.ToString();
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private async Task<string> MeasureAsync(BenchServer server, string program, int rows, CancellationToken stop)
    {
        Console.Error.WriteLine($"routes: writing {Figure.Whole(rows)} rows");
        await RouteRows.WriteAsync(server, rows, stop);
        var range = await RouteRows.RangeAsync(server, stop);
        using var duck = await DuckPeer.LoadAsync(server, stop);
        // A sweep of ten million jobs in the middle of a round would be measured with it.
        await using var perfDash = await PerfDashProcess.StartAsync(
            program, server.ConnectionString, stop, ("PerfDash__Auth__BootstrapApiKey", ApiKey), ("PerfDash__Collection__SweepInterval", "00:05:00"));
        using var client = new HttpClient { BaseAddress = new Uri(perfDash.SignInLink.GetLeftPart(UriPartial.Authority)), Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);

        var scan = await TimeAsync(() => RouteRows.PlainScanAsync(server, range, stop));
        var table = new StringBuilder(
            $"""
            **{Figure.Whole(rows)} metrics**, plain scan {Figure.Ms(scan.Median)} ms ({Figure.Ms(scan.Min)} to {Figure.Ms(scan.Max)}), load average {await LoadAsync(stop)}

            | question | ms (least to most) | ÷ plain scan | DuckDB ms | aim |
            |---|---:|---:|---:|---|

            """);
        foreach (var question in Question.All(range, rows))
        {
            Console.Error.WriteLine($"routes: {Figure.Whole(rows)} rows, {question.Name}");
            var took = await TimeAsync(() => AskAsync(client, question.Path, stop));
            Sample? peer = question.Duck is { } sql ? await TimeAsync(() => duck.RunAsync(sql, stop)) : null;
            table.AppendLine(Line(question, took, scan, peer, Aim(rows)));
        }

        return table.ToString();
    }

    private static string Line(Question question, Sample took, Sample scan, Sample? peer, (double Ms, double Ratio) aim)
    {
        var ratio = took.Median / scan.Median;
        var met = took.Median < aim.Ms && (aim.Ratio == 0 || ratio <= aim.Ratio) ? "met" : "missed";
        var wanted = aim.Ratio == 0 ? $"< {Figure.Whole(aim.Ms)} ms" : string.Create(CultureInfo.InvariantCulture, $"< {aim.Ms:0} ms and {aim.Ratio:0.0} ×");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {question.Name} | {Figure.Whole(took.Median)} ({Figure.Whole(took.Min)} to {Figure.Whole(took.Max)}) | {Figure.Ratio(ratio)} | {(peer is null ? "" : Figure.Whole(peer.Median))} | {wanted}: {met} |");
    }

    private async Task<Sample> TimeAsync(Func<Task> action)
    {
        var times = new List<double>();
        for (var round = -2; round < rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            await action();
            if (round >= 0)
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return new Sample(times);
    }

    private static async Task AskAsync(HttpClient client, string path, CancellationToken stop)
    {
        using var answer = await client.GetAsync(path, stop);
        // A quick error is no answer.
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(stop)}");
    }

    private static async Task<string> LoadAsync(CancellationToken stop) =>
        File.Exists("/proc/loadavg") ? (await File.ReadAllTextAsync("/proc/loadavg", stop)).Split(' ')[0] : "unknown";
}
