using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace PerfDash.Core.Rollups;

/// <summary>Settings of roll-ups, section <c>PerfDash:Rollups</c>.</summary>
public sealed class RollupOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "PerfDash:Rollups";

    /// <summary>Whether figures of closed hours and days are read from roll-ups and these are kept up to date (default true). The figures are the same without, only slower on large farms.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Reads <see cref="Enabled"/> before there are services; a value that is neither true nor false is refused elsewhere.</summary>
    public static bool IsEnabled(IConfiguration configuration) => !bool.TryParse(configuration[$"{Section}:{nameof(Enabled)}"], out var enabled) || enabled;

    /// <summary>How long after its end an hour or day is closed, 1 minute to 1 day (default 5 minutes). Jobs recorded later reopen it.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan CloseAfter { get; set; } = TimeSpan.FromMinutes(5);
}
