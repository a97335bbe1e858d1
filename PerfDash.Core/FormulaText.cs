using System.Globalization;

namespace PerfDash.Core;

/// <summary>Text in CSV that a spreadsheet must not run as a formula: it has an apostrophe before it, which reading it back takes away.</summary>
public static class FormulaText
{
    /// <summary>
    /// The text, with an apostrophe before it where it begins with <c>= + - @</c>, full-width ones too, behind any spaces and
    /// invisible characters, or with a tab or a new line; also where it looks as if that had been done already.
    /// </summary>
    public static string Neutralize(string text) => NeedsApostrophe(text) ? "'" + text : text;

    /// <summary>The text that <see cref="Neutralize"/> was given.</summary>
    public static string Restore(string text) => text is ['\'', ..] && NeedsApostrophe(text[1..]) ? text[1..] : text;

    private static bool NeedsApostrophe(string text)
    {
        var rest = text.AsSpan().TrimStart('\'');
        if (rest.IsEmpty)
            return false;
        if (rest[0] is '\t' or '\r' or '\n' or '\0')
            return true;
        var start = 0;
        while (start < rest.Length && IsUnseen(rest[start]))
            start++;
        return start < rest.Length && rest[start] is '=' or '+' or '-' or '@' or '＝' or '＋' or '－' or '＠';
    }

    /// <summary>What a spreadsheet skips: white space, control characters, and those without a width.</summary>
    private static bool IsUnseen(char c) => char.IsWhiteSpace(c) || char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format;
}
