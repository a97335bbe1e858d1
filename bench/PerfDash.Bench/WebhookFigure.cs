using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using PerfDash.Core.Demo;

namespace PerfDash.Bench;

/// <summary>How long after the COMMIT that completes a breaching job its webhook arrives: the whole program and a receiver on the same machine.</summary>
internal sealed class WebhookFigure(int samples)
{
    private const double AimMs = 500;
    private const int HistoryJobs = 25_000;

    public async Task<string> RunAsync(CancellationToken stop)
    {
        await using var server = await BenchServer.StartAsync(stop);
        await new DemoHistory(server.DataSource, TimeProvider.System).WriteCompletedJobsAsync(HistoryJobs, days: 29, seed: 42, stop);
        await server.ExecuteAsync(
            "INSERT INTO performance_alert_thresholds (metric_name, scope_type, warning_threshold, critical_threshold) VALUES ('vram_peak_mb', 'global', 1000000, 2000000)", stop);

        using var listener = new HttpListener();
        var address = Listen(listener);
        var arrivals = Channel.CreateUnbounded<(long Job, string Event, double At)>();
        var receiving = ReceiveAsync(listener, arrivals.Writer);
        var program = await PerfDashProcess.PublishAsync(server.Directory, stop);
        await using var perfDash = await PerfDashProcess.StartAsync(
            program,
            server.ConnectionString,
            stop,
            ("PerfDash__Notifications__Webhooks__0__Url", address),
            ("PerfDash__Notifications__Webhooks__0__Secret", "bench"),
            ("PerfDash__Notifications__AllowPrivateNetworks", "true"));
        Console.Error.WriteLine("webhook: collecting the history");
        await server.UntilCollectedAsync(stop);
        await server.ExecuteAsync("VACUUM ANALYZE", stop);

        Console.Error.WriteLine($"webhook: {samples} alerts");
        var latencies = new List<double>();
        // The first shows the code its way and is not counted. A good job after each ends its incident.
        for (var i = 0; i <= samples; i++)
        {
            await Task.Delay(600 + (i * 137 % 500), stop);
            var (job, committed) = await CompleteAsync(server, 1_500_000, stop);
            var arrived = await NextAsync(arrivals.Reader, "alert.opened", stop);
            if (arrived.Job != job)
                throw new InvalidOperationException($"Notified of job {arrived.Job} instead of {job}.");
            if (i > 0)
                latencies.Add(arrived.At - committed);
            await CompleteAsync(server, 1000, stop);
            await NextAsync(arrivals.Reader, "alert.resolved", stop);
        }

        listener.Stop();
        await receiving;
        var sample = new Sample(latencies);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            ### From COMMIT to the webhook

            {samples} breaching jobs completed one by one by SQL beside {Figure.Whole(HistoryJobs)} jobs of history; the receiver runs on the same machine.

            | COMMIT to | median ms | p95 ms | max ms | aim |
            |---|---:|---:|---:|---|
            | webhook arrived | {Figure.Ms(sample.Median)} | {Figure.Ms(sample.Percentile(0.95))} | {Figure.Ms(sample.Max)} | < {AimMs}: {(sample.Median < AimMs ? "met" : "missed")} |

            """);
    }

    private static string Listen(HttpListener listener)
    {
        // A port that is free now; HttpListener cannot choose one.
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        return $"http://127.0.0.1:{port}/hook";
    }

    private static async Task ReceiveAsync(HttpListener listener, ChannelWriter<(long Job, string Event, double At)> arrivals)
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var at = NowMs();
            using var body = await JsonDocument.ParseAsync(context.Request.InputStream);
            var job = body.RootElement.GetProperty("alert").GetProperty("job_id");
            await arrivals.WriteAsync((job.ValueKind == JsonValueKind.Number ? job.GetInt64() : 0, body.RootElement.GetProperty("event").GetString()!, at));
            context.Response.StatusCode = 204;
            context.Response.Close();
        }
    }

    private static async Task<(long Job, string Event, double At)> NextAsync(ChannelReader<(long Job, string Event, double At)> arrivals, string expected, CancellationToken stop)
    {
        var arrived = await arrivals.ReadAsync(stop).AsTask().WaitAsync(TimeSpan.FromSeconds(30), stop);
        return arrived.Event == expected ? arrived : throw new InvalidOperationException($"{arrived.Event} arrived instead of {expected}.");
    }

    /// <summary>Completes a job of the first workflow as its host would; returns it and the moment after the COMMIT, in ms since 1970.</summary>
    private static async Task<(long Job, double CommittedMs)> CompleteAsync(BenchServer server, int vramMb, CancellationToken stop)
    {
        var job = await server.ScalarAsync<long>(
            string.Create(CultureInfo.InvariantCulture, $$"""
            INSERT INTO jobs (workflow_id, worker_id, status, completed_at, result)
            SELECT (SELECT min(id) FROM workflows), (SELECT min(id) FROM workers), 'completed', now(), '{"vram_peak_mb": {{vramMb}}}' RETURNING id
            """),
            stop);
        return (job, NowMs());
    }

    private static double NowMs() => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds;
}
