using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PerfDash.Web.Api.Responses;

/// <summary>
/// Rows as comma-separated values (RFC 4180, CRLF, with a header line): the JSON of each row laid flat, so that names,
/// numbers and moments are those of the JSON answer. Objects become columns named <c>object_property</c>, lists within a
/// row are left out, null is an empty cell. A property with <see cref="CsvJsonAttribute"/> is one cell of JSON.
/// </summary>
internal static class CsvTable
{
    /// <summary>The table. Columns come from the type, those of dictionaries and free JSON from the rows, by name.</summary>
    public static string Write<TRow>(IEnumerable<TRow> rows, JsonSerializerOptions json)
    {
        JsonElement[] elements = [.. rows.Select(row => JsonSerializer.SerializeToElement(row, json))];
        List<Column> columns = [.. Columns(typeof(TRow), new Column("", []), elements, json)];
        var csv = new StringBuilder();
        CsvCell.AppendLine(csv, columns.Select(column => CsvCell.Text(column.Name)));
        foreach (var row in elements)
            CsvCell.AppendLine(csv, columns.Select(column => Cell(column.In(row), column.IsJson)));
        return csv.ToString();
    }

    private static IEnumerable<Column> Columns(Type type, Column at, JsonElement[] rows, JsonSerializerOptions json)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var info = json.GetTypeInfo(type);
        if (type == typeof(JsonElement) || info.Kind == JsonTypeInfoKind.Dictionary)
            return ColumnsOf([.. rows.Select(at.In)], at);
        return info.Kind switch
        {
            JsonTypeInfoKind.None => [at],
            JsonTypeInfoKind.Enumerable => [],
            _ => info.Properties.Where(property => property.Get is not null)
                .SelectMany(property => property.AttributeProvider?.IsDefined(typeof(CsvJsonAttribute), inherit: false) is true
                    ? [at.Into(property.Name) with { IsJson = true }]
                    : Columns(property.PropertyType, MergedRow.Is(type) ? at.Through(property.Name) : at.Into(property.Name), rows, json)),
        };
    }

    /// <summary>The columns of objects whose names only they know.</summary>
    private static IEnumerable<Column> ColumnsOf(IReadOnlyCollection<JsonElement> objects, Column at)
    {
        var values = objects.Where(o => o.ValueKind == JsonValueKind.Object).SelectMany(o => o.EnumerateObject()).ToLookup(p => p.Name, p => p.Value, StringComparer.Ordinal);
        foreach (var named in values.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            var column = at.Into(named.Key);
            if (named.Any(v => v.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)) && !named.Any(v => v.ValueKind == JsonValueKind.Object))
                yield return column;
            foreach (var inner in ColumnsOf([.. named], column))
                yield return inner;
        }
    }

    private static string Cell(JsonElement value, bool isJson) => value.ValueKind switch
    {
        JsonValueKind.Object or JsonValueKind.Array when isJson => CsvCell.Text(value.GetRawText()),
        JsonValueKind.String => CsvCell.Text(value.GetString()!),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => "",
    };

    private sealed record Column(string Name, IReadOnlyList<string> Path)
    {
        public bool IsJson { get; init; }

        public Column Into(string property) => new(Name.Length == 0 ? property : $"{Name}_{property}", [.. Path, property]);

        public Column Through(string property) => this with { Path = [.. Path, property] };

        public JsonElement In(JsonElement row)
        {
            foreach (var property in Path)
            {
                if (row.ValueKind != JsonValueKind.Object || !row.TryGetProperty(property, out row))
                    return default;
            }

            return row;
        }
    }
}

/// <summary>Makes rows out of two objects.</summary>
internal static class MergedRow
{
    /// <summary>A row that has the columns of both, those of <paramref name="left"/> first.</summary>
    public static MergedRow<TLeft, TRight> Create<TLeft, TRight>(TLeft left, TRight right) => new(left, right);

    /// <summary>True for the type of such a row.</summary>
    public static bool Is(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(MergedRow<,>);
}

/// <summary>A row that has the columns of both.</summary>
internal sealed record MergedRow<TLeft, TRight>(TLeft Left, TRight Right);
