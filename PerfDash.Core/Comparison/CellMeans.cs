namespace PerfDash.Core.Comparison;

/// <summary>One side's cells: counts, means and squared deviations. A cell without values has a mean of 0.</summary>
internal sealed class CellMeans
{
    /// <summary>Weight, in jobs, of the spread all strata have in common against a stratum's own.</summary>
    private const double SharedSpreadJobs = 4;

    /// <summary>A side with fewer degrees of freedom shares its spread with the other.</summary>
    private const int OwnSpreadDegrees = 5;

    private readonly double[] _squares;
    private readonly double _leastVariance;

    public CellMeans(IEnumerable<double[]> cells, double leastSpread)
    {
        double[][] all = [.. cells];
        Counts = [.. all.Select(cell => cell.Length)];
        Means = [.. all.Select(cell => cell.Length == 0 ? 0 : cell.Average())];
        _squares = [.. all.Select((cell, s) => cell.Sum(v => (v - Means[s]) * (v - Means[s])))];
        _leastVariance = leastSpread * leastSpread;
    }

    public int[] Counts { get; }

    public double[] Means { get; }

    private int Degrees => Counts.Sum(count => Math.Max(0, count - 1));

    /// <summary>True where no cell's values differ, but for rounding.</summary>
    public bool IsConstant => Squares <= 1e-20 * Counts.Sum();

    private double Squares => _squares.Sum();

    /// <summary>The spread each side's cells have in common; one for both where either side has too few jobs of its own.</summary>
    public static (double A, double B, double DegreesA, double DegreesB, bool Shared) Spreads(CellMeans a, CellMeans b)
    {
        if (a.Degrees >= OwnSpreadDegrees && b.Degrees >= OwnSpreadDegrees)
            return (Floor(a.Squares / a.Degrees), Floor(b.Squares / b.Degrees), a.Degrees, b.Degrees, false);
        var degrees = a.Degrees + b.Degrees;
        var common = Floor(degrees > 0 ? (a.Squares + b.Squares) / degrees : 0);
        return (common, common, degrees, degrees, true);

        double Floor(double variance) => Math.Max(variance, a._leastVariance);
    }

    /// <summary>Variance of a cell's mean. The spread in it is the cell's own, drawn towards the common one the more, the fewer its jobs; 0 without jobs.</summary>
    public double VarianceOfMean(int cell, double common) => Counts[cell] == 0
        ? 0
        : Math.Max(_leastVariance, (_squares[cell] + (SharedSpreadJobs * common)) / (Counts[cell] - 1 + SharedSpreadJobs)) / Counts[cell];
}
