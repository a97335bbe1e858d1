using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace PerfDash.Data;

/// <summary>The one mapping of enums to text: <c>FailedShare</c> is <c>failed_share</c> in the database, in JSON, in addresses and in CSV.</summary>
public static class EnumText
{
    /// <summary>Writes the texts into JSON.</summary>
    public static JsonConverter Json { get; } = new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower);

    public static string ToText(this Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>Its text as a literal of SQL.</summary>
    public static string ToSql(this Enum value) => $"'{value.ToText()}'";

    /// <summary>SQL of the value's number: what EF reads an enum from in rows that are no entity's, which know no conversion.</summary>
    public static string NumberSql<T>(string column)
        where T : struct, Enum => $"array_position(ARRAY[{string.Join(", ", Enum.GetValues<T>().Select(value => value.ToSql()))}], {column}) - 1";

    /// <summary>The texts of all values, in their order.</summary>
    public static string[] All<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(value => value.ToText())];

    /// <summary>The value of a text.</summary>
    /// <exception cref="FormatException">No value has it: another program wrote it, or a newer PerfDash.</exception>
    public static T Parse<T>(string text)
        where T : struct, Enum => Find<T>(text) ?? throw new FormatException($"\"{text}\" is not a {typeof(T).Name}.");

    /// <summary>The value of a text; null where none has it.</summary>
    public static T? Find<T>(string? text)
        where T : struct, Enum => text is not null && Values<T>.ByText.TryGetValue(text, out var value) ? value : null;

    private static class Values<T>
        where T : struct, Enum
    {
        public static readonly FrozenDictionary<string, T> ByText = Enum.GetValues<T>().ToFrozenDictionary(value => value.ToText());
    }
}

/// <summary>Keeps an enum as text.</summary>
internal sealed class EnumTextConverter<T>() : ValueConverter<T, string>(value => value.ToText(), text => EnumText.Parse<T>(text))
    where T : struct, Enum;
