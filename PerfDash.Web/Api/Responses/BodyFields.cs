using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace PerfDash.Web.Api.Responses;

/// <summary>Finds fields of a body that no such body has, by the types its route is described with.</summary>
internal static class BodyFields
{
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
        string[] also = [.. answered, .. services.GetRequiredService<KnownParameters>().For(route, isRead: false)];
        foreach (var (path, message) in UnknownFields.Find(body, type, json, also))
            errors[path] = [message];
        return errors;
    }

    private static IEnumerable<string> Names(JsonTypeInfo type) => type.Properties.Select(p => p.Name);
}
