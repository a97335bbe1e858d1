namespace PerfDash.Core.Statistics;

/// <summary>Values above zero with weights, and what can be said about the next one.</summary>
internal sealed class WeightedSample
{
    // A sample too small for its own quantiles is read as log-normal, with a spread that starts from what jobs of one
    // kind usually show (a fifth either way) as if that had been seen on four jobs more.
    private const double UsualSpread = 0.2;
    private const double UsualSpreadJobs = 4;

    private readonly double[] _values;
    private readonly double[] _weights;
    private readonly double _totalWeight;

    /// <param name="pairs">At least one value above zero, with its weight above zero.</param>
    public WeightedSample(IEnumerable<(double Value, double Weight)> pairs)
    {
        (double Value, double Weight)[] given = [.. pairs];
        _values = new double[given.Length];
        _weights = new double[given.Length];
        for (var i = 0; i < given.Length; i++)
            (_values[i], _weights[i]) = given[i];
        Array.Sort(_values, _weights);
        var sum = 0d;
        for (var i = 0; i < given.Length; i++)
        {
            _totalWeight += _weights[i];
            sum += _weights[i] * _values[i];
        }
        Mean = sum / _totalWeight;
        EffectiveSize = EffectiveSizeOf(_weights);
    }

    /// <summary>How many values of equal weight would say as much (Kish): (Σw)² ÷ Σw².</summary>
    public double EffectiveSize { get; }

    public double Mean { get; }

    public double Median => Quantile(0.5);

    /// <summary>See <see cref="EffectiveSize"/>.</summary>
    public static double EffectiveSizeOf(IEnumerable<double> weights)
    {
        double sum = 0, squares = 0;
        foreach (var weight in weights)
        {
            sum += weight;
            squares += weight * weight;
        }
        return squares > 0 ? sum * sum / squares : 0;
    }

    /// <summary>
    /// The bound that the next value stays below with the chance <paramref name="level"/>, 0 to 1. Of n values the k-th
    /// lowest is above the next one with the chance k ÷ (n + 1), whatever they are drawn from: a small sample reaches
    /// further out than its own quantile, and one that is too small to hold such a k is read as log-normal.
    /// </summary>
    public double NextBelow(double level)
    {
        var place = (level * (EffectiveSize + 1) - 0.5) / EffectiveSize;
        var edge = 0.5 / EffectiveSize;
        return place >= edge && place <= 1 - edge ? Quantile(place) : LogNormalNextBelow(level);
    }

    /// <summary>The plain quantile, interpolated between the middles of the values' weights; the lowest and the highest at the ends.</summary>
    public double Quantile(double level)
    {
        var wanted = level * _totalWeight;
        double before = 0, lastMiddle = 0;
        for (var i = 0; i < _values.Length; i++)
        {
            var middle = before + _weights[i] / 2;
            if (middle >= wanted)
                return i == 0 ? _values[0] : _values[i - 1] + (_values[i] - _values[i - 1]) * (wanted - lastMiddle) / (middle - lastMiddle);
            before += _weights[i];
            lastMiddle = middle;
        }
        return _values[^1];
    }

    // Prediction interval of a normal value with a conjugate prior on its variance.
    private double LogNormalNextBelow(double level)
    {
        double mean = 0, squares = 0;
        for (var i = 0; i < _values.Length; i++)
            mean += _weights[i] * Math.Log(_values[i]) / _totalWeight;
        for (var i = 0; i < _values.Length; i++)
            squares += _weights[i] / _totalWeight * Math.Pow(Math.Log(_values[i]) - mean, 2);
        var freedom = UsualSpreadJobs + EffectiveSize - 1;
        var spread = Math.Sqrt((UsualSpreadJobs * UsualSpread * UsualSpread + EffectiveSize * squares) / freedom);
        return Math.Exp(mean + StudentT(level, freedom) * spread * Math.Sqrt(1 + 1 / EffectiveSize));
    }

    /// <summary>Quantile of Student's t for 0.1, 0.9 and 0.95, within 0.001 from 4 degrees of freedom (Cornish and Fisher's expansion).</summary>
    internal static double StudentT(double level, double freedom)
    {
        var z = level switch
        {
            0.1 => -1.2815515655446004,
            0.9 => 1.2815515655446004,
            0.95 => 1.6448536269514722,
            _ => throw new ArgumentOutOfRangeException(nameof(level), level, "0.1, 0.9 or 0.95"),
        };
        double z2 = z * z, n = freedom;
        return z * (1
            + (z2 + 1) / (4 * n)
            + ((5 * z2 + 16) * z2 + 3) / (96 * n * n)
            + (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * n * n * n));
    }
}
