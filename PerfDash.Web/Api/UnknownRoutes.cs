using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing.Template;

namespace PerfDash.Web.Api;

/// <summary>
/// Answers what no route of the API does. The framework's own answer is not enough: its route for static files stands
/// beside every path and turns a wrong method into 404, an unknown path into 405, and a body of another content type into either.
/// </summary>
internal static class UnknownRoutes
{
    public static void MapUnknown(this IEndpointRouteBuilder api) => api.MapFallback("/{**rest}", Answer).RequireAuthorization(Policies.Viewer);

    private static ProblemHttpResult Answer(HttpContext context, EndpointDataSource endpoints)
    {
        string[] allowed =
        [
            .. endpoints.Endpoints.OfType<RouteEndpoint>()
                .Where(e => e.Order == 0 && new TemplateMatcher(new RouteTemplate(e.RoutePattern), []).TryMatch(context.Request.Path, []))
                .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
                .Distinct(),
        ];
        if (allowed.Length == 0)
            return TypedResults.Problem("There is no such route.", statusCode: StatusCodes.Status404NotFound);
        if (allowed.Contains(context.Request.Method))
        {
            var sent = context.Request.ContentType is { Length: > 0 } type ? $"not {type}" : "and the request names no content type";
            return TypedResults.Problem($"This route takes application/json, {sent}.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        }

        context.Response.Headers.Allow = allowed;
        return TypedResults.Problem($"This route supports {string.Join(", ", allowed)}.", statusCode: StatusCodes.Status405MethodNotAllowed);
    }
}
