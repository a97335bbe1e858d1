using System.Buffers;
using System.Globalization;
using System.Text;

namespace PerfDash.Web.Shared;

/// <summary>Cells of comma-separated values as RFC 4180 has them.</summary>
public static class CsvCell
{
    private static readonly SearchValues<char> NeedsQuotes = SearchValues.Create("\",\r\n\t'");

    /// <summary>A text as one cell: neutralised, and quoted where needed.</summary>
    public static string Text(string text)
    {
        var cell = Neutral(text);
        var quoted = cell.AsSpan().IndexOfAny(NeedsQuotes) >= 0 || (cell.Length > 0 && (cell[0] == ' ' || cell[^1] == ' '));
        return quoted ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
    }

    /// <summary>
    /// A text that a spreadsheet would run as a formula, with an apostrophe before it: one that begins with
    /// <c>= + - @</c>, full-width ones too, behind any spaces and invisible characters, or with a tab or a new line. So has one
    /// that begins with an apostrophe, that the first apostrophe of a cell is always an added one. Any other text as it is.
    /// </summary>
    public static string Neutral(string text)
    {
        if (text.Length == 0)
            return text;
        if (text[0] is '\t' or '\r' or '\n' or '\0' or '\'')
            return "'" + text;
        var first = text.SkipWhile(IsUnseen).FirstOrDefault();
        return first is '=' or '+' or '-' or '@' or '＝' or '＋' or '－' or '＠' ? "'" + text : text;
    }

    /// <summary>Puts cells into a line.</summary>
    public static void AppendLine(StringBuilder csv, IEnumerable<string> cells) => csv.AppendJoin(',', cells).Append("\r\n");

    /// <summary>What a spreadsheet skips: white space, control characters, and those without a width.</summary>
    private static bool IsUnseen(char c) => char.IsWhiteSpace(c) || char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format;
}
