using System.Globalization;
using System.Text;
using PerfDash.Web.Shared;

namespace PerfDash.Web.Charts;

/// <summary>
/// Charts as CSV (RFC 4180, comma, CRLF): moments in ISO 8601 UTC, values as plain numbers in their stored unit, gaps empty.
/// A text a spreadsheet would run as a formula is prefixed with an apostrophe.
/// </summary>
public static class ChartCsv
{
    /// <summary>The whole of a chart's figures.</summary>
    public static string Write(ChartInput input)
    {
        var table = ChartTableRows.From(input);
        var csv = new StringBuilder();
        CsvCell.AppendLine(csv, [.. Heads(input),
            .. input.Series.Select(s => Text(WithUnit(s.ReportedName ?? s.Name, input.Unit)))]);
        foreach (var row in table.Rows)
            CsvCell.AppendLine(csv, [.. Places(row.Place, input), .. row.Cells.Select(c => Number(c?.Y))]);
        return csv.ToString();
    }

    /// <summary>A text as one cell, as <see cref="CsvCell.Text"/>; a name that is a plain number, such as a parameter's value, stays one.</summary>
    public static string Text(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _) ? text : CsvCell.Text(text);

    private static IEnumerable<string> Heads(ChartInput input) => input.Axis == ChartAxis.Bins
        ? [Text(WithUnit($"{input.XName} from", input.Bins!.Unit)), Text(WithUnit($"{input.XName} to", input.Bins.Unit))]
        : [Text(WithUnit(input.XName, input.Axis == ChartAxis.Number ? input.XUnit : ValueUnit.Number))];

    private static IEnumerable<string> Places(ChartPoint place, ChartInput input) => input.Axis == ChartAxis.Bins
        ? [Number(input.Bins!.Edges[(int)place.X]), Number(input.Bins.Edges[(int)place.X + 1])]
        : [Place(place, input.Axis)];

    private static string Place(ChartPoint place, ChartAxis axis) => axis switch
    {
        ChartAxis.Time => DateTimeOffset.FromUnixTimeMilliseconds((long)place.X).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        ChartAxis.Category => Text(place.Category ?? ""),
        _ => Number(place.X),
    };

    private static string Number(double? value) =>
        value is { } v && double.IsFinite(v) ? v.ToString("R", CultureInfo.InvariantCulture) : "";

    private static string WithUnit(string name, ValueUnit unit) =>
        UnitFormat.StoredUnit(unit) is { Length: > 0 } stored ? $"{name} ({stored})" : name;
}
