using System.Buffers;
using System.Text;

namespace PerfDash.Web.Shared;

/// <summary>Cells of comma-separated values as RFC 4180 has them.</summary>
public static class CsvCell
{
    private static readonly SearchValues<char> NeedsQuotes = SearchValues.Create("\",\r\n\t'");

    /// <summary>A text as one cell: neutralised, and quoted where needed.</summary>
    public static string Text(string text)
    {
        var cell = FormulaText.Neutralize(text);
        var quoted = cell.AsSpan().IndexOfAny(NeedsQuotes) >= 0 || (cell.Length > 0 && (cell[0] == ' ' || cell[^1] == ' '));
        return quoted ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
    }

    /// <summary>Puts cells into a line.</summary>
    public static void AppendLine(StringBuilder csv, IEnumerable<string> cells) => csv.AppendJoin(',', cells).Append("\r\n");
}
