using System.Globalization;
using System.Net;

namespace PerfDash.Web.Hosting.Startup;

/// <summary>Answers everything but health with 503 until the start is complete; a page reloads itself.</summary>
internal static class WaitingPage
{
    private const int RetrySeconds = 3;

    public static void UseWaitingPage(this IApplicationBuilder app)
    {
        var state = app.ApplicationServices.GetRequiredService<StartupState>();
        app.Use(next => context => state.Awaited is { } awaited && !context.Request.Path.StartsWithSegments("/health") ? AnswerAsync(context, awaited) : next(context));
    }

    /// <summary>Likewise where the database is away: who sends a request is read from it.</summary>
    public static void UseDatabaseAwayPage(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (!context.Response.HasStarted && !PerfDashUrls.IsForPrograms(context.Request.Path) && DatabaseErrors.Find(e) is not null)
        {
            await AnswerAsync(context, DatabaseErrors.Describe(e));
        }
    });

    private static Task AnswerAsync(HttpContext context, string awaited)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = RetrySeconds.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.CacheControl = "no-store";
        if (PerfDashUrls.IsForPrograms(context.Request.Path))
            return TypedResults.Problem(awaited, statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(
            $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="refresh" content="{{RetrySeconds}}">
            <title>Starting · PerfDash</title>
            </head>
            <body style="font-family: system-ui, sans-serif; max-width: 36rem; margin: 20vh auto; padding: 0 1rem; line-height: 1.5">
            <h1 style="font-size: 1.5rem">PerfDash is starting</h1>
            <p role="status">{{WebUtility.HtmlEncode(awaited)}}</p>
            <p>This page reloads every {{RetrySeconds}} seconds.</p>
            </body>
            </html>
            """,
            context.RequestAborted);
    }
}
