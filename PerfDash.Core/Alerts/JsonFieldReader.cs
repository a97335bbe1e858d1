using System.Globalization;
using System.Text.Json;

namespace PerfDash.Core.Alerts;

/// <summary>Reads the fields of a JSON object; what cannot be read is an error under the name of its field. Unknown fields are left alone.</summary>
internal sealed class JsonFieldReader(JsonElement body)
{
    public Dictionary<string, string[]> Errors { get; } = [];

    public string? Text(string field, string? defaultValue) => Read(field, defaultValue, "must be text", value =>
        value.ValueKind == JsonValueKind.String ? value.GetString() : throw new FormatException());

    /// <summary>A value by its text; null for any other text, which is to be refused where the input is validated.</summary>
    public T? Enum<T>(string field, T? defaultValue)
        where T : struct, System.Enum => EnumText.Find<T>(Text(field, defaultValue?.ToText()));

    public float? Single(string field, float? defaultValue) => Read(field, defaultValue, "must be a finite number", value =>
        value.ValueKind == JsonValueKind.Number
        && float.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var real)
        && float.IsFinite(real)
            ? real
            : throw new FormatException());

    public long? Int64(string field, long? defaultValue) => Read<long?>(field, defaultValue, "must be a whole number", value =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && decimal.Truncate(number) == number
        && number is >= long.MinValue and <= long.MaxValue
            ? (long)number
            : throw new FormatException());

    public int Int32(string field, int defaultValue)
    {
        var value = Int64(field, defaultValue);
        if (value is null or < int.MinValue or > int.MaxValue)
            Errors.TryAdd(field, [$"{field} must be a whole number."]);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : defaultValue;
    }

    public bool Boolean(string field, bool defaultValue) => Read<bool?>(field, defaultValue, "must be true or false", value => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new FormatException(),
    }) ?? Missing(field, defaultValue);

    public DateTime? DateTime(string field, DateTime? defaultValue) => Read<DateTime?>(field, defaultValue, "must be a date and time in ISO 8601 format, such as 2026-11-24T08:00:00Z", value =>
        value.ValueKind == JsonValueKind.String && TimeRange.ReadIso8601(value.GetString()!) is { } moment
            ? moment.UtcDateTime
            : throw new FormatException());

    private bool Missing(string field, bool defaultValue)
    {
        Errors.TryAdd(field, [$"{field} must be true or false."]);
        return defaultValue;
    }

    private T? Read<T>(string field, T? defaultValue, string expected, Func<JsonElement, T?> read)
    {
        if (!body.TryGetProperty(field, out var value))
            return defaultValue;
        if (value.ValueKind == JsonValueKind.Null)
            return default;
        try
        {
            return read(value);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            // The latter is what the JSON library raises for text that is not valid Unicode.
            Errors.TryAdd(field, [$"{field} {expected}."]);
            return defaultValue;
        }
    }
}
