namespace PerfDash.Web.Features.Comparison;

/// <summary>Two periods as somebody wrote them: ISO 8601, or relative such as <c>now-7d</c>.</summary>
public sealed class CustomPeriods
{
    /// <summary>Start of the period before.</summary>
    public string? BeforeFrom { get; set; }

    public string? BeforeTo { get; set; }

    /// <summary>Start of the period after.</summary>
    public string? AfterFrom { get; set; }

    public string? AfterTo { get; set; }
}
