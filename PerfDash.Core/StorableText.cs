using System.Text;
using System.Text.RegularExpressions;

namespace PerfDash.Core;

/// <summary>
/// JSON can spell what neither PostgreSQL nor a .NET string holds: U+0000, half a surrogate pair, bytes that are no UTF-8.
/// <see cref="Marked(string)"/> puts a character that no text has in their place, so that JSON can be read as usual and what holds
/// it can be distinguished: such a value costs its own field.
/// </summary>
public static partial class StorableText
{
    /// <summary>Why a value is not taken.</summary>
    public const string Problem = "contains a character that cannot be stored (U+0000, half a surrogate pair or bytes that are not UTF-8)";

    // A noncharacter: Unicode keeps it for use within programs.
    private const char Mark = '\uFDD0';

    private static readonly Encoding Utf8 = Encoding.GetEncoding("utf-8", EncoderFallback.ReplacementFallback, new DecoderReplacementFallback(Mark.ToString()));

    /// <summary>False for text that was marked, or that holds U+0000.</summary>
    public static bool IsStorable(string text) => !text.Contains(Mark, StringComparison.Ordinal) && !text.Contains('\0', StringComparison.Ordinal);

    /// <summary>The text for people to read, with a question mark for what cannot be stored.</summary>
    public static string Readable(string text) => text.Replace(Mark, '\uFFFD').Replace('\0', '\uFFFD');

    /// <summary>JSON whose every string can be read.</summary>
    public static string Marked(string json) => json.Contains(@"\u", StringComparison.Ordinal)
        ? Escape().Replace(json, escape => escape.Groups["unstorable"].Success ? @"\ufdd0" : escape.Value)
        : json;

    /// <summary>As <see cref="Marked(string)"/>, from bytes.</summary>
    public static string Marked(ReadOnlySpan<byte> json) => Marked(Utf8.GetString(json));

    /// <summary>Text that is not JSON, from bytes.</summary>
    public static string FromUtf8(ReadOnlySpan<byte> text) => Utf8.GetString(text);

    /// <summary>At most so many characters of a text, not through the middle of one that takes two.</summary>
    public static string Cut(string text, int length) => text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    [GeneratedRegex(@"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<unstorable>\\u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000))|\\.", RegexOptions.ExplicitCapture)]
    private static partial Regex Escape();
}
