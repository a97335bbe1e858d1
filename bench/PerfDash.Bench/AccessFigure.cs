using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace PerfDash.Bench;

/// <summary>What it costs a request to find out whose key it carries: the same request with the key from the configuration, which is in memory, and with a stored one.</summary>
internal sealed class AccessFigure(int rounds)
{
    private const double AimMs = 0.2;
    private const int WarmUp = 5000;
    private const int PerRound = 2000;
    private const string BootstrapKey = "bench-key-0123456789";

    public async Task<string> RunAsync(CancellationToken stop)
    {
        await using var server = await BenchServer.StartAsync(stop);
        var program = await PerfDashProcess.PublishAsync(server.Directory, stop);
        await using var perfDash = await PerfDashProcess.StartAsync(
            program, server.ConnectionString, stop, ("PerfDash__Auth__BootstrapApiKey", BootstrapKey), ("PerfDash__Api__RequestsPerSecond", "0"));
        using var configured = ClientOf(perfDash, BootstrapKey);
        using var made = await configured.PostAsJsonAsync("/access/keys", new { name = "bench", role = "viewer" }, stop);
        using var stored = ClientOf(perfDash, (await made.Content.ReadFromJsonAsync<JsonElement>(stop)).GetProperty("key").GetString()!);

        Console.Error.WriteLine("access: warming up");
        for (var i = 0; i < WarmUp; i++)
        {
            await AskAsync(configured, stop);
            await AskAsync(stored, stop);
        }

        List<double> without = [], with = [], costs = [];
        for (var round = 0; round < rounds; round++)
        {
            List<double> first = [], second = [];
            for (var i = 0; i < PerRound; i++)
            {
                first.Add(await AskAsync(configured, stop));
                second.Add(await AskAsync(stored, stop));
            }

            costs.Add(new Sample(second).Median - new Sample(first).Median);
            without.AddRange(first);
            with.AddRange(second);
        }

        var cost = new Sample(costs);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            ### The check of a key

            `GET /access/me` one after the other on open connections, {PerRound} with each key in each of {rounds} rounds, alternating.

            | key | median ms | p95 ms | the check | aim |
            |---|---:|---:|---:|---|
            | from the configuration | {new Sample(without).Median:0.000} | {new Sample(without).Percentile(0.95):0.000} | | |
            | stored | {new Sample(with).Median:0.000} | {new Sample(with).Percentile(0.95):0.000} | {cost.Median:0.000} ({cost.Min:0.000} to {cost.Max:0.000}) | < {AimMs}: {(cost.Median < AimMs ? "met" : "missed")} |

            """);
    }

    private static async Task<double> AskAsync(HttpClient client, CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        using var answer = await client.GetAsync("/access/me", stop);
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsByteArrayAsync(stop);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static HttpClient ClientOf(PerfDashProcess perfDash, string key) =>
        new() { BaseAddress = new Uri(perfDash.SignInLink.GetLeftPart(UriPartial.Authority)), DefaultRequestHeaders = { { "X-Api-Key", key } } };
}
