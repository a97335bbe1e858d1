using System.Globalization;
using System.Text;
using PerfDash.Data;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Shared;

/// <summary>Tables as CSV, by the rules of <see cref="ChartCsv"/>: moments in ISO 8601 UTC, plain numbers in their stored unit, nothing where there is no value.</summary>
public static class TableCsv
{
    /// <summary>The whole table.</summary>
    /// <param name="head">Names of the columns, with units.</param>
    /// <param name="rows">Text, numbers, moments (UTC) or null.</param>
    public static string Write(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<object?>> rows)
    {
        var csv = new StringBuilder();
        Line(head.Select(ChartCsv.Text));
        foreach (var row in rows)
            Line(row.Select(Cell));
        return csv.ToString();

        void Line(IEnumerable<string> cells) => csv.AppendJoin(',', cells).Append("\r\n");
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        string text => ChartCsv.Text(text),
        Enum word => ChartCsv.Text(word.ToText()),
        DateTime moment => moment.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        double number when !double.IsFinite(number) => "",
        float number when !float.IsFinite(number) => "",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => ChartCsv.Text(value.ToString() ?? ""),
    };
}
