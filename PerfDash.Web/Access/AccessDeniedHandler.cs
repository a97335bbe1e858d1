using Microsoft.AspNetCore.Diagnostics;

namespace PerfDash.Web.Access;

/// <summary>Answers 403 where a service refuses what the policy of its route let through.</summary>
internal sealed class AccessDeniedHandler(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not AccessDeniedException)
            return false;
        httpContext.Response.StatusCode = StatusCodes.Status403Forbidden;
        return await problems.TryWriteAsync(new() { HttpContext = httpContext, ProblemDetails = { Status = StatusCodes.Status403Forbidden, Detail = exception.Message } });
    }
}
