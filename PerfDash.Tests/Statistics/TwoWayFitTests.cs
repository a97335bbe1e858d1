using CsCheck;
using PerfDash.Core.Statistics;

namespace PerfDash.Tests.Statistics;

public sealed class TwoWayFitTests
{
    private static readonly Gen<TableEntry> Entry = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 11], Gen.Double[-3, 3], Gen.Double[0.5, 40])
        .Select((row, column, value, weight) => new TableEntry(row, column, value, weight));

    [Fact]
    public void A_table_made_of_rows_and_columns_is_taken_apart_again()
    {
        double[] rows = [5, 2, 9];
        double[] columns = [-1, 0.5, 0, 0.5];
        // Gaps, but every column is joined to the others.
        TableEntry[] entries = [.. new[] { (0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 3), (0, 3) }.Select(c => new TableEntry(c.Item1, c.Item2, rows[c.Item1] + columns[c.Item2], 1 + c.Item1))];

        var fit = TwoWayFit.Fit(entries, 3, 4);

        Assert.All(Enumerable.Range(0, 4), c => Assert.Equal(columns[c] - columns[0], fit.Columns[c] - fit.Columns[0], 9));
        Assert.All(entries, e => Assert.Equal(e.Value, fit.Rows[e.Row] + fit.Columns[e.Column], 9));
    }

    [Fact]
    public void No_row_and_no_column_has_anything_left_over() => Entry.Array[1, 60].Sample(entries =>
    {
        var fit = TwoWayFit.Fit(entries, 6, 12);

        double Left(TableEntry e) => e.Weight * (e.Value - fit.Rows[e.Row] - fit.Columns[e.Column]);
        Assert.All(entries.GroupBy(e => e.Row), row => Assert.Equal(0, row.Sum(Left), 6));
        Assert.All(entries.GroupBy(e => e.Column), column => Assert.Equal(0, column.Sum(Left), 6));
        Assert.All(entries, e => Assert.Equal(fit.RowParts[e.Row], fit.ColumnParts[e.Column]));
    });

    [Fact]
    public void What_rounding_leaves_is_not_taken_for_a_difference()
    {
        // Found by the test above: two cells that hardly differ, and one whose mean is not its value to the last bit.
        var fit = TwoWayFit.Fit([new(0, 0, 0, 8), new(0, 1, -7.12E-14, 14), new(1, 2, -0.03076923076923077, 4.160714285714286), new(2, 3, 1, 11.07)], 3, 4);

        Assert.Equal(0, fit.Columns[0], 12);
        Assert.Equal(0, fit.Columns[1], 12);
        Assert.Equal(-0.03076923076923077, fit.Rows[1] + fit.Columns[2], 12);
    }

    [Fact]
    public void Columns_that_share_no_row_are_parts_of_their_own()
    {
        var fit = TwoWayFit.Fit([new(0, 0, 1, 1), new(0, 1, 2, 1), new(1, 2, 7, 1)], 3, 4);

        Assert.Equal(fit.ColumnParts[0], fit.ColumnParts[1]);
        Assert.NotEqual(fit.ColumnParts[0], fit.ColumnParts[2]);
        Assert.Equal((-1, -1), (fit.ColumnParts[3], fit.RowParts[2]));
        Assert.True(double.IsNaN(fit.Columns[3]) && double.IsNaN(fit.Rows[2]));
    }
}
