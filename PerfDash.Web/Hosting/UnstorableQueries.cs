namespace PerfDash.Web.Hosting;

/// <summary>
/// Answers requests whose address holds U+0000, which no text in the database can equal, before any route sees them: 400 that
/// names the parameter for programs, and a page without the parameter for people.
/// </summary>
internal static class UnstorableQueries
{
    public static void UseUnstorableQueryRejection(this WebApplication app) => app.Use(async (context, next) =>
    {
        var request = context.Request;
        var errors = request.Query.Where(parameter => !StorableText.IsStorable(parameter.Key) || parameter.Value.Any(value => value is not null && !StorableText.IsStorable(value)))
            .ToDictionary(parameter => StorableText.Readable(parameter.Key), parameter => new[] { $"{StorableText.Readable(parameter.Key)} {StorableText.Problem}." });
        if (!StorableText.IsStorable(request.Path.Value ?? ""))
            errors["path"] = [$"The path {StorableText.Problem}."];
        if (errors.Count == 0)
            await next(context);
        else if (PerfDashUrls.IsForPrograms(request.Path))
            await TypedResults.ValidationProblem(errors).ExecuteAsync(context);
        else
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
    });
}
