using Microsoft.Net.Http.Headers;

namespace PerfDash.Web.Api.Responses;

/// <summary>How an answer is wanted.</summary>
/// <param name="Csv">The list that is wanted as CSV; null for the whole as JSON.</param>
internal readonly record struct ResponseFormat(CsvList? Csv)
{
    /// <summary>Media type of CSV, as sent.</summary>
    public const string CsvType = "text/csv; charset=utf-8; header=present";

    /// <summary>Media type of JSON, as sent.</summary>
    public const string JsonType = "application/json; charset=utf-8";

    /// <summary>
    /// Reads <c>format</c>, else <c>Accept</c>, and <c>list</c>; adds what is wrong to <paramref name="errors"/>. What
    /// <c>Accept</c> asks for and the route does not have is answered as JSON.
    /// </summary>
    public static ResponseFormat Read(HttpRequest request, IReadOnlyList<CsvList> lists, Dictionary<string, string[]> errors)
    {
        var format = request.Query["format"].ToString();
        var name = request.Query["list"].ToString();
        bool? csv = format.ToLowerInvariant() switch
        {
            "" => lists.Count > 0 && PrefersCsv(request),
            "json" => false,
            "csv" when lists.Count > 0 => true,
            _ => null,
        };
        if (csv is null)
            errors["format"] = [lists.Count > 0 ? "format must be json or csv." : "format must be json. This route has no list for CSV."];
        var list = lists.FirstOrDefault(l => name.Length == 0 || l.Name == name);
        if (list is null && lists.Count > 0)
            errors["list"] = [$"list must be one of {string.Join(", ", lists.Select(l => l.Name))}."];
        return new(csv is true ? list : null);
    }

    private static bool PrefersCsv(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
            return false;
        var csv = QualityOf(accepted, "text", "csv");
        var json = QualityOf(accepted, "application", "json");
        return csv.Quality > 0 && csv.CompareTo(json) > 0;
    }

    /// <summary>How much a type is wanted, and how exactly it was named, which decides between equals.</summary>
    private static (double Quality, int Exactness) QualityOf(IEnumerable<MediaTypeHeaderValue> accepted, string type, string subtype) =>
        accepted.Select(a => (Quality: a.Quality ?? 1, Exactness: Exactness(a, type, subtype)))
            .Where(wish => wish.Exactness >= 0)
            .OrderByDescending(wish => wish.Exactness).ThenByDescending(wish => wish.Quality)
            .FirstOrDefault();

    private static int Exactness(MediaTypeHeaderValue accepted, string type, string subtype) =>
        accepted.MatchesAllTypes ? 0
        : !accepted.Type.Equals(type, StringComparison.OrdinalIgnoreCase) ? -1
        : accepted.MatchesAllSubTypes ? 1
        : accepted.SubType.Equals(subtype, StringComparison.OrdinalIgnoreCase) ? 2
        : -1;
}
