namespace PerfDash.Core.Statistics;

/// <summary>Some of the values of one kind, counted where they lie close together.</summary>
/// <param name="Count">How many, at least 1.</param>
/// <param name="Low">The least of them.</param>
/// <param name="High">The greatest; equal to the least where the bin holds one value, however often.</param>
/// <param name="Stddev">Their standard deviation (n − 1); null where there is none, or none was asked for.</param>
public readonly record struct ValueBin(long Count, double Avg, double Low, double High, double? Stddev = null);

/// <summary>Figures of values that are known beside their bins.</summary>
/// <param name="Count">How many values.</param>
/// <param name="Squares">Their squared differences from the mean, all together.</param>
public readonly record struct KnownMoments(long Count, double Avg, double Squares, double Min, double Max);

/// <summary>
/// Figures of many values from the bins they were counted in, so that nobody has to sort them. Exact but for percentiles
/// within a bin, which lie between its least and greatest value: as near as the bin is narrow.
/// </summary>
public sealed class ValueBins
{
    private readonly ValueBin[] _bins;

    /// <summary>Takes bins that do not overlap, in any order.</summary>
    public ValueBins(IEnumerable<ValueBin> bins)
    {
        _bins = [.. bins];
        // As PostgreSQL sorts: what is not a number comes last.
        Array.Sort(_bins, (a, b) => double.IsNaN(a.Low) || double.IsNaN(b.Low) ? double.IsNaN(a.Low).CompareTo(double.IsNaN(b.Low)) : a.Low.CompareTo(b.Low));
    }

    /// <summary>The values of several groups.</summary>
    public static ValueBins Together(IReadOnlyCollection<ValueBins> groups)
    {
        var all = new ValueBins(groups.SelectMany(group => group._bins));
        if (groups.Count == 0 || groups.Any(group => group.Known is null))
            return all;
        KnownMoments[] known = [.. groups.Select(group => group.Known!.Value)];
        var count = known.Sum(k => k.Count);
        var mean = known.Sum(k => k.Avg * ((double)k.Count / count));
        return new ValueBins(all._bins)
        {
            Known = new KnownMoments(count, mean, known.Sum(k => k.Squares + (k.Count * (k.Avg - mean) * (k.Avg - mean))), known.Min(k => k.Min), known.Max(k => k.Max)),
        };
    }

    /// <summary>What is known exactly, where the bins do not say it; they may be missing then.</summary>
    public KnownMoments? Known { get; init; }

    public long Count => Known?.Count ?? _bins.Sum(bin => bin.Count);

    /// <summary>Plain mean; null without values.</summary>
    public double? Avg => Known is { } known ? known.Avg : Count == 0 ? null : _bins.Sum(bin => bin.Avg * ((double)bin.Count / Count));

    /// <summary>The least; null without values.</summary>
    public double? Min => Known is { } known ? known.Min : Count == 0 ? null : _bins[0].Low;

    /// <summary>The greatest; null without values.</summary>
    public double? Max => Known is { } known ? known.Max : Count == 0 ? null : _bins[^1].High;

    /// <summary>Standard deviation of a sample (n − 1): of the means of the bins, and within each; null for fewer than two values.</summary>
    public double? Stddev
    {
        get
        {
            if (Count < 2)
                return null;
            if (Known is { } known)
                return known.Min == known.Max ? 0 : Math.Sqrt(known.Squares / (Count - 1));
            var mean = Avg!.Value;
            // Squares of very great numbers would leave the range of a double.
            var scale = Math.Max(Math.Abs(Min!.Value), Math.Abs(Max!.Value));
            if (scale == 0)
                return 0;
            var squares = 0d;
            foreach (var bin in _bins)
            {
                var (between, within) = ((bin.Avg - mean) / scale, (bin.Stddev ?? 0) / scale);
                squares += (bin.Count * between * between) + ((bin.Count - 1) * within * within);
            }

            return _bins.Length == 1 && _bins[0].Low == _bins[0].High ? 0 : scale * Math.Sqrt(squares / (Count - 1));
        }
    }

    /// <summary>As PostgreSQL's <c>percentile_cont</c>: between the two values about <paramref name="share"/> × (n − 1), in proportion; null without bins.</summary>
    public double? Percentile(double share)
    {
        if (_bins.Length == 0)
            return null;
        var place = share * (Count - 1);
        var below = (long)place;
        var low = At(below);
        return place == below ? low : low + ((place - below) * (At(below + 1) - low));
    }

    /// <summary>
    /// Counts between <paramref name="edges"/> by the number of the bar from 1, the last bar holding its upper edge; null
    /// where an edge runs through a bin, so that its values have to be looked at again.
    /// </summary>
    public Dictionary<int, long>? Bars(double[] edges)
    {
        var counts = new Dictionary<int, long>();
        foreach (var bin in _bins)
        {
            var bar = Histogram.Bar(edges, bin.Low);
            if (Histogram.Bar(edges, bin.High) != bar)
                return null;
            counts[bar] = counts.GetValueOrDefault(bar) + bin.Count;
        }

        return counts;
    }

    /// <summary>The distribution but for its histogram.</summary>
    public Distribution Distribution() => new()
    {
        Count = Count,
        Avg = Avg,
        Min = Min,
        Max = Max,
        Stddev = Stddev,
        P50 = Percentile(0.5),
        P90 = Percentile(0.9),
        P95 = Percentile(0.95),
        P99 = Percentile(0.99),
    };

    /// <summary>Edges of a histogram of the values, of which there must be some.</summary>
    public double[] Edges() => Histogram.Edges(Count, Min!.Value, Percentile(0.25)!.Value, Percentile(0.75)!.Value, Max!.Value);

    /// <summary>The value with so many before it; within a bin they are taken to lie evenly.</summary>
    private double At(long index)
    {
        foreach (var bin in _bins)
        {
            if (index < bin.Count)
                return bin.Low == bin.High ? bin.Low : bin.Low + ((bin.High - bin.Low) * (index + 0.5) / bin.Count);
            index -= bin.Count;
        }

        return _bins[^1].High;
    }
}
