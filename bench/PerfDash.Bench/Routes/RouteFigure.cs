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

    private static readonly int[] UserCounts = [1, 8, 32];

    // By question, the medians of each size in turn.
    private readonly Dictionary<string, List<double>> _medians = [];

    public async Task<string> RunAsync(CancellationToken stop)
    {
        var text = new StringBuilder(
            $"""
            ### How long questions take

            30 days; median of {rounds} requests after two that are not counted, over HTTP on the same machine, one at a time. The plain
            scan is `SELECT count(*)` of the range with indexes switched off, of PostgreSQL's own parallel workers as many as it likes.
            DuckDB answers the sums of the same question from the same rows, typed, in a file of its own, on all cores. "Without" is
            another instance on the same database with roll-ups switched off; `closing` is the time one instance took to close all
            hours and days of the table.

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

            if (rowCounts.Length > 1)
                await File.WriteAllTextAsync("routes-growth.svg", GrowthChart.Draw(rowCounts, _medians), stop);
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
        using var client = ClientOf(perfDash);
        var closing = await RouteRows.CloseAsync(server, stop);
        await using var plain = await PerfDashProcess.StartAsync(
            program, server.ConnectionString, stop,
            ("PerfDash__Auth__BootstrapApiKey", ApiKey), ("PerfDash__Collection__SweepInterval", "00:05:00"), ("PerfDash__Rollups__Enabled", "false"));
        using var without = ClientOf(plain);

        var scan = await TimeAsync(() => RouteRows.PlainScanAsync(server, range, stop));
        var table = new StringBuilder(
            $"""
            **{Figure.Whole(rows)} metrics**, plain scan {Figure.Ms(scan.Median)} ms ({Figure.Ms(scan.Min)} to {Figure.Ms(scan.Max)}), closing {Figure.Whole(closing.TotalSeconds)} s, roll-ups {await SizeAsync(server, stop)}, load average {await LoadAsync(stop)}

            | question | ms (least to most) | ÷ plain scan | DuckDB ms | without ms |
            |---|---:|---:|---:|---:|

            """);
        foreach (var question in Question.All(range, rows))
        {
            Console.Error.WriteLine($"routes: {Figure.Whole(rows)} rows, {question.Name}");
            var took = await TimeAsync(() => AskAsync(client, question.Path, stop));
            Sample? peer = question.Duck is { } sql ? await TimeAsync(() => duck.RunAsync(sql, stop)) : null;
            Sample unrolled = await TimeAsync(() => AskAsync(without, question.Path, stop), warm: 1, counted: 1);
            table.AppendLine(Line(question, took, scan, peer, unrolled));
            if (!_medians.TryGetValue(question.Name, out var medians))
                _medians[question.Name] = medians = [];
            medians.Add(took.Median);
        }

        table.AppendLine().AppendLine("| users at the same time, each asking for the overview again and again | p50 ms | p95 ms | p99 ms |").AppendLine("|---|---:|---:|---:|");
        foreach (var users in UserCounts)
            table.AppendLine(await UsersAsync(client, Question.All(range, rows).First().Path, users, stop));
        return table.ToString();
    }

    private static HttpClient ClientOf(PerfDashProcess perfDash)
    {
        var client = new HttpClient { BaseAddress = new Uri(perfDash.SignInLink.GetLeftPart(UriPartial.Authority)), Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);
        return client;
    }

    private static async Task<string> SizeAsync(BenchServer server, CancellationToken stop) => await server.ScalarAsync<string>(
        "SELECT pg_size_pretty(sum(pg_total_relation_size(oid))) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'rollup%'", stop);

    private static async Task<string> UsersAsync(HttpClient client, string path, int users, CancellationToken stop)
    {
        Console.Error.WriteLine($"routes: {users} users");
        var times = new System.Collections.Concurrent.ConcurrentBag<double>();
        await Task.WhenAll(Enumerable.Range(0, users).Select(async _ =>
        {
            for (var i = 0; i < Math.Max(5, 60 / users); i++)
            {
                var start = Stopwatch.GetTimestamp();
                await AskAsync(client, path, stop);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }));
        double[] sorted = [.. times.Order()];
        return $"| {users} | {Figure.Whole(At(0.5))} | {Figure.Whole(At(0.95))} | {Figure.Whole(At(0.99))} |";

        double At(double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }

    private static string Line(Question question, Sample took, Sample scan, Sample? peer, Sample without) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {question.Name} | {Figure.Whole(took.Median)} ({Figure.Whole(took.Min)} to {Figure.Whole(took.Max)}) | {Figure.Ratio(took.Median / scan.Median)} | {(peer is null ? "" : Figure.Whole(peer.Median))} | {Figure.Whole(without.Median)} |");

    private async Task<Sample> TimeAsync(Func<Task> action, int warm = 2, int? counted = null)
    {
        var times = new List<double>();
        for (var round = -warm; round < (counted ?? rounds); round++)
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
