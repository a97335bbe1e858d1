namespace PerfDash.Web.Api.Telemetry;

/// <summary>Keeps the gauges of <see cref="CollectionMeter"/> up to date where metrics are sent, not asked for.</summary>
internal sealed class CollectionMeterRefresh(CollectionMeter meter, TimeProvider time, ILogger<CollectionMeterRefresh> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await meter.RefreshAsync(stoppingToken);
            }
            catch (Exception e) when (PageFailure.Is(e))
            {
                PageFailure.Report(e, logger);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
