using System.Globalization;
using System.Text.Json;

namespace PerfDash.Core.Alerts;

/// <summary>Reads the fields of a rule's JSON object; what cannot be read is an error under the name of its field. Unknown fields are left alone.</summary>
internal sealed class FieldReader(JsonElement body)
{
    public Dictionary<string, string[]> Errors { get; } = [];

    public string? Text(string field, string? otherwise) => Read(field, otherwise, "must be text", value =>
        value.ValueKind == JsonValueKind.String ? value.GetString() : throw new FormatException());

    /// <summary>A value by its text; null for any other text, which is to be refused where the input is validated.</summary>
    public T? Word<T>(string field, T? otherwise)
        where T : struct, Enum => EnumText.Find<T>(Text(field, otherwise?.ToText()));

    public float? Real(string field, float? otherwise) => Read(field, otherwise, "must be a finite number", value =>
        value.ValueKind == JsonValueKind.Number
        && float.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var real)
        && float.IsFinite(real)
            ? real
            : throw new FormatException());

    public long? Whole(string field, long? otherwise) => Read<long?>(field, otherwise, "must be a whole number", value =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && decimal.Truncate(number) == number
        && number is >= long.MinValue and <= long.MaxValue
            ? (long)number
            : throw new FormatException());

    public int Count(string field, int otherwise)
    {
        var value = Whole(field, otherwise);
        if (value is null or < int.MinValue or > int.MaxValue)
            Errors.TryAdd(field, [$"{field} must be a whole number."]);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : otherwise;
    }

    public bool Flag(string field, bool otherwise) => Read<bool?>(field, otherwise, "must be true or false", value => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new FormatException(),
    }) ?? Missing(field, otherwise);

    public DateTime? Moment(string field, DateTime? otherwise) => Read<DateTime?>(field, otherwise, "must be a date and time in ISO 8601 format, such as 2026-11-24T08:00:00Z", value =>
        value.ValueKind == JsonValueKind.String && TimeRange.ReadIso8601(value.GetString()!) is { } moment
            ? moment.UtcDateTime
            : throw new FormatException());

    private bool Missing(string field, bool otherwise)
    {
        Errors.TryAdd(field, [$"{field} must be true or false."]);
        return otherwise;
    }

    private T? Read<T>(string field, T? otherwise, string expected, Func<JsonElement, T?> read)
    {
        if (!body.TryGetProperty(field, out var value))
            return otherwise;
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
            return otherwise;
        }
    }
}
