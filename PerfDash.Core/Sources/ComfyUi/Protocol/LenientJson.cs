using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace PerfDash.Core.Sources.ComfyUi.Protocol;

/// <summary>Reads JSON as Python's json module writes it.</summary>
/// <remarks>
/// It has bare NaN, Infinity and -Infinity, here null, and escapes of half surrogate pairs (names of files that are no UTF-8), here U+FFFD:
/// <see cref="JsonElement.GetString"/> would throw on them.
/// </remarks>
internal static class LenientJson
{
    /// <summary>The depth up to which answers are read.</summary>
    public const int MaxDepth = 256;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth };

    // Outside of strings only these bytes matter: no other JSON token has a capital N or I.
    private static readonly SearchValues<byte> Tokens = SearchValues.Create("\"NI"u8);
    private static readonly SearchValues<byte> InString = SearchValues.Create("\"\\"u8);

    /// <summary>Parses one document. The buffer is changed, and belongs to the document until that is disposed.</summary>
    /// <exception cref="JsonException">No JSON, no UTF-8, or deeper than <see cref="MaxDepth"/>.</exception>
    public static JsonDocument Parse(Memory<byte> json)
    {
        if (json.Span.StartsWith("\uFEFF"u8))
            json = json[3..];
        if (!Utf8.IsValid(json.Span))
            throw new JsonException("Not UTF-8.");
        var notNumbers = Rewrite(json.Span);
        return JsonDocument.Parse(notNumbers is null ? json : WithNulls(json.Span, notNumbers), Options);
    }

    /// <summary>Replaces what keeps its length. Answers where NaN stands, which is shorter than null; null where there is none.</summary>
    private static List<int>? Rewrite(Span<byte> json)
    {
        List<int>? notNumbers = null;
        for (var at = 0; at < json.Length;)
        {
            var next = json[at..].IndexOfAny(Tokens);
            if (next < 0)
                break;
            at += next;
            if (json[at] == '"')
                at = SkipString(json, at + 1);
            else if (json[at..].StartsWith("NaN"u8))
            {
                (notNumbers ??= []).Add(at);
                at += 3;
            }
            else if (json[at..].StartsWith("Infinity"u8))
            {
                var from = at > 0 && json[at - 1] == '-' ? at - 1 : at;
                at += "Infinity".Length;
                json[from..at].Fill((byte)' ');
                "null"u8.CopyTo(json[from..]);
            }
            else
                at++;
        }
        return notNumbers;
    }

    /// <summary>The index after the closing quotation mark.</summary>
    private static int SkipString(Span<byte> json, int at)
    {
        while (at < json.Length)
        {
            var next = json[at..].IndexOfAny(InString);
            if (next < 0)
                return json.Length;
            at += next;
            if (json[at] == '"')
                return at + 1;
            at += Escape(json[at..]);
        }
        return json.Length;
    }

    /// <summary>The length of an escape, or of two that are a surrogate pair; half a pair is replaced.</summary>
    private static int Escape(Span<byte> text)
    {
        if (CodeUnit(text) is not { } unit)
            return 2;
        if (char.IsHighSurrogate(unit) && CodeUnit(text[6..]) is { } low && char.IsLowSurrogate(low))
            return 12;
        if (char.IsSurrogate(unit))
            "\\ufffd"u8.CopyTo(text);
        return 6;
    }

    private static char? CodeUnit(ReadOnlySpan<byte> text) =>
        text.Length >= 6 && text.StartsWith("\\u"u8) && ushort.TryParse(text[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;

    private static byte[] WithNulls(ReadOnlySpan<byte> json, List<int> notNumbers)
    {
        var widened = new byte[json.Length + notNumbers.Count];
        int from = 0, to = 0;
        foreach (var at in notNumbers)
        {
            json[from..at].CopyTo(widened.AsSpan(to));
            to += at - from;
            "null"u8.CopyTo(widened.AsSpan(to));
            to += 4;
            from = at + 3;
        }
        json[from..].CopyTo(widened.AsSpan(to));
        return widened;
    }
}
