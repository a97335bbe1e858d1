using System.Reflection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using PerfDash.Web.Api.Responses;
using PerfDash.Web.Features.Collection;

namespace PerfDash.Web.Api.Reference;

/// <summary>
/// Says of every operation what the code alone does not: its feature, its parameters, CSV beside JSON, the errors any
/// caller may meet, and examples.
/// </summary>
internal sealed class OperationDescriber : IOpenApiOperationTransformer
{
    private const string Json = "application/json";
    private const string Problem = "application/problem+json";

    public async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var handler = metadata.OfType<MethodInfo>().FirstOrDefault();
        var document = context.Document!;
        var isRead = context.Description.HttpMethod == HttpMethods.Get;
        // The folder of a feature is the last word of its namespace.
        operation.Tags = new HashSet<OpenApiTagReference> { new(handler?.DeclaringType?.Namespace?.Split('.')[^1] ?? "Other", document) };
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
            ParameterText.Find(operation.OperationId, parameter.Name!)?.Describe(parameter);

        if (isRead)
            AddFormats(operation, [.. metadata.OfType<CsvList>()]);
        if (metadata.OfType<OneOrMany>().FirstOrDefault() is { } body)
            operation.RequestBody = await BodyAsync(body, context, cancellationToken);
        if (operation.RequestBody?.Content?.TryGetValue(Json, out var sent) is true)
            sent.Example = Examples.Find($"{operation.OperationId}.request");
        foreach (var (status, response) in operation.Responses ?? [])
        {
            if (status.StartsWith('2') && response.Content?.TryGetValue(Json, out var answered) is true)
                answered.Example = Examples.Find(operation.OperationId);
        }

        var problem = await SchemaAsync("ProblemDetails", typeof(ProblemDetails), context, cancellationToken);
        var invalid = await SchemaAsync("HttpValidationProblemDetails", typeof(HttpValidationProblemDetails), context, cancellationToken);
        Add("400", "A parameter or the body is not valid. errors lists the fields.", invalid);
        Add("401", "Missing or invalid key or sign-in.", problem);
        Add("403", "The key or user has no permission for this operation.", problem);
        if (context.Description.RelativePath?.Contains('{', StringComparison.Ordinal) is true || (isRead && MayBeUnknown(handler)))
            Add("404", "Not found.", problem);
        if (operation.RequestBody is not null)
            Add("413", "The body is larger than PerfDash__Api__MaxRequestBytes.", problem);
        Add("429", "Too many requests. Retry-After contains the seconds to wait.", problem);

        void Add(string status, string text, OpenApiSchemaReference schema)
        {
            operation.Responses ??= [];
            operation.Responses[status] = new OpenApiResponse
            {
                Description = text,
                Content = new Dictionary<string, OpenApiMediaType> { [Problem] = new() { Schema = schema } },
            };
        }
    }

    private static void AddFormats(OpenApiOperation operation, IReadOnlyList<CsvList> lists)
    {
        if (operation.Responses?.GetValueOrDefault("200") is OpenApiResponse answer)
        {
            answer.Description = "Success. Send the ETag in If-None-Match to get 304 if the response is unchanged.";
            if (lists.Count > 0)
            {
                answer.Content!["text/csv"] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchema
                    {
                        Type = JsonSchemaType.String,
                        Description = "RFC 4180 with a header line. Columns are the JSON properties, with nested ones as object_property. null is an empty cell. "
                            + "Text that a spreadsheet would run as a formula is prefixed with an apostrophe.",
                    },
                };
            }
        }

        operation.Responses!["304"] = new OpenApiResponse { Description = "Not changed since the response with the ETag in If-None-Match." };
        if (lists.Count == 0)
            return;
        operation.Parameters ??= [];
        Add("format", ParameterText.Find(null, "format")!);
        if (lists.Count > 1)
            Add("list", ParameterText.Lists([.. lists.Select(list => list.Name)]));

        void Add(string name, ParameterText text)
        {
            var parameter = new OpenApiParameter { Name = name, In = ParameterLocation.Query };
            text.Describe(parameter);
            operation.Parameters.Add(parameter);
        }
    }

    private static async Task<OpenApiRequestBody> BodyAsync(OneOrMany body, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var one = await SchemaAsync(body.Type.Name, body.Type, context, cancellationToken);
        return new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [Json] = new()
                {
                    Schema = new OpenApiSchema { OneOf = [one, new OpenApiSchema { Type = JsonSchemaType.Array, Items = one, MaxItems = ReportEndpoints.MaxReports }] },
                },
            },
        };
    }

    private static async Task<OpenApiSchemaReference> SchemaAsync(
        string name, Type type, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var document = context.Document!;
        if (document.Components?.Schemas?.ContainsKey(name) is not true)
            document.AddComponent(name, await context.GetOrCreateSchemaAsync(type, null, cancellationToken));
        return new OpenApiSchemaReference(name, document);
    }

    private static bool MayBeUnknown(MethodInfo? handler) =>
        handler?.ReturnType.GetGenericArguments().SelectMany(t => t.GetGenericArguments()).Contains(typeof(ProblemHttpResult)) is true;
}

/// <summary>Metadata of a route that reads its body by itself: one object of a type, or an array of them.</summary>
internal sealed record OneOrMany(Type Type);
