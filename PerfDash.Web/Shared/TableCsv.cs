using System.Globalization;
using System.Text;
using PerfDash.Data;

namespace PerfDash.Web.Shared;

/// <summary>
/// What pages show as CSV (RFC 4180, comma, CRLF): moments in ISO 8601 UTC, plain numbers in their stored unit, nothing where there is no value.
/// A text a spreadsheet would run as a formula is prefixed with an apostrophe.
/// </summary>
public static class TableCsv
{
    /// <summary>The whole table.</summary>
    /// <param name="head">Names of the columns, with units.</param>
    /// <param name="rows">Text, numbers, moments (UTC) or null.</param>
    public static string Write(IEnumerable<string> head, IEnumerable<IEnumerable<object?>> rows)
    {
        var csv = new StringBuilder();
        CsvCell.AppendLine(csv, head.Select(Text));
        foreach (var row in rows)
            CsvCell.AppendLine(csv, row.Select(Cell));
        return csv.ToString();
    }

    /// <summary>A name with its unit, for the head of a column.</summary>
    public static string WithUnit(string name, ValueUnit unit) => UnitFormat.StoredUnit(unit) is { Length: > 0 } stored ? $"{name} ({stored})" : name;

    /// <summary>A text as one cell, as <see cref="CsvCell.Text"/>; a name that is a plain number, such as a parameter's value, stays one.</summary>
    public static string Text(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _) ? text : CsvCell.Text(text);

    private static string Cell(object? value) => value switch
    {
        null => "",
        string text => Text(text),
        DateTime moment => moment.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture),
        double number when !double.IsFinite(number) => "",
        float number when !float.IsFinite(number) => "",
        Enum word => Text(word.ToText()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => Text(value.ToString() ?? ""),
    };
}
