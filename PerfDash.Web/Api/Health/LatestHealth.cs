using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PerfDash.Web.Api.Health;

/// <summary>The latest report of the health checks, which ASP.NET runs in the background. A change is logged once.</summary>
internal sealed partial class LatestHealth(TimeProvider time, ILogger<LatestHealth> logger) : IHealthCheckPublisher
{
    /// <summary>A report older than this says nothing about now.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(15);

    private volatile Dated? _latest;
    private bool _hasBeenReady;

    /// <summary>The report; an unhealthy one while there is none of the last seconds.</summary>
    public HealthReport Report => _latest is { } latest && time.GetElapsedTime(latest.At) < MaxAge
        ? latest.Report
        : new HealthReport(
            new Dictionary<string, HealthReportEntry>
            {
                ["checks"] = new(HealthStatus.Unhealthy, _latest is null ? "No check has ended yet." : $"No check has ended in the last {MaxAge.TotalSeconds:0} s.", TimeSpan.Zero, null, null),
            },
            TimeSpan.Zero);

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        var wasReported = _latest is not null;
        var before = Unhealthy(_latest?.Report);
        _latest = new Dated(report, time.GetTimestamp());
        var now = Unhealthy(report);
        // What is not ready yet at a start says so itself.
        if (wasReported && before != now)
        {
            if (now.Length == 0)
                LogReady();
            else if (_hasBeenReady)
                LogNotReady(report.Entries.Values.Select(e => e.Exception).FirstOrDefault(e => e is not null), now);
        }

        _hasBeenReady |= now.Length == 0;
        return Task.CompletedTask;
    }

    private static string Unhealthy(HealthReport? report) => string.Join(
        "; ", report?.Entries.Where(e => e.Value.Status != HealthStatus.Healthy).Select(e => $"{e.Key}: {e.Value.Description ?? "the check failed"}") ?? []);

    [LoggerMessage(Level = LogLevel.Information, Message = "Ready")]
    private partial void LogReady();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not ready: {Parts}")]
    private partial void LogNotReady(Exception? e, string parts);

    private sealed record Dated(HealthReport Report, long At);
}
