using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Api;

/// <summary>Reads the JSON object in the body of a request.</summary>
internal static class JsonBody
{
    /// <summary>The body as a JSON object of known fields whose text can be stored, or the answer that says what is wrong with it.</summary>
    /// <param name="isOptional">No body is an empty object.</param>
    public static async Task<(JsonElement Body, IResult? Refusal)> ObjectAsync(this HttpRequest request, bool isOptional, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        try
        {
            await request.Body.CopyToAsync(buffer, cancellationToken);
            if (isOptional && buffer.Length == 0)
                return (JsonElement.Parse("{}"), null);
            using var document = JsonDocument.Parse(buffer.ToArray());
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return (default, ApiResponses.Invalid(new() { ["body"] = ["The body must be a JSON object."] }));
            if (UnstorableIn(document.RootElement, "") is { } field)
                return (default, ApiResponses.Invalid(new() { [field] = [$"{field} holds text that cannot be stored: U+0000, or half of a surrogate pair."] }));
            var unknown = BodyFields.Unknown(request, document.RootElement);
            return unknown.Count > 0 ? (default, ApiResponses.Invalid(unknown)) : (document.RootElement.Clone(), null);
        }
        catch (JsonException e)
        {
            return (default, ApiResponses.Invalid(new() { ["body"] = [$"The body is not JSON: {e.Message}"] }));
        }
        catch (BadHttpRequestException e)
        {
            // Larger than the server takes, or cut off.
            return (default, TypedResults.Problem(e.Message, statusCode: e.StatusCode));
        }
    }

    /// <summary>Likewise, as an object of a type.</summary>
    public static async Task<(T? Body, IResult? Refusal)> ReadAsync<T>(this HttpRequest request, CancellationToken cancellationToken)
        where T : class
    {
        var (body, refusal) = await request.ObjectAsync(isOptional: false, cancellationToken);
        if (refusal is not null)
            return (null, refusal);
        try
        {
            return (body.Deserialize<T>(request.HttpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions), null);
        }
        catch (JsonException e)
        {
            // Its message may repeat what was sent, a secret perhaps.
            var field = e.Path?.TrimStart('$', '.').Split('[')[0];
            return (null, ApiResponses.Invalid(new() { [string.IsNullOrEmpty(field) ? "body" : field] = ["The value has the wrong JSON type."] }));
        }
    }

    /// <summary>The field that holds text no column can hold; null where there is none.</summary>
    private static string? UnstorableIn(JsonElement value, string path)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    if (Text(() => property.Name) is not { } name)
                        return path.Length == 0 ? "body" : path;
                    if (UnstorableIn(property.Value, path.Length == 0 ? name : $"{path}.{name}") is { } field)
                        return field;
                }

                return null;
            case JsonValueKind.Array:
                return value.EnumerateArray().Select(item => UnstorableIn(item, path)).FirstOrDefault(field => field is not null);
            case JsonValueKind.String:
                return Text(value.GetString) is null ? path : null;
            default:
                return null;
        }
    }

    private static string? Text(Func<string?> read)
    {
        try
        {
            return read() is { } text && !text.Contains('\0', StringComparison.Ordinal) ? text : null;
        }
        catch (InvalidOperationException)
        {
            // What the JSON library raises for half of a surrogate pair.
            return null;
        }
    }
}
