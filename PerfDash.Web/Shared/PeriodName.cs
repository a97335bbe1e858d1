namespace PerfDash.Web.Shared;

/// <summary>How the equal period before a range is called.</summary>
public static class PeriodName
{
    /// <summary>For example <c>15 minutes</c>, <c>24 hours</c> or <c>30 days</c>.</summary>
    public static string From(TimeRange range) => range.Length switch
    {
        { TotalHours: < 2 } => $"{range.Length.TotalMinutes:0} minutes",
        { TotalHours: < 48 } => $"{range.Length.TotalHours:0.#} hours",
        _ => $"{range.Length.TotalDays:0.#} days",
    };
}
