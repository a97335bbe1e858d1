using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace PerfDash.Web.Hosting;

/// <summary>
/// What a route answers where the database is away (503) or a query reached its time limit (504): the caller's request was
/// right and may be sent again. Everything else is a fault of the program.
/// </summary>
internal sealed class DatabaseExceptionHandler(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (Answer(exception) is not var (status, detail))
            return false;
        httpContext.Response.StatusCode = status;
        httpContext.Response.Headers.RetryAfter = "5";
        return await problems.TryWriteAsync(new() { HttpContext = httpContext, ProblemDetails = { Status = status, Detail = detail } });
    }

    private static (int Status, string Detail)? Answer(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } or NpgsqlException { InnerException: TimeoutException } =>
            (StatusCodes.Status504GatewayTimeout, "The query took longer than the time limit. Ask for a shorter range or fewer jobs, or try again."),
        PostgresException p when p.SqlState[..2] is not ("08" or "53" or "57") => null,
        NpgsqlException => (StatusCodes.Status503ServiceUnavailable, "The database did not answer. Try again."),
        // Entity Framework wraps what another try may mend.
        InvalidOperationException { InnerException: NpgsqlException inner } => Answer(inner),
        _ => null,
    };
}
