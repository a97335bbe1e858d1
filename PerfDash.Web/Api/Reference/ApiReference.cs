using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace PerfDash.Web.Api.Reference;

/// <summary>The API described by itself: OpenAPI 3.1 at <c>/openapi/v1.json</c>, browsable at <c>/reference</c>.</summary>
internal static class ApiReference
{
    /// <summary>Adds the description.</summary>
    public static IServiceCollection AddApiReference(this IServiceCollection services) => services.AddOpenApi("v1", openApi =>
    {
        openApi.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        var isOfDocument = openApi.ShouldInclude;
        openApi.ShouldInclude = description => description.HttpMethod != HttpMethods.Head && isOfDocument(description);
        // A converter of our own hides from the generator that these are numbers.
        openApi.AddSchemaTransformer((schema, context, _) =>
        {
            if (schema.Enum is { Count: > 0 } && schema.Type is null)
                schema.Type = JsonSchemaType.String;
            var inner = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type);
            if ((inner ?? context.JsonTypeInfo.Type) is { } type && (type == typeof(double) || type == typeof(float) || type == typeof(ExactNumber)))
            {
                schema.Type = inner is null ? JsonSchemaType.Number : JsonSchemaType.Number | JsonSchemaType.Null;
                schema.Format = type == typeof(float) ? "float" : "double";
            }

            return Task.CompletedTask;
        });
        openApi.AddOperationTransformer<OperationDescriber>();
        openApi.AddDocumentTransformer<DocumentDescriber>();
    });

    /// <summary>Maps both addresses; like everything else they need a key or a signed-in browser.</summary>
    public static void MapApiReference(this WebApplication app)
    {
        app.MapOpenApi().RequireAuthorization(Policies.Viewer);
        app.MapScalarApiReference(PerfDashUrls.ApiReference, scalar => scalar
            .WithTitle("PerfDash API")
            .WithOpenApiRoutePattern("/openapi/{documentName}.json")
            .DisableDefaultFonts()
            // Nothing on the page is to lead to a service outside.
            .HideDeveloperTools()
            .DisableAgent()
            .DisableMcp()
            .DisableTelemetry()).RequireAuthorization(Policies.Viewer);
    }
}
