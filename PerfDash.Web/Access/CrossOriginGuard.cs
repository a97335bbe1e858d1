namespace PerfDash.Web.Access;

/// <summary>
/// Refuses what another site's page sends with this site's cookie: circuits (browsers open a WebSocket to anywhere, and
/// the framework accepts it) and everything that changes something.
/// </summary>
internal static class CrossOriginGuard
{
    public static IApplicationBuilder UseCrossOriginGuard(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var request = context.Request;
        var origin = request.Headers.Origin.ToString();
        var matters = request.Path.StartsWithSegments("/_blazor")
            || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));
        var isForeign = origin.Length > 0
            ? !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase))
            // Some requests of other sites have no Origin; every browser of today says where they come from.
            : request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site";
        if (matters && isForeign && !ApiKeyHandler.HasKey(request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        await next(context);
    });
}
