using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using PerfDash.Core;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace PerfDash.Web.Features.Answers;

/// <summary>Finds fields of a body that no such body has, by the types its route is described with.</summary>
internal static class BodyFields
{
    private const int LongestName = 100;

    /// <summary>
    /// The unknown fields of a request's object, as errors by name. What the route answers may be sent back to it, and what
    /// stands in its address may stand in the body.
    /// </summary>
    public static Dictionary<string, string[]> Unknown(HttpRequest request, JsonElement body)
    {
        var errors = new Dictionary<string, string[]>();
        var route = request.HttpContext.GetEndpoint();
        if (route?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is not { } type)
            return errors;
        var services = request.HttpContext.RequestServices;
        var json = services.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var answered = route.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>()
            .Where(p => p is { StatusCode: >= 200 and < 300, Type: not null } && p.Type != typeof(void))
            .SelectMany(p => Names(json.GetTypeInfo(p.Type!)));
        string[] also = [.. answered, .. services.GetRequiredService<KnownParameters>().Of(route, isRead: false)];
        foreach (var (path, message) in Find(body, json.GetTypeInfo(type), json, "", also))
            errors[path] = [message];
        return errors;
    }

    /// <summary>The unknown fields of an object, with what to say of each.</summary>
    public static IEnumerable<(string Field, string Message)> Find(JsonElement value, Type type, JsonSerializerOptions json) =>
        Find(value, json.GetTypeInfo(type), json, "", []);

    private static IEnumerable<(string Field, string Message)> Find(
        JsonElement value, JsonTypeInfo type, JsonSerializerOptions json, string path, IReadOnlyList<string> also)
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable && value.ValueKind == JsonValueKind.Array && type.ElementType is { } element)
            return value.EnumerateArray().SelectMany((item, i) => Find(item, json.GetTypeInfo(element), json, $"{path}[{i}]", []));
        if (type.Kind != JsonTypeInfoKind.Object || value.ValueKind != JsonValueKind.Object)
            return [];
        return value.EnumerateObject().SelectMany(field =>
        {
            var name = NameOf(field);
            var place = path.Length == 0 ? name : $"{path}.{name}";
            if (type.Properties.FirstOrDefault(p => p.Name == name) is { } known)
                return Find(field.Value, json.GetTypeInfo(known.PropertyType), json, place, []);
            return also.Contains(name) ? [] : [(place, $"{place} is not a known field{NearestName.Suggestion(name, Names(type))}")];
        });
    }

    private static string NameOf(JsonProperty field)
    {
        try
        {
            var name = StorableText.Readable(field.Name);
            return name.Length <= LongestName ? name : name[..LongestName] + "…";
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which the JSON library reads only with this exception.
            return "(a name that is not valid Unicode)";
        }
    }

    private static IEnumerable<string> Names(JsonTypeInfo type) => type.Properties.Select(p => p.Name);
}
