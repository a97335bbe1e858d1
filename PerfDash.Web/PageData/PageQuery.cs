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
    /// <summary>The presets of the header: what is written in the address, and what people read.</summary>
    public static IReadOnlyList<(string From, string Label)> Presets { get; } =
        [("now-24h", "Last 24 hours"), ("now-7d", "Last 7 days"), ("now-30d", "Last 30 days"), ("now-90d", "Last 90 days")];

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
    public string? Preset => IsMoving && Presets.Any(p => p.From == (From ?? Default)) ? From ?? Default : null;

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
    public static string PresetOrDefault(string? from) => Presets.Any(p => p.From == from) ? from! : DefaultFrom;

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
        if (Presets.FirstOrDefault(p => p.From == Preset) is { Label: { } label })
            return label;
        var (range, errors) = Read(now);
        return errors.Count > 0 ? "Invalid range" : $"{range.From.UtcDateTime:d MMM yyyy HH:mm} – {(IsMoving ? "now" : range.To.UtcDateTime.ToString("d MMM yyyy HH:mm", null))}";
    }
}
