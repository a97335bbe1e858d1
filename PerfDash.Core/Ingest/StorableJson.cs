using System.Globalization;
using System.Text.Json;

namespace PerfDash.Core.Ingest;

/// <summary>What jsonb can hold of a value that was reported. Goes with <see cref="StorableText.Marked(string)"/>.</summary>
internal static class StorableJson
{
    /// <summary>Objects and arrays within each other, at most; PostgreSQL's own limit depends on its stack.</summary>
    public const int MaxDepth = 100;

    /// <summary>Digits of a number, and powers of ten, at most; NUMERIC ends at 131,072 digits before the point and 16,383 after.</summary>
    public const int MaxDigits = 10_000;

    /// <summary>Why a value cannot be stored, to follow the name of its field; null when it can.</summary>
    public static string? ProblemOf(JsonElement value) => ProblemOf(value, 0);

    private static string? ProblemOf(JsonElement value, int depth)
    {
        if (depth > MaxDepth)
            return $"is nested more than {MaxDepth} deep";
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return StorableText.IsStorable(value.GetString()!) ? null : StorableText.Problem;
            case JsonValueKind.Number:
                return IsStorableNumber(value.GetRawText()) ? null : "is a number with more digits than can be stored";
            case JsonValueKind.Array:
                return value.EnumerateArray().Select(item => ProblemOf(item, depth + 1)).FirstOrDefault(problem => problem is not null);
            case JsonValueKind.Object:
                return value.EnumerateObject()
                    .Select(member => StorableText.IsStorable(member.Name) ? ProblemOf(member.Value, depth + 1) : StorableText.Problem)
                    .FirstOrDefault(problem => problem is not null);
            default:
                return null;
        }
    }

    private static bool IsStorableNumber(string text)
    {
        var e = text.AsSpan().IndexOfAny('e', 'E');
        var digits = e < 0 ? text.Length : e;
        return digits <= MaxDigits
            && (e < 0 || (int.TryParse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) && Math.Abs((long)exponent) <= MaxDigits));
    }
}
