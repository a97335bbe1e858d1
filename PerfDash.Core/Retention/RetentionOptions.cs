using System.ComponentModel.DataAnnotations;

namespace PerfDash.Core.Retention;

/// <summary>Settings of retention, section <c>PerfDash:Retention</c>.</summary>
public sealed class RetentionOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "PerfDash:Retention";

    /// <summary>The least that may be configured.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromDays(90);

    /// <summary>How long metrics are kept after their job completed, 90 days to 100 years, written as days (90) or d.hh:mm:ss; null (default): for ever.</summary>
    [Range(typeof(TimeSpan), "90.00:00:00", "36500.00:00:00")]
    public TimeSpan? KeepMetricsFor { get; set; }
}
