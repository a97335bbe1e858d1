using MathNet.Numerics.Distributions;
using PerfDash.Core.Comparison;
using PerfDash.Core.Statistics;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Workers;

/// <summary>Jobs of one type on one worker in one bucket, by the logarithms of their times per frame.</summary>
/// <param name="WorkflowId">With <paramref name="ResolutionTier"/>, the job type.</param>
/// <param name="ResolutionTier">The tier; null is a tier of its own.</param>
/// <param name="RunClass">Warm, cold or cached; null, where it is unknown, is a class of its own.</param>
/// <param name="BucketStart">Where the bucket starts, UTC.</param>
/// <param name="JobCount">Jobs, at least 1.</param>
/// <param name="LogMean">Mean of ln(milliseconds per frame).</param>
/// <param name="LogSquares">Sum of squared deviations from that mean.</param>
public sealed record BucketOnWorker(
    long WorkerId, long WorkflowId, string? ResolutionTier, RunClass? RunClass, DateTime BucketStart, long JobCount, double LogMean, double LogSquares);

/// <summary>
/// A worker's speed over time adjusted for its mix of jobs: against the other workers in the same bucket, job type and class of run, and
/// against its own past. Pure; the method is in docs/statistics.md.
/// </summary>
public sealed class DriftIndex
{
    private const double EnoughMatched = 0.5;

    private readonly List<DateTime> _buckets;
    private readonly List<Entry> _matched;
    private readonly BucketIndex? _fleet;
    private readonly BucketIndex? _own;

    /// <summary>Takes the worker's cells and those of all others; cells of job types the worker never did are left out.</summary>
    public DriftIndex(long workerId, IReadOnlyCollection<BucketOnWorker> cells)
    {
        List<BucketOnWorker> own =
        [
            .. cells.Where(c => c.WorkerId == workerId)
                .OrderBy(c => c.BucketStart).ThenBy(c => c.WorkflowId).ThenBy(c => c.ResolutionTier, StringComparer.Ordinal).ThenBy(c => c.RunClass),
        ];
        _buckets = [.. own.Select(c => c.BucketStart).Distinct()];
        var columns = _buckets.Index().ToDictionary(s => s.Item, s => s.Index);
        var types = own.Select(Type).Distinct().Index().ToDictionary(t => t.Item, t => t.Index);
        var others = cells.Where(c => c.WorkerId != workerId && types.ContainsKey(Type(c)))
            .GroupBy(Type).ToDictionary(g => g.Key, g => new FleetType([.. g]));
        List<Entry> alone = [.. own.Select(c => new Entry(c, new TableEntry(types[Type(c)], columns[c.BucketStart], c.LogMean, c.JobCount)))];
        _matched = Matched(own, others, columns);
        _own = BucketIndex.From(alone, _buckets.Count);
        _fleet = BucketIndex.From(_matched, _buckets.Count);
        TimedJobCount = own.Sum(c => c.JobCount);
        MatchedJobCount = _matched.Sum(e => e.Cell.JobCount);
        Spread = SpreadOf([.. own, .. others.Values.SelectMany(t => t.Cells)]);
        var (timed, counterparts) = (new long[_buckets.Count], new long[_buckets.Count]);
        foreach (var entry in alone)
            timed[entry.Table.Column] += entry.Cell.JobCount;
        foreach (var entry in _matched)
            counterparts[entry.Table.Column] += entry.Cell.JobCount;
        Points = [.. _buckets.Select((bucket, column) => Point(bucket, column, timed[column], counterparts[column]))];
    }

    /// <summary>The worker's jobs.</summary>
    public long TimedJobCount { get; }

    /// <summary>Those of them with a counterpart on another worker in the same bucket.</summary>
    public long MatchedJobCount { get; }

    /// <summary>What changes are looked for in.</summary>
    public DriftBasis Basis => MatchedJobCount >= EnoughMatched * TimedJobCount ? DriftBasis.Fleet : DriftBasis.OwnPast;

    /// <summary>The buckets with jobs of the worker, oldest first.</summary>
    public IReadOnlyList<DriftPoint> Points { get; }

    /// <summary>Standard deviation of ln(time per frame) between like jobs of one bucket; null where it is unknown.</summary>
    private double? Spread { get; }

