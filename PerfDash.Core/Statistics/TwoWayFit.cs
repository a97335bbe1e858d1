namespace PerfDash.Core.Statistics;

/// <summary>One figure of a table: the mean in a row and a column, and how much it weighs.</summary>
/// <param name="Row">Index of the row, from 0.</param>
/// <param name="Column">Index of the column, from 0.</param>
/// <param name="Value">The figure, finite.</param>
/// <param name="Weight">Greater than 0.</param>
public readonly record struct TableEntry(int Row, int Column, double Value, double Weight);

/// <summary>
/// The additive model value = row + column of a table with gaps, by weighted least squares: the time-product dummy
/// method of index numbers (products are rows, periods columns). Columns that no chain of shared rows joins cannot be
/// compared; they are distinguished as parts.
/// </summary>
public sealed class TwoWayFit
{
    private const double Tolerance = 1e-12;

    private TwoWayFit(double[] rows, double[] columns, int[] rowParts, int[] columnParts) =>
        (Rows, Columns, RowParts, ColumnParts) = (rows, columns, rowParts, columnParts);

    /// <summary>Effect of each row; NaN for one without entries.</summary>
    public double[] Rows { get; }

    /// <summary>Effect of each column. Within a part only differences mean anything; their weighted mean is 0. NaN without entries.</summary>
    public double[] Columns { get; }

    /// <summary>Which part a row belongs to; −1 without entries.</summary>
    public int[] RowParts { get; }

    /// <summary>Which part a column belongs to; −1 without entries.</summary>
    public int[] ColumnParts { get; }

    public static TwoWayFit Fit(IReadOnlyList<TableEntry> entries, int rowCount, int columnCount)
    {
        var (rowWeights, columnWeights) = (new double[rowCount], new double[columnCount]);
        var rowMeans = new double[rowCount];
        foreach (var entry in entries)
        {
            rowWeights[entry.Row] += entry.Weight;
            columnWeights[entry.Column] += entry.Weight;
            rowMeans[entry.Row] += entry.Weight * entry.Value;
        }

        for (var r = 0; r < rowCount; r++)
            rowMeans[r] /= rowWeights[r];
        var (rowParts, columnParts) = Parts(entries, rowWeights, columnWeights);
        var columns = Solve(entries, rowMeans, rowWeights, columnWeights);
        Centre(columns, columnWeights, columnParts);

        var rows = new double[rowCount];
        foreach (var entry in entries)
            rows[entry.Row] += entry.Weight * (entry.Value - columns[entry.Column]) / rowWeights[entry.Row];
        for (var r = 0; r < rowCount; r++)
            rows[r] = rowWeights[r] > 0 ? rows[r] : double.NaN;
        for (var c = 0; c < columnCount; c++)
            columns[c] = columnWeights[c] > 0 ? columns[c] : double.NaN;
        return new TwoWayFit(rows, columns, rowParts, columnParts);
    }

    /// <summary>The normal equations with the rows eliminated, solved by conjugate gradients: few buckets, and no matrix of all columns.</summary>
    private static double[] Solve(IReadOnlyList<TableEntry> entries, double[] rowMeans, double[] rowWeights, double[] columnWeights)
    {
        var n = columnWeights.Length;
        var solution = new double[n];
        var residual = new double[n];
        var total = 0d;
        foreach (var entry in entries)
        {
            residual[entry.Column] += entry.Weight * (entry.Value - rowMeans[entry.Row]);
            total += entry.Weight * entry.Value * entry.Value;
        }

        var scaled = Scaled(residual);
        var direction = (double[])scaled.Clone();
        var size = Dot(residual, scaled);
        // Measured by the values, not by what they differ: of a table without differences only rounding is left, part of which no
        // column can take up, and steps towards that grow without bound.
        var end = total * Tolerance * Tolerance;
        for (var step = 0; step < 2 * n && size > end; step++)
        {
            var image = Image(direction);
            var curvature = Dot(direction, image);
            if (!(curvature > 0))
                break;
            var length = size / curvature;
            for (var c = 0; c < n; c++)
            {
                solution[c] += length * direction[c];
                residual[c] -= length * image[c];
            }

            scaled = Scaled(residual);
            var next = Dot(residual, scaled);
            for (var c = 0; c < n; c++)
                direction[c] = scaled[c] + (next / size * direction[c]);
            size = next;
        }

        return solution;

        double[] Scaled(double[] values) => [.. values.Select((v, c) => columnWeights[c] > 0 ? v / columnWeights[c] : 0)];

        double[] Image(double[] values)
        {
            var byRow = new double[rowWeights.Length];
            foreach (var entry in entries)
                byRow[entry.Row] += entry.Weight * values[entry.Column];
            double[] image = [.. values.Select((v, c) => v * columnWeights[c])];
            foreach (var entry in entries)
                image[entry.Column] -= entry.Weight * byRow[entry.Row] / rowWeights[entry.Row];
            return image;
        }
    }

    private static void Centre(double[] columns, double[] weights, int[] parts)
    {
        foreach (var part in Enumerable.Range(0, columns.Length).Where(c => parts[c] >= 0).GroupBy(c => parts[c]))
        {
            var mean = part.Sum(c => weights[c] * columns[c]) / part.Sum(c => weights[c]);
            foreach (var c in part)
                columns[c] -= mean;
        }
    }

    private static (int[] Rows, int[] Columns) Parts(IReadOnlyList<TableEntry> entries, double[] rowWeights, double[] columnWeights)
    {
        int[] parents = [.. Enumerable.Range(0, rowWeights.Length + columnWeights.Length)];
        foreach (var entry in entries)
            parents[Root(entry.Row)] = Root(rowWeights.Length + entry.Column);
        return (
            [.. rowWeights.Select((w, r) => w > 0 ? Root(r) : -1)],
            [.. columnWeights.Select((w, c) => w > 0 ? Root(rowWeights.Length + c) : -1)]);

        int Root(int node)
        {
            while (parents[node] != node)
                node = parents[node] = parents[parents[node]];
            return node;
        }
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0d;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
