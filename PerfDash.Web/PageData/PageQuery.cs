using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Web.PageData;

/// <summary>The part of the address that every page shares: the time range, as written there, and which jobs count.</summary>
/// <param name="From">ISO 8601, relative such as <c>now-7d</c>, or null for the default of 30 days.</param>
/// <param name="To">Likewise; null is now.</param>
public sealed record PageQuery(string? From, string? To)
{
    /// <summary>The presets of the header.</summary>
    public static IReadOnlyList<RangePreset> Presets { get; } =
    [
        new("now-15m", null, "Last 15 minutes", "15 min"),
        new("now-1h", null, "Last hour", "1 h"),
        new("now-6h", null, "Last 6 hours", "6 h"),
        new("now-24h", null, "Last 24 hours", "24 h"),
        new("now/d", null, "Today", "Today"),
        new("now-1d/d", "now/d", "Yesterday", "Yesterday"),
        new("now/w", null, "This week", "Week"),
        new("now-7d", null, "Last 7 days", "7 d"),
        new("now-30d", null, "Last 30 days", "30 d"),
        new("now-90d", null, "Last 90 days", "90 d"),
    ];

    /// <summary>The preset that holds where neither the address nor the reader names one.</summary>
    public const string DefaultFrom = "now-30d";

    /// <summary>Where the reader's own default is kept.</summary>
    public const string Cookie = "perfdash-range";

    /// <summary>The parameters that every page has; they go along to another page.</summary>
    public static IReadOnlyList<string> Names { get; } = ["from", "to", "project_id", "worker_id", "resolution_tier", "run_class", "compare"];

    /// <summary>The filters of the header: project, worker, tier and class of run. An id that is no number filters nothing.</summary>
    public MetricFilter Filter { get; init; } = MetricFilter.None;

    /// <summary>The preset that holds where the address names no range: the reader's own default.</summary>
    public string Default { get; init; } = DefaultFrom;

    /// <summary>False when the header's switch leaves the previous period out.</summary>
    public bool ComparesPrevious { get; init; } = true;

    /// <summary>The same question whichever way the address puts it: a preset that is the reader's own default is what others choose.</summary>
    public PageQuery CacheKey => this with { From = From ?? (To is null ? Default : null), Default = DefaultFrom };

    /// <summary>True when the range moves on with the clock.</summary>
    public bool IsMoving => To is null or "now";

    /// <summary>The preset that is chosen, or null for a custom range.</summary>
    public RangePreset? Preset => Presets.FirstOrDefault(p => p.From == (From ?? (To is null ? Default : null)) && p.To == (To is "now" ? null : To));

    /// <summary>Reads it from an address.</summary>
    public static PageQuery Parse(string uri, string defaultFrom = DefaultFrom)
    {
        var query = QueryHelpers.ParseQuery(new Uri(uri).Query);
        return new PageQuery(Value("from"), Value("to"))
        {
            Filter = new MetricFilter(ProjectId: Id("project_id"), WorkerId: Id("worker_id"), ResolutionTier: Value("resolution_tier"), RunClass: EnumText.Find<RunClass>(Value("run_class"))),
            ComparesPrevious = Value("compare") != "none",
            Default = defaultFrom,
        };

        long? Id(string name) => long.TryParse(Value(name), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

        string? Value(string name) => query.TryGetValue(name, out var values) && values.ToString() is { Length: > 0 } text ? text : null;
    }

    /// <summary>Range, filters and comparison as a query string with its question mark, to follow another page's address; empty for the defaults.</summary>
    public string QueryString => AppendTo("");

    /// <summary>An address, which may have a query already, with range, filters and comparison added.</summary>
    public string AppendTo(string address) => QueryHelpers.AddQueryString(address, new Dictionary<string, string?>
    {
        ["from"] = From,
        ["to"] = To,
        ["project_id"] = Filter.ProjectId?.ToString(CultureInfo.InvariantCulture),
        ["worker_id"] = Filter.WorkerId?.ToString(CultureInfo.InvariantCulture),
        ["resolution_tier"] = Filter.ResolutionTier,
        ["run_class"] = Filter.RunClass?.ToText(),
        ["compare"] = ComparesPrevious ? null : "none",
    });

    /// <summary>A kept default, where it is one of the presets.</summary>
    public static string PresetOrDefault(string? from) => Presets.Any(p => p.From == from && p.To is null) ? from! : DefaultFrom;

    /// <summary>The range moved by its length, into the past (−1) or towards the present (+1), where it ends at the latest.</summary>
    public PageQuery Shifted(int direction, DateTimeOffset now) =>
        Moved(now, range => (direction < 0 ? range.From - now : range.To - now + range.Length, range.Length));

    /// <summary>The range at twice its length around its middle, which ends at the present at the latest.</summary>
    public PageQuery ZoomedOut(DateTimeOffset now) => Moved(now, range => (range.To - now + (range.Length / 2), 2 * range.Length));

    // In lengths from now: beyond the first and the last year there are no moments to calculate with.
    private PageQuery Moved(DateTimeOffset now, Func<TimeRange, (TimeSpan AfterNow, TimeSpan Length)> wanted)
    {
        var (range, errors) = Read(now);
        if (errors.Count > 0)
            return this;
        var (afterNow, length) = wanted(range);
        var moved = TimeRange.Ending(afterNow < TimeSpan.Zero ? now + afterNow : now, length);
        return moved.Length <= TimeSpan.Zero ? this : this with { From = PerfDashUrls.Moment(moved.From), To = afterNow < TimeSpan.Zero ? PerfDashUrls.Moment(moved.To) : null };
    }

    /// <summary>The part of a query string that goes along to another page: range, filters, comparison.</summary>
    public static string PreservedQuery(string query)
    {
        var kept = QueryHelpers.ParseQuery(query).Where(p => Names.Contains(p.Key)).ToDictionary(p => p.Key, p => (string?)p.Value.ToString());
        return QueryHelpers.AddQueryString("", kept);
    }

    /// <summary>What an address says for a filter.</summary>
    public static IReadOnlyDictionary<string, object?> Written(MetricFilter filter) => new Dictionary<string, object?>
    {
        ["project_id"] = filter.ProjectId,
        ["worker_id"] = filter.WorkerId,
        ["resolution_tier"] = filter.ResolutionTier,
        ["run_class"] = filter.RunClass?.ToText(),
    };

    /// <summary>The range as of now, with what is wrong in the address.</summary>
    public (TimeRange Range, Dictionary<string, string[]> Errors) Read(DateTimeOffset now) => TimeRange.Parse(From ?? (To is null ? Default : null), To, now);

    /// <summary>What people read in the header.</summary>
    public string Label(DateTimeOffset now)
    {
        if (Preset is { } preset)
            return preset.Label;
        var (range, errors) = Read(now);
        return errors.Count > 0 ? "Invalid range" : $"{range.From.UtcDateTime:d MMM yyyy HH:mm} – {(IsMoving ? "now" : range.To.UtcDateTime.ToString("d MMM yyyy HH:mm", null))}";
    }
}

/// <summary>A range that the header offers.</summary>
/// <param name="From">As an address has it; likewise <paramref name="To"/>, null for now.</param>
/// <param name="To">Its end.</param>
/// <param name="Label">What people read.</param>
/// <param name="ShortLabel">What a phone has room for.</param>
public sealed record RangePreset(string From, string? To, string Label, string ShortLabel);
