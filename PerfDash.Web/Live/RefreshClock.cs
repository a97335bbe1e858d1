namespace PerfDash.Web.Live;

/// <summary>
/// Lets all circuits refresh at the same moments, at most twice a second, so that their pages share their queries however
/// many jobs complete in between: of a farm that completes fifty a second, no two pages would ask about the same state of it.
/// </summary>
public sealed class RefreshClock(TimeProvider time)
{
    /// <summary>The shortest time between two refreshes.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _ticking = new();
    private DateTimeOffset _tick = DateTimeOffset.MinValue;

    /// <summary>Waits for the first refresh after a moment: at once where there was none for a while.</summary>
    /// <param name="recordedAt">When the job was recorded that pages are to show.</param>
    /// <returns>The moment of the refresh. A query that starts from then on has the job in its result.</returns>
    public async Task<DateTimeOffset> WaitAsync(DateTimeOffset recordedAt, CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan wait;
            lock (_ticking)
            {
                if (recordedAt < _tick)
                    return _tick;
                var now = time.GetUtcNow();
                wait = _tick + Interval - now;
                if (wait <= TimeSpan.Zero)
                    return _tick = now;
            }

            // (A clock that was set back is not waited for.)
            await Task.Delay(wait < Interval ? wait : Interval, time, cancellationToken);
        }
    }
}
