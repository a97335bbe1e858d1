using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace PerfDash.Web.Api;

/// <summary>What routes that answer page by page read from a request.</summary>
internal static class Paging
{
    /// <summary>Rows in a page where no limit is given.</summary>
    public const int DefaultLimit = 50;

    /// <summary>Rows in a page, at most.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Rows in a page. Adds what is wrong to <paramref name="errors"/>.</summary>
    public static int Limit(string? text, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrEmpty(text))
            return DefaultLimit;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit)
            return limit;
        errors["limit"] = [$"limit must be a whole number from 1 to {MaxLimit}."];
        return DefaultLimit;
    }

    /// <summary>400 for a cursor that is none.</summary>
    public static ValidationProblem InvalidCursor() =>
        ApiResponses.Invalid(new() { ["cursor"] = ["cursor must be the next_cursor of an earlier page of the same list, or absent."] });
}
