namespace PerfDash.Web.Charts;

/// <summary>The figures of a chart as rows and columns: what its table shows and its export contains. All points, none thinned out.</summary>
/// <param name="Input">The chart the rows are of.</param>
/// <param name="Rows">One row for each X (for each point of a scatter chart), one cell for each series.</param>
public sealed record ChartTableRows(ChartInput Input, IReadOnlyList<ChartTableRows.Row> Rows)
{
    /// <summary>One row. <paramref name="Cells"/> has a point, or null where the series has none at this X, for each series.</summary>
    public sealed record Row(ChartPoint Place, IReadOnlyList<ChartPoint?> Cells)
    {
        /// <summary>Whether any point of the row belongs to an unfinished bucket.</summary>
        public bool Partial => Cells.Any(c => c is { Partial: true });
    }

    /// <summary>Arranges the points of a chart in rows.</summary>
    public static ChartTableRows From(ChartInput input)
    {
        var width = input.Series.Count;
        if (input.Kind == ChartKind.Scatter)
        {
            return new(input, [.. input.Series.SelectMany((series, column) =>
                series.Points.Select(point => new Row(point, [.. Enumerable.Range(0, width).Select(i => i == column ? point : null)])))]);
        }

        var rows = new Dictionary<(double X, string? Category), ChartPoint?[]>();
        foreach (var (column, series) in input.Series.Index())
        {
            foreach (var point in series.Points)
            {
                var place = input.Axis == ChartAxis.Category ? (0d, point.Category ?? "") : (point.X, null);
                if (!rows.TryGetValue(place, out var cells))
                    rows[place] = cells = new ChartPoint?[width];
                cells[column] = point;
            }
        }

        var ordered = input.Axis == ChartAxis.Category ? rows.AsEnumerable() : rows.OrderBy(r => r.Key.X);
        return new(input, [.. ordered.Select(r => new Row(r.Value.First(c => c is not null)!, r.Value))]);
    }

    /// <summary>The X of a row as people read it.</summary>
    public string PlaceText(Row row) => Input.Axis switch
    {
        ChartAxis.Time => TimeLabel.Format(row.Place.X, Input.TimeGrain),
        ChartAxis.Category => row.Place.Category ?? "",
        ChartAxis.Bins => Input.Bins!.Names[(int)row.Place.X],
        _ => UnitFormat.Format(row.Place.X, Input.XUnit),
    };

    /// <summary>A cell as people read it; a gap is <see cref="UnitFormat.Missing"/>.</summary>
    public string CellText(ChartPoint? cell) => UnitFormat.Format(cell?.Y, Input.Unit);
}
