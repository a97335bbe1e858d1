namespace PerfDash.Core.Statistics;

/// <summary>One stratum's precision: the inverse of the covariance of its two means. A side without jobs has zeros.</summary>
/// <param name="Outer">Index of the level that is eliminated (a worker).</param>
/// <param name="Inner">Index of the level that is kept (a tier).</param>
/// <param name="Baseline">Of the baseline's mean.</param>
/// <param name="Other">Of the other side's.</param>
/// <param name="Both">Between them.</param>
internal readonly record struct CellPrecision(int Outer, int Inner, double Baseline, double Other, double Both);

/// <summary>
/// Generalized least squares of cell means on worker + tier + side (−½ for the baseline, +½ for the other). The levels of
/// one factor are eliminated first (their block is diagonal), so that a farm of many workers costs no more than its tiers.
/// Levels that the cells cannot distinguish are skipped (Goodnight's sweep, 1979): what they would add is zero.
/// </summary>
internal sealed class AdditiveFit
{
    private readonly IReadOnlyList<CellPrecision> _cells;
    private readonly double[] _outer;
    private readonly double[][] _cross;
    private readonly double[,] _inverse;

    /// <summary>Prepares the equations.</summary>
    public AdditiveFit(IReadOnlyList<CellPrecision> cells, int outerLevels, int innerLevels)
    {
        (_cells, Side) = (cells, innerLevels);
        _outer = new double[outerLevels];
        _cross = [.. Enumerable.Range(0, outerLevels).Select(_ => new double[innerLevels + 1])];
        var dense = new double[innerLevels + 1, innerLevels + 1];
        foreach (var cell in cells)
        {
            var total = cell.Baseline + cell.Other + (2 * cell.Both);
            var tilt = (cell.Other - cell.Baseline) / 2;
            _outer[cell.Outer] += total;
            _cross[cell.Outer][cell.Inner] += total;
            _cross[cell.Outer][Side] += tilt;
            dense[cell.Inner, cell.Inner] += total;
            dense[cell.Inner, Side] += tilt;
            dense[Side, cell.Inner] += tilt;
            dense[Side, Side] += (cell.Baseline + cell.Other - (2 * cell.Both)) / 4;
        }

        double[] scale = [.. Enumerable.Range(0, Side + 1).Select(i => dense[i, i])];
        for (var o = 0; o < outerLevels; o++)
        {
            for (var i = 0; i <= Side; i++)
            {
                for (var j = 0; j <= Side; j++)
                    dense[i, j] -= _cross[o][i] * _cross[o][j] / _outer[o];
            }
        }

        var skipped = Invert(dense, scale);
        _inverse = dense;
        Levels = outerLevels + innerLevels - skipped;
    }

    /// <summary>Levels of tiers and workers that the cells can distinguish.</summary>
    public int Levels { get; }

    private int Side { get; }

    /// <summary>How much the estimated difference changes with each cell's mean: it is the sum of weight × mean.</summary>
    public (double Baseline, double Other)[] Weights() =>
    [
        .. _cells.Select(cell =>
        {
            var (a, b) = (Reach(cell, -0.5), Reach(cell, 0.5));
            return ((cell.Baseline * a) + (cell.Both * b), (cell.Both * a) + (cell.Other * b));
        }),
    ];

    /// <summary>What tier and worker alone come to in each cell, given its two means.</summary>
    public double[] Fit(IReadOnlyList<(double Baseline, double Other)> means, out double difference)
    {
        var outer = new double[_outer.Length];
        var right = new double[Side + 1];
        foreach (var (cell, mean) in _cells.Zip(means))
        {
            var a = (cell.Baseline * mean.Baseline) + (cell.Both * mean.Other);
            var b = (cell.Both * mean.Baseline) + (cell.Other * mean.Other);
            outer[cell.Outer] += a + b;
            right[cell.Inner] += a + b;
            right[Side] += (b - a) / 2;
        }

        for (var o = 0; o < outer.Length; o++)
        {
            for (var i = 0; i <= Side; i++)
                right[i] -= _cross[o][i] * outer[o] / _outer[o];
        }

        double[] inner = [.. Enumerable.Range(0, Side + 1).Select(i => Enumerable.Range(0, Side + 1).Sum(j => _inverse[i, j] * right[j]))];
        difference = inner[Side];
        return [.. _cells.Select(cell => inner[cell.Inner] + ((outer[cell.Outer] - Enumerable.Range(0, Side + 1).Sum(i => _cross[cell.Outer][i] * inner[i])) / _outer[cell.Outer]))];
    }

    /// <summary>x′ (inverse) x for x that has <paramref name="level"/> on the cell's tier and worker and <paramref name="side"/> on the side.</summary>
    public double Quadratic(CellPrecision cell, double level, double side)
    {
        var z = new double[Side + 1];
        for (var i = 0; i <= Side; i++)
            z[i] = -level * _cross[cell.Outer][i] / _outer[cell.Outer];
        z[cell.Inner] += level;
        z[Side] += side;
        var sum = level * level / _outer[cell.Outer];
        for (var i = 0; i <= Side; i++)
        {
            for (var j = 0; j <= Side; j++)
                sum += z[i] * z[j] * _inverse[i, j];
        }

        return sum;
    }

    private double Reach(CellPrecision cell, double side)
    {
        var sum = _inverse[cell.Inner, Side] + (side * _inverse[Side, Side]);
        for (var i = 0; i <= Side; i++)
            sum -= _cross[cell.Outer][i] / _outer[cell.Outer] * _inverse[i, Side];
        return sum;
    }

    /// <summary>A generalized inverse in place; returns how many levels were skipped.</summary>
    private static int Invert(double[,] matrix, double[] scale)
    {
        var n = scale.Length;
        var isSkipped = new bool[n];
        for (var k = 0; k < n; k++)
        {
            var pivot = matrix[k, k];
            if (!(pivot > 1e-10 * scale[k]))
            {
                isSkipped[k] = true;
                continue;
            }

            for (var i = 0; i < n; i++)
            {
                if (i == k)
                    continue;
                var factor = matrix[i, k] / pivot;
                for (var j = 0; j < n; j++)
                {
                    if (j != k)
                        matrix[i, j] -= factor * matrix[k, j];
                }

                matrix[i, k] = -factor;
            }

            for (var j = 0; j < n; j++)
            {
                if (j != k)
                    matrix[k, j] /= pivot;
            }

            matrix[k, k] = 1 / pivot;
        }

        for (var k = 0; k < n; k++)
        {
            for (var j = 0; j < n && isSkipped[k]; j++)
                matrix[k, j] = matrix[j, k] = 0;
        }

        return isSkipped.Take(n - 1).Count(skipped => skipped);
    }
}
