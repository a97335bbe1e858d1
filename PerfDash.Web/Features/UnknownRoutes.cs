using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing.Template;

namespace PerfDash.Web.Features;

/// <summary>
/// Answers what no route of the API does. The framework's own answer is not enough: its route for static files stands
/// beside every path and turns a wrong method into 404, or an unknown path into 405.
/// </summary>
internal static class UnknownRoutes
{
    public static void MapUnknown(this IEndpointRouteBuilder api) => api.MapFallback("/{**rest}", Answer);

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
        context.Response.Headers.Allow = allowed;
        return TypedResults.Problem($"This route supports {string.Join(", ", allowed)}.", statusCode: StatusCodes.Status405MethodNotAllowed);
    }
}