    /// <summary>
    /// The lasting changes of speed: those larger than the band of equality of the comparison and than the swings from bucket
    /// to bucket.
    /// </summary>
    public IEnumerable<SpeedChange> Changes(string workerName)
    {
        var fleet = Basis == DriftBasis.Fleet;
        if ((fleet ? _fleet : _own) is not { } index)
            return [];
        var series = index.Series();
        var found = ChangePoints.Find([.. series.Select(s => s.Speed)]).ToList();
        while (found.Count > 0)
        {
            // Without the least of those that are too small, the stretches of the others are longer.
            var stretches = Stretches(series, found);
            var noise = BucketNoise(index, stretches);
            var weakest = found.Select((_, i) => (Index: i, Excess: Math.Abs(stretches[i + 1].Speed - stretches[i].Speed) - noise(stretches[i], stretches[i + 1])))
                .MinBy(change => change.Excess);
            if (weakest.Excess >= 0)
                return [.. found.Select((change, i) => Change(stretches[i], stretches[i + 1], change.P))];
            found.RemoveAt(weakest.Index);
        }

        return [];

        SpeedChange Change(Stretch before, Stretch after, double p)
        {
            var percent = 100 * double.ExpM1(after.Speed - before.Speed);
            return new SpeedChange(
                _buckets[after.From], percent, Math.Exp(before.Speed), Math.Exp(after.Speed), p,
                $"{workerName} became {ComparisonText.PercentOf(percent)} {(percent < 0 ? "slower" : "faster")} compared with {(fleet ? "the other workers" : "its own past")}.");
        }
    }

    private List<Stretch> Stretches(List<(int Column, double Speed, double Weight)> series, List<ChangePoint> changes)
    {
        int[] edges = [0, .. changes.Select(c => c.Index), series.Count];
        return [.. edges.Zip(edges.Skip(1), (from, to) =>
        {
            var part = series[from..to];
            return new Stretch(
                part[0].Column, to == series.Count ? _buckets.Count : series[to].Column, part.Sum(s => s.Weight * s.Speed) / part.Sum(s => s.Weight));
        })];
    }

    /// <summary>
    /// How much two stretches must differ not to be chance: the spread of the buckets' own indices, read from neighbours within
    /// a stretch so that a slow drift does not count as one, and never less than the band of equality.
    /// </summary>
    private static Func<Stretch, Stretch, double> BucketNoise(BucketIndex index, List<Stretch> stretches)
    {
        double squares = 0;
        var pairs = 0;
        foreach (var stretch in stretches)
        {
            double? last = null;
            for (var column = stretch.From; column < stretch.To; column++)
            {
                if (index.At(column)?.Speed is not { } speed)
                    continue;
                if (last is { } before)
                {
                    squares += (speed - before) * (speed - before);
                    pairs++;
                }

                last = speed;
            }
        }

        return (before, after) => pairs == 0 ? double.PositiveInfinity : Math.Max(
            EffectScale.Log.EquivalenceBand,
            StudentT.InvCDF(0, 1, pairs, 1 - (ChangePoints.Level / 2)) * Math.Sqrt(squares / (2 * pairs) * ((1d / before.Buckets) + (1d / after.Buckets))));
    }

    private static (long, string?, RunClass?) Type(BucketOnWorker cell) => (cell.WorkflowId, cell.ResolutionTier, cell.RunClass);

    /// <summary>The worker's cells less what the others took in the same bucket and type. Parts of the fleet that nothing joins are rows of their own.</summary>
    private static List<Entry> Matched(
        List<BucketOnWorker> own, Dictionary<(long, string?, RunClass?), FleetType> others, Dictionary<DateTime, int> columns)
    {
        List<Entry> matched = [];
        Dictionary<((long, string?, RunClass?), int), int> rows = [];
        foreach (var cell in own)
        {
            if (!others.TryGetValue(Type(cell), out var fleet) || fleet.At(cell.BucketStart) is not { } there)
                continue;
            var key = (Type(cell), there.Part);
            if (!rows.TryGetValue(key, out var row))
                rows[key] = row = rows.Count;
            var weight = (double)cell.JobCount * there.JobCount / (cell.JobCount + there.JobCount);
            matched.Add(new Entry(cell, new TableEntry(row, columns[cell.BucketStart], cell.LogMean - there.Level, weight)));
        }

        return matched;
    }

