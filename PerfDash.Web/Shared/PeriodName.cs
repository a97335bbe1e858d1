namespace PerfDash.Web.Shared;

/// <summary>How the equal period before a range is called.</summary>
public static class PeriodName
{
    /// <summary>For example <c>24 hours</c> or <c>30 days</c>.</summary>
    public static string From(TimeRange range) => range.Length.TotalHours < 48
        ? $"{range.Length.TotalHours:0.#} hours"
        : $"{range.Length.TotalDays:0.#} days";
}
