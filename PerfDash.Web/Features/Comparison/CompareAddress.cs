using System.Globalization;
using PerfDash.Core.Comparison;
using PerfDash.Web.Api;

namespace PerfDash.Web.Features.Comparison;

/// <summary>What the compare page was asked for, as it stands in its address.</summary>
/// <param name="IsHistory">True for one workflow before and after; false for workflows side by side.</param>
/// <param name="WorkflowIds">Side by side: the workflows, the baseline first. Before and after: the one, or none.</param>
/// <param name="Split">Where before ends and after begins; null leaves it to the page.</param>
/// <param name="Periods">Two periods that do not meet, as written; null where the range of the header is split.</param>
public sealed record CompareAddress(bool IsHistory, IReadOnlyList<long> WorkflowIds, string? Split, HistoryQuery? Periods)
{
    /// <summary>The word in <c>mode</c> for before and after.</summary>
    public const string HistoryMode = "history";

    /// <summary>Reads it. Throws <see cref="PageAddressException"/> for ids that are no numbers, or too many.</summary>
    public static CompareAddress Read(string? mode, string? workflows, string? workflow, string? split, HistoryQuery periods)
    {
        var isHistory = mode == HistoryMode || (mode is null && !string.IsNullOrEmpty(workflow) && string.IsNullOrEmpty(workflows));
        var errors = new Dictionary<string, string[]>();
        var ids = IdList.Read(isHistory ? workflow : workflows, "workflows", errors) ?? [];
        if (errors.Count > 0)
            throw new PageAddressException("The workflow ids in the address are not valid. Choose workflows below.");
        if (!isHistory && ids.Count > ComparisonQueries.MostWorkflows)
            throw new PageAddressException($"At most {ComparisonQueries.MostWorkflows} workflows can be compared at once; the address names {ids.Count}.");
        return new CompareAddress(
            isHistory,
            isHistory ? [.. ids.Take(1)] : ids,
            string.IsNullOrEmpty(split) ? null : split,
            periods is { BeforeFrom: null, BeforeTo: null, AfterFrom: null, AfterTo: null } ? null : periods);
    }

    /// <summary>The two periods: those named, or the range split where asked. Null where the page has to find the split itself.</summary>
    public (TimeRange Before, TimeRange After)? ReadPeriods(TimeRange range, TimeProvider time)
    {
        if (Periods is not null)
        {
            var (_, before, after) = Periods.Read(time, out var errors);
            return errors.Count == 0
                ? (before, after)
                : throw new PageAddressException($"The periods in the address are not valid: {string.Join(" ", errors.Values.SelectMany(e => e))}");
        }

        if (Split is null)
            return null;
        var at = TimeRange.ReadMoment(Split, time.GetUtcNow()) ?? throw new PageAddressException("The split time is not a valid date. Use ISO 8601, such as 2026-11-24T08:00:00Z, or now-7d.");
        return at > range.From && at < range.To
            ? (new TimeRange(range.From, at), new TimeRange(at, range.To))
            : throw new PageAddressException($"The split time, {Moment(at)}, is outside the selected time range. Choose a longer range or another time.");
    }

    /// <summary>A moment as people read it.</summary>
    public static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString("d MMM yyyy HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A period as people read it.</summary>
    public static string Period(TimeRange range) => $"{range.From.UtcDateTime.ToString("d MMM yyyy HH:mm", CultureInfo.InvariantCulture)} – {Moment(range.To)}";
}
