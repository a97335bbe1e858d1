using System.Globalization;
using Microsoft.Net.Http.Headers;
using PerfDash.Data;

namespace PerfDash.Web.Features.Alerts;

/// <summary>What the routes of alerts share: versions, ids and words.</summary>
internal static class AlertRequests
{
    /// <summary>The version of a rule, for ETag and If-Match.</summary>
    public static string ETag(DateTime updatedAt) => string.Create(CultureInfo.InvariantCulture, $"\"{updatedAt.Ticks:x}\"");

    /// <summary>The version an edit is meant for; null for any; the first moment, which no rule has, where If-Match is not one of ours.</summary>
    public static DateTime? IfMatch(this HttpRequest request)
    {
        var text = request.Headers[HeaderNames.IfMatch].ToString().Trim();
        if (text.Length == 0 || text == "*")
            return null;
        return long.TryParse(text.Trim('"'), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var ticks) && ticks > 0 && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime(ticks, DateTimeKind.Utc)
            : DateTime.MinValue;
    }

    /// <summary>An id out of an address or query; null if there is none. Adds what is wrong to <paramref name="errors"/>.</summary>
    public static long? Id(string? text, string field, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id))
            return id;
        errors[field] = [$"{field} must be a whole number."];
        return null;
    }

    /// <summary>The value of a text, or null where nothing is given. Adds what is wrong to <paramref name="errors"/>.</summary>
    public static T? Word<T>(string? text, string field, Dictionary<string, string[]> errors)
        where T : struct, Enum
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (EnumText.Find<T>(text) is { } value)
            return value;
        errors[field] = [$"{field} must be one of {string.Join(", ", EnumText.All<T>())}."];
        return null;
    }
}
