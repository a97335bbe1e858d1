namespace PerfDash.Core.Demo;

/// <summary>
/// Makes up the jobs of a believable render farm. The same seed, moment and arguments give the same jobs; nothing is
/// read from a clock or a database.
/// </summary>
/// <param name="seed">Any number.</param>
/// <param name="historyEndsAt">The moment the ground truth is dated from, UTC.</param>
public sealed class DemoFarm(int seed, DateTime historyEndsAt)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(45);

    /// <summary>What is planted in the figures.</summary>
    public DemoGroundTruth GroundTruth { get; } = DemoGroundTruth.At(WholeMilliseconds(historyEndsAt));

    /// <summary>
    /// Exactly <paramref name="count"/> ended jobs in the order they were queued, made while enumerated. All are over
    /// by <paramref name="to"/>; the first may have started a little before <paramref name="from"/> only where the span
    /// is shorter than a job. With the workers of <see cref="DemoCatalog.WorkersFor"/> jobs do not overlap on a worker
    /// until <see cref="DemoCatalog.MaxWorkerCount"/> workers are not enough.
    /// </summary>
    /// <param name="from">First moment a job is queued, UTC.</param>
    /// <param name="to">Moment by which all have ended, UTC, after <paramref name="from"/>.</param>
    /// <param name="count">How many, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The span is empty or the count negative.</exception>
    public IEnumerable<DemoJob> Jobs(DateTime from, DateTime to, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(to, from);
        return Generate(WholeMilliseconds(from), WholeMilliseconds(to), count);
    }

    /// <summary>Jobs one by one, for a farm that lives on; <paramref name="startedAt"/> keeps two lives of one seed apart.</summary>
    internal DemoDispatcher Live(DateTime startedAt) =>
        new(GroundTruth, DemoCatalog.UsualWorkerCount, LongestWait, new Random(HashSeed(startedAt.Ticks)));

    private IEnumerable<DemoJob> Generate(DateTime from, DateTime to, int count)
    {
        var dispatcher = new DemoDispatcher(GroundTruth, DemoCatalog.WorkersFor(count, to - from), LongestWait, new Random(seed));
        foreach (var queuedAt in DemoLoadProfile.Moments(from, to, count, new Random(HashSeed(count))))
            yield return dispatcher.Dispatch(queuedAt, to);
    }

    private int HashSeed(long salt)
    {
        // SplitMix64's finisher; HashCode.Combine would differ from process to process.
        var mixed = unchecked(((ulong)seed + 0x9E3779B97F4A7C15UL) ^ (ulong)salt * 0xBF58476D1CE4E5B9UL);
        mixed = unchecked((mixed ^ (mixed >> 30)) * 0x94D049BB133111EBUL);
        return (int)(uint)(mixed >> 33);
    }

    private static DateTime WholeMilliseconds(DateTime moment) =>
        new(moment.Ticks - moment.Ticks % TimeSpan.TicksPerMillisecond, DateTimeKind.Utc);
}
