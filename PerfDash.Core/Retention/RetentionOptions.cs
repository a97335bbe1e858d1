using Microsoft.Extensions.Options;

namespace PerfDash.Core.Retention;

/// <summary>Settings of retention, section <c>PerfDash:Retention</c>.</summary>
public sealed class RetentionOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "PerfDash:Retention";

    /// <summary>The least that may be configured.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromDays(90);

    /// <summary>How long metrics are kept after their job completed, at least 90 days; null (default): for ever.</summary>
    public TimeSpan? KeepMetricsFor { get; set; }
}

/// <summary>Refuses a retention that is too short, naming the key.</summary>
internal sealed class RetentionOptionsCheck : IValidateOptions<RetentionOptions>
{
    public ValidateOptionsResult Validate(string? name, RetentionOptions options) =>
        options.KeepMetricsFor is { } keep && (keep < RetentionOptions.Shortest || keep > TimeSpan.FromDays(36_500))
            ? ValidateOptionsResult.Fail(
                $"{RetentionOptions.Section}:KeepMetricsFor must be from 90 days to 100 years, as days (90) or d.hh:mm:ss (90.00:00:00), or blank to keep all metrics.")
            : ValidateOptionsResult.Success;
}
