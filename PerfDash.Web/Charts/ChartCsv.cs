using System.Globalization;

namespace PerfDash.Web.Charts;

public static class ChartCsv
{
    /// <summary>The whole of a chart's figures.</summary>
    public static string Write(ChartInput input) => TableCsv.Write(
        [.. Heads(input), .. input.Series.Select(s => TableCsv.WithUnit(s.ReportedName ?? s.Name, input.Unit))],
        ChartTableRows.From(input).Rows.Select(row => Places(row.Place, input).Concat(row.Cells.Select(c => (object?)c?.Y))));

    private static IEnumerable<string> Heads(ChartInput input) => input.Axis == ChartAxis.Bins
        ? [TableCsv.WithUnit($"{input.XName} from", input.Bins!.Unit), TableCsv.WithUnit($"{input.XName} to", input.Bins.Unit)]
        : [TableCsv.WithUnit(input.XName, input.Axis == ChartAxis.Number ? input.XUnit : ValueUnit.Number)];

    private static IEnumerable<object?> Places(ChartPoint place, ChartInput input) => input.Axis switch
    {
        ChartAxis.Bins => [input.Bins!.Edges[(int)place.X], input.Bins.Edges[(int)place.X + 1]],
        ChartAxis.Time => [DateTimeOffset.FromUnixTimeMilliseconds((long)place.X).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)],
        ChartAxis.Category => [place.Category],
        _ => [place.X],
    };
}
