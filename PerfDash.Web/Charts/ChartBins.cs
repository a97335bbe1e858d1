using System.Globalization;

namespace PerfDash.Web.Charts;

/// <summary>The axis of a distribution: bins with their true edges. A point's X is the number of its bin, from 0.</summary>
/// <param name="Edges">Rising edges, one more than bins.</param>
/// <param name="Unit">The unit of the edges.</param>
/// <param name="IsLog">Whether each bin is as many times as wide as the one before it, so that round figures stand on a logarithmic axis.</param>
public sealed record ChartBins(IReadOnlyList<double> Edges, ValueUnit Unit, bool IsLog = false)
{
    private const double LeastDistancePercent = 24;

    /// <summary>The range of every bin as people read it, with the unit once where both ends have the same.</summary>
    public IReadOnlyList<string> Names => [.. Edges.Zip(Edges.Skip(1), Name)];

    /// <summary>What a reader cannot see in evenly drawn bins: that outer ones are wider. Null where all are alike.</summary>
    public string? Note
    {
        get
        {
            var names = Names;
            string[] wide = [.. new[] { 0, names.Count - 1 }.Distinct().Where(IsWide).Select(i => names[i])];
            return wide.Length switch
            {
                0 => null,
                1 => $"One bin is wider than the others and holds the outliers: {wide[0]}.",
                _ => $"Two bins are wider than the others and hold the outliers: {wide[0]} and {wide[1]}.",
            };
        }
    }

    /// <summary>A few round figures for a small drawing whose bins are evenly wide, with their places in percent of it.</summary>
    public IReadOnlyList<(double Percent, string Text)> FewTicks
    {
        get
        {
            List<(double Percent, string Text)> ticks = [];
            foreach (var tick in SpanAxis.From([Edges[0], Edges[^1]]).Ticks.Where(t => t >= Edges[0] && t <= Edges[^1]))
            {
                var percent = 100 * PlaceOf(tick) / (Edges.Count - 1);
                if (ticks.Count == 0 || percent >= ticks[^1].Percent + LeastDistancePercent)
                    ticks.Add((percent, UnitFormat.Axis(Math.Round(tick, 10), Unit)));
            }

            return ticks;
        }
    }

    /// <summary>Bins that follow each other without a gap.</summary>
    public static ChartBins From(IReadOnlyList<Core.Statistics.HistogramBin> bins, ValueUnit unit, bool isLog = false) =>
        new(bins.Count == 0 ? [] : [.. bins.Select(b => b.Lower), bins[^1].Upper], unit, isLog);

    public bool Equals(ChartBins? other) => other is not null && (Unit, IsLog) == (other.Unit, other.IsLog) && Edges.SequenceEqual(other.Edges);

    public override int GetHashCode() => HashCode.Combine(Unit, IsLog, Edges.Count);

    private double PlaceOf(double value)
    {
        var next = Edges.Index().First(e => e.Item >= value).Index;
        return next == 0 ? 0 : next - 1 + ((value - Edges[next - 1]) / (Edges[next] - Edges[next - 1]));
    }

    // Edges are rounded, so alike bins differ a little.
    private bool IsWide(int bin) => Edges.Count > 3 && Width(bin) > 1.3 * Width((Edges.Count - 1) / 2);

    private double Width(int bin) => IsLog && Edges[bin] > 0 ? Math.Log(Edges[bin + 1] / Edges[bin]) : Edges[bin + 1] - Edges[bin];

    // The edges of a logarithmic axis are no round figures.
    private double Shown(double edge) => IsLog ? double.Parse(edge.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : edge;

    private string Name(double lower, double upper)
    {
        var (from, to) = (UnitFormat.Axis(Shown(lower), Unit), UnitFormat.Axis(Shown(upper), Unit));
        var unit = to.LastIndexOf(' ') is var space && space > 0 && !char.IsAsciiDigit(to[space + 1]) ? to[space..] : "";
        return unit.Length > 0 && from.EndsWith(unit, StringComparison.Ordinal) ? $"{from[..^unit.Length]} – {to}" : $"{from} – {to}";
    }
}
