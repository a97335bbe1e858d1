using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace PerfDash.Web.Api.Reference;

/// <summary>The head of the API's description, and what can be said only of the whole.</summary>
internal sealed class DocumentDescriber : IOpenApiDocumentTransformer
{
    private static readonly Dictionary<string, string> ProblemTexts = new()
    {
        ["type"] = "URI that identifies the problem type.",
        ["title"] = "Summary of the problem type.",
        ["status"] = "HTTP status code, 400 to 599.",
        ["detail"] = "Explanation of this occurrence.",
        ["instance"] = "URI of this occurrence, if any.",
        ["errors"] = "Validation errors by field.",
    };

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "PerfDash",
            Version = "v1",
            Description =
                $"""
                Performance of AI image and video generation farms. JSON in snake_case, times in UTC as ISO 8601, durations in ms,
                memory in MB of 2^20 bytes, prices and costs in {UnitFormat.Currency} (`PerfDash:Currency`). A figure with nothing behind it is null, never 0. Ranges are `from` inclusive, `to`
                exclusive, default the last 30 days. Errors are problem details (RFC 9457); validation errors carry `errors` by field.
                Lists come as CSV too, for `Accept: text/csv` or `format=csv`. Reads answer HEAD and conditional requests.
                """,
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["Bearer"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The key of PerfDash__Auth__BootstrapApiKey as Authorization: Bearer KEY.",
            },
            ["X-Api-Key"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = "X-Api-Key",
                Description = "The same key as X-Api-Key: KEY.",
            },
        };
        document.Security = [.. document.Components.SecuritySchemes.Keys.Select(scheme =>
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, document)] = [] })];
        // The generator's own tags name classes.
        document.Tags = new HashSet<OpenApiTag>(document.Paths.Values
            .SelectMany(path => path.Operations!.Values)
            .SelectMany(operation => operation.Tags ?? new HashSet<OpenApiTagReference>())
            .Select(tag => tag.Reference.Id!).Distinct().Order(StringComparer.Ordinal).Select(tag => new OpenApiTag { Name = tag }));
        foreach (var (name, schema) in document.Components.Schemas ?? new Dictionary<string, IOpenApiSchema>())
            Describe(name, schema);
        return Task.CompletedTask;
    }

    private static void Describe(string name, IOpenApiSchema schema)
    {
        foreach (var (property, inner) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
        {
            if (inner is not OpenApiSchema own || !string.IsNullOrEmpty(own.Description))
                continue;
            if (name.EndsWith("ProblemDetails", StringComparison.Ordinal))
                own.Description = ProblemTexts.GetValueOrDefault(property);
            else if (own.OneOf?.OfType<OpenApiSchemaReference>().FirstOrDefault() is { } reference)
                // What may be null is put around the reference that the text was given to.
                own.Description = reference.Reference.Description;
        }
    }
}
