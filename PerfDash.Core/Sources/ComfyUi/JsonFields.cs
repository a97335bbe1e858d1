using System.Globalization;
using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi;

/// <summary>
/// Reads fields of JSON that others wrote. Nothing here throws: a field that is absent, of another type or not storable is null.
/// <see cref="JsonElement"/> throws on text with half a surrogate pair, also where it is the name of a property.
/// </summary>
internal static class JsonFields
{
    /// <summary>Characters in a name, an id or a model's file name; longer ones are ignored.</summary>
    public const int MaxNameLength = 200;

    /// <summary>The property of an object, or null.</summary>
    public static JsonElement? Field(this JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        try
        {
            return element.TryGetProperty(name, out var value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            // It came upon a name that cannot be read; the others can.
            return element.Fields().Where(field => field.Name == name).Select(field => (JsonElement?)field.Value).LastOrDefault();
        }
    }

    /// <summary>The properties of an object whose names can be read.</summary>
    public static IEnumerable<(string Name, JsonElement Value)> Fields(this JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            yield break;
        foreach (var property in element.EnumerateObject())
        {
            if (NameOf(property) is { } name)
                yield return (name, property.Value);
        }
    }

    /// <summary>The elements of an array; none where it is something else.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element) => element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];

    /// <summary>Text that can be stored; null for anything else.</summary>
    public static string? Text(this JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return element.GetString() is { } text && StorableText.IsStorable(text) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Text that is not blank and at most <see cref="MaxNameLength"/> characters long, without spaces around it.</summary>
    public static string? Name(this JsonElement element) => element.Text()?.Trim() is { Length: > 0 and <= MaxNameLength } name ? name : null;

    /// <summary>A finite number.</summary>
    public static double? Real(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;

    /// <summary>A whole number from 0 to the largest <see cref="int"/>; 25.0 is one.</summary>
    public static int? Count(this JsonElement element) =>
        element.Real() is { } number and >= 0 and <= int.MaxValue && number == Math.Floor(number) ? (int)number : null;

    /// <summary>A moment given in milliseconds since 1970; null where no date can hold it.</summary>
    public static DateTimeOffset? Moment(this JsonElement element) => element.EpochMs() is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;

    /// <summary>Milliseconds since 1970, from 1970 to the year 9999; a fraction is cut off.</summary>
    public static long? EpochMs(this JsonElement element) => element.Real() is { } ms and >= 0 and <= 253_402_300_799_999 ? (long)ms : null;

    /// <summary>A number as .NET holds it without loss: <see cref="long"/>, <see cref="ulong"/> or, with a fraction or beyond those, <see cref="double"/>.</summary>
    public static object? Number(this JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Number)
            return null;
        if (element.TryGetInt64(out var whole))
            return whole;
        if (element.TryGetUInt64(out var large))
            return large;
        return element.Real() is { } real ? Number(real) : null;
    }

    /// <summary>A <see cref="long"/> where that is exact, else the number itself.</summary>
    public static object Number(double real) => Math.Abs(real) < 1L << 53 && real == Math.Floor(real) ? (long)real : (object)real;

    /// <summary>The same text for 8, 8.0 and 8e0.</summary>
    public static string? NumberText(this JsonElement element) => element.Number() is { } number ? Convert.ToString(number, CultureInfo.InvariantCulture) : null;

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
