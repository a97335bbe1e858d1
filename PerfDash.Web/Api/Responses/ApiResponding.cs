using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace PerfDash.Web.Api.Responses;

/// <summary>
/// What every route of the API does alike: JSON or CSV, an entity tag and 304 for what the caller has already, HEAD
/// where there is GET, a limit on what it is sent, and no parameter that the route does not have.
/// </summary>
internal static class ApiResponding
{
    /// <summary>Makes all routes of a group do so.</summary>
    public static RouteGroupBuilder WithResponses(this RouteGroupBuilder api)
    {
        var limits = ((IEndpointRouteBuilder)api).ServiceProvider.GetRequiredService<IOptions<ApiOptions>>().Value;
        api.WithMetadata(new BodyLimit(limits.MaxRequestBytes));
        api.AddEndpointFilter(AnswerAsync);
        ((IEndpointConventionBuilder)api).Add(TakeHead);
        return api;
    }

    private static async ValueTask<object?> AnswerAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var (request, response) = (context.HttpContext.Request, context.HttpContext.Response);
        if (Unreadable(request.Query) is { Count: > 0 } unreadable)
            return ApiResponses.Invalid(unreadable);
        var unknown = context.HttpContext.RequestServices.GetRequiredService<KnownParameters>().Unknown(context.HttpContext);
        if (unknown.Count > 0)
            return ApiResponses.Invalid(unknown);
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return await next(context);

        response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
        response.Headers.CacheControl = "private, no-cache";
        var route = context.HttpContext.GetEndpoint()!.Metadata;
        var errors = new Dictionary<string, string[]>();
        var format = ResponseFormat.Read(request, route.GetOrderedMetadata<CsvList>(), errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);

        var result = await next(context);
        while (result is INestedHttpResult nested)
            result = nested.Result;
        if (result is not (IStatusCodeHttpResult { StatusCode: StatusCodes.Status200OK } and IValueHttpResult { Value: { } answer }))
            return result;

        if (route.GetMetadata<NextPage>()?.CursorOf(answer) is { } cursor)
            response.Headers.Link = $"<{AddressWith(request, "cursor", cursor)}>; rel=\"next\"";
        var json = context.HttpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        if (format.Csv is not { } list)
            return new ETagResult(JsonSerializer.SerializeToUtf8Bytes(answer, answer.GetType(), json), ResponseFormat.JsonType);
        response.Headers.ContentDisposition = $"attachment; filename=\"{FileName(request, route.GetOrderedMetadata<CsvList>()[0] == list ? null : list.Name)}\"";
        return new ETagResult(Encoding.UTF8.GetBytes(list.Write(answer, json)), ResponseFormat.CsvType);
    }

    /// <summary>
    /// What is wrong with parameters whatever they mean, by name: text that the database cannot hold, and a value given more than
    /// once, of which one would have to be guessed. Lists of ids may be split over several.
    /// </summary>
    private static Dictionary<string, string[]> Unreadable(IQueryCollection query)
    {
        var errors = new Dictionary<string, string[]>();
        foreach (var (name, values) in query)
        {
            if (values.Any(value => value?.Contains('\0', StringComparison.Ordinal) is true))
                errors[name] = [$"{name} must not contain the character U+0000."];
            else if (values.Count > 1 && name is not ("workflows" or "workers"))
                errors[name] = [$"{name} is given {values.Count} times; give it once."];
        }

        return errors;
    }

    /// <summary>The address asked for with another value of one parameter.</summary>
    private static string AddressWith(HttpRequest request, string parameter, string value) => QueryHelpers.AddQueryString(
        request.PathBase.Add(request.Path).ToUriComponent(),
        request.Query.Where(q => q.Key != parameter).Append(new(parameter, value)));

    /// <summary><c>/performance/workflow/3/trend</c> becomes <c>perfdash-workflow-3-trend.csv</c>.</summary>
    private static string FileName(HttpRequest request, string? list)
    {
        var words = request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1).Append(list).Where(word => word is not null);
        return $"perfdash-{string.Concat(string.Join('-', words).Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))}.csv";
    }

    private static void TakeHead(EndpointBuilder route)
    {
        var methods = route.Metadata.OfType<IHttpMethodMetadata>().SingleOrDefault();
        if (methods is not { HttpMethods: ["GET"] })
            return;
        route.Metadata.Remove(methods);
        route.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
    }

    private sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
