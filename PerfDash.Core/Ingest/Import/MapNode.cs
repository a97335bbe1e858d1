using System.Text.Json;

namespace PerfDash.Core.Ingest.Import;

/// <summary>A value of a map with the place it stands at, so that every complaint can name it.</summary>
internal sealed class MapNode(JsonElement value, string place)
{
    /// <summary>Where it stands: <c>parameters.steps</c>.</summary>
    public string Place => place;

    /// <summary>Whether it is an object.</summary>
    public bool IsObject => value.ValueKind == JsonValueKind.Object;

    /// <summary>The members of an object, in order.</summary>
    public IEnumerable<KeyValuePair<string, MapNode>> Members => IsObject
        ? value.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, new MapNode(p.Value, At(p.Name))))
        : throw Error("must be an object");

    /// <summary>The member of that name, or null when it is absent.</summary>
    public MapNode? this[string name] => IsObject
        ? value.TryGetProperty(name, out var member) ? new MapNode(member, At(name)) : null
        : throw Error("must be an object");

    /// <summary>An error that names this place.</summary>
    public FormatException Error(string message) => new(place.Length == 0 ? message : $"{place}: {message}");

    /// <summary>Refuses members of other names.</summary>
    public void Allow(params IEnumerable<string> names)
    {
        var allowed = names.ToList();
        foreach (var (name, member) in Members)
        {
            if (!allowed.Contains(name))
                throw member.Error($"is unknown; allowed are {string.Join(", ", allowed)}");
        }
    }

    /// <summary>Text that is not blank; a number or truth value stands for its text.</summary>
    public string Text() => value.ValueKind switch
    {
        JsonValueKind.String when !string.IsNullOrWhiteSpace(value.GetString()) => value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => throw Error("must be non-blank text"),
    };

    public IReadOnlyList<string> Texts() => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select((item, i) => new MapNode(item, $"{place}[{i}]").Text())]
        : [Text()];

    /// <summary>What a text stands for among <paramref name="choices"/>.</summary>
    public T OneOf<T>(IReadOnlyDictionary<string, T> choices)
    {
        var text = Text();
        return choices.TryGetValue(text, out var choice)
            ? choice
            : throw Error($"\"{text}\" is unknown; allowed are {string.Join(", ", choices.Keys.Order(StringComparer.OrdinalIgnoreCase))}");
    }

    private string At(string name) => place.Length == 0 ? name : $"{place}.{name}";
}
