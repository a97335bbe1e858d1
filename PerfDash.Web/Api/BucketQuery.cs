using Npgsql;

namespace PerfDash.Web.Api;

/// <summary>The query parameters of a route that answers bucket by bucket.</summary>
internal sealed class BucketQuery
{
    /// <summary>Width of a bucket: <c>hour</c>, <c>day</c> (default), <c>week</c> (from Monday) or <c>month</c>.</summary>
    [Microsoft.AspNetCore.Mvc.FromQuery(Name = "bucket")]
    public string? Bucket { get; init; }

    /// <summary>IANA name of the calendar the buckets follow. Default: UTC.</summary>
    [Microsoft.AspNetCore.Mvc.FromQuery(Name = "time_zone")]
    public string? TimeZone { get; init; }

    /// <summary>Reads both; adds what is wrong to <paramref name="errors"/>.</summary>
    public (Bucket Bucket, string TimeZone) Read(Dictionary<string, string[]> errors)
    {
        var bucket = string.IsNullOrEmpty(Bucket) ? Core.Bucket.Day : ReadBucket(Bucket);
        if (bucket is null)
            errors["bucket"] = ["bucket must be hour, day, week or month."];
        var zone = string.IsNullOrEmpty(TimeZone) ? "UTC" : TimeZone;
        if (!TimeZones.IsKnown(zone))
            errors["time_zone"] = ["time_zone must be an IANA name such as Europe/Berlin."];
        return (bucket ?? Core.Bucket.Day, zone);
    }

    /// <summary>Reads a width; null when it is none that routes answer in: minutes are for pages.</summary>
    public static Bucket? ReadBucket(string? word) => Buckets.Read(word) is { } bucket and not Core.Bucket.Minute ? bucket : null;

    /// <summary>True when PostgreSQL refused the zone: it is newer than the list that server was built with.</summary>
    public static bool IsUnknownZone(PostgresException e) => e.SqlState == PostgresErrorCodes.InvalidParameterValue;
}
