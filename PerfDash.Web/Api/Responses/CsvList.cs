using System.Text.Json;

namespace PerfDash.Web.Api.Responses;

/// <summary>Metadata of a route: one of the lists of its answer, which it gives as CSV too.</summary>
/// <param name="Name">What <c>list</c> calls it.</param>
/// <param name="Write">Writes the rows of an answer.</param>
internal sealed record CsvList(string Name, Func<object, JsonSerializerOptions, string> Write);

/// <summary>Metadata of a route that answers page by page.</summary>
/// <param name="CursorOf">The cursor of the page after an answer; null at the end.</param>
internal sealed record NextPage(Func<object, string?> CursorOf);

/// <summary>What a route says of its answers.</summary>
internal static class ResponseDeclarations
{
    /// <summary>
    /// Gives a list of the answer as CSV too, for <c>Accept: text/csv</c> or <c>format=csv</c>. Of several declared on a
    /// route the first is what it gives, the others where <c>list</c> names them.
    /// </summary>
    public static RouteHandlerBuilder WithCsv<TResponse, TRow>(this RouteHandlerBuilder route, string list, Func<TResponse, IEnumerable<TRow>> rows)
        where TResponse : class => route.WithMetadata(new CsvList(list, (answer, json) => CsvTable.Write(rows((TResponse)answer), json)));

    /// <summary>Names the next page in a <c>Link</c> header.</summary>
    public static RouteHandlerBuilder WithNextPage<TResponse>(this RouteHandlerBuilder route, Func<TResponse, string?> cursor)
        where TResponse : class => route.WithMetadata(new NextPage(answer => cursor((TResponse)answer)));
}