    private DriftPoint Point(DateTime bucket, int column, long timedJobs, long matchedJobs)
    {
        var fleet = _fleet?.At(column);
        var half = fleet is null || Spread is null ? (double?)null
            : Normal.InvCDF(0, 1, 0.5 + (Effect.ShownConfidence / 2)) * Spread / Math.Sqrt(fleet.Value.Weight);
        return new DriftPoint
        {
            BucketStart = bucket,
            TimedJobCount = timedJobs,
            MatchedJobCount = matchedJobs,
            FleetIndex = Exp(fleet?.Speed),
            FleetIndexLow = Exp(fleet?.Speed - half),
            FleetIndexHigh = Exp(fleet?.Speed + half),
            OwnIndex = Exp(_own?.At(column)?.Speed),
        };

        static double? Exp(double? logarithm) => logarithm is { } value ? Math.Exp(value) : null;
    }

    private static double? SpreadOf(List<BucketOnWorker> cells)
    {
        var degrees = cells.Sum(c => c.JobCount - 1);
        return degrees == 0 ? null : Math.Max(EffectScale.Log.LeastSpread, Math.Sqrt(cells.Sum(c => c.LogSquares) / degrees));
    }

    /// <summary>Buckets from one change to the next, and the mean speed of their cells.</summary>
    private sealed record Stretch(int From, int To, double Speed)
    {
        public int Buckets => Math.Max(1, To - From);
    }

    private sealed record Entry(BucketOnWorker Cell, TableEntry Table);

    /// <summary>What a bucket of one job type takes on the other workers, adjusted for their own mix.</summary>
    private sealed class FleetType
    {
        private readonly Dictionary<DateTime, int> _columns;
        private readonly TwoWayFit _fit;
        private readonly ILookup<DateTime, BucketOnWorker> _byBucket;

        public FleetType(List<BucketOnWorker> cells)
        {
            Cells = cells;
            _columns = cells.Select(c => c.BucketStart).Distinct().Index().ToDictionary(s => s.Item, s => s.Index);
            var rows = cells.Select(c => c.WorkerId).Distinct().Index().ToDictionary(w => w.Item, w => w.Index);
            _fit = TwoWayFit.Fit(
                [.. cells.Select(c => new TableEntry(rows[c.WorkerId], _columns[c.BucketStart], c.LogMean, c.JobCount))], rows.Count, _columns.Count);
            _byBucket = cells.ToLookup(c => c.BucketStart);
        }

        public List<BucketOnWorker> Cells { get; }

        public (double Level, int Part, long JobCount)? At(DateTime bucket) => _columns.TryGetValue(bucket, out var column)
            ? (_fit.Columns[column], _fit.ColumnParts[column], _byBucket[bucket].Sum(c => c.JobCount))
            : null;
    }

    /// <summary>The largest part of a fitted table: only its buckets can be compared with each other.</summary>
    private sealed class BucketIndex
    {
        private readonly List<Entry> _entries;
        private readonly TwoWayFit _fit;
        private readonly int _part;
        private readonly double[] _weights;

        private BucketIndex(List<Entry> entries, TwoWayFit fit, int part, int bucketCount)
        {
            _entries = [.. entries.Where(e => fit.ColumnParts[e.Table.Column] == part)];
            (_fit, _part) = (fit, part);
            _weights = new double[bucketCount];
            foreach (var entry in _entries)
                _weights[entry.Table.Column] += entry.Table.Weight;
        }

        public static BucketIndex? From(List<Entry> entries, int bucketCount)
        {
            if (entries.Count == 0)
                return null;
            var fit = TwoWayFit.Fit([.. entries.Select(e => e.Table)], entries.Max(e => e.Table.Row) + 1, bucketCount);
            var part = entries.GroupBy(e => fit.ColumnParts[e.Table.Column]).MaxBy(g => g.Sum(e => e.Table.Weight))!.Key;
            return new BucketIndex(entries, fit, part, bucketCount);
        }

        /// <summary>Logarithm of the index of a bucket and its weight; null for a bucket of another part.</summary>
        public (double Speed, double Weight)? At(int column) =>
            _fit.ColumnParts[column] == _part ? (-_fit.Columns[column], _weights[column]) : null;

        /// <summary>Each cell's distance from the worker's level in its job type, in order of time. A type of one cell is its own level and says nothing.</summary>
        public List<(int Column, double Speed, double Weight)> Series()
        {
            var cells = _entries.CountBy(e => e.Table.Row).ToDictionary();
            return
            [
                .. _entries.Where(e => cells[e.Table.Row] > 1)
                    .Select(e => (e.Table.Column, _fit.Rows[e.Table.Row] - e.Table.Value, e.Table.Weight)),
            ];
        }
    }
}
