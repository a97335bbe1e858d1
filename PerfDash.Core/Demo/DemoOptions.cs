using System.ComponentModel.DataAnnotations;

namespace PerfDash.Core.Demo;

/// <summary>The demo farm's settings (section <c>PerfDash:Demo</c>).</summary>
public sealed class DemoOptions
{
    /// <summary>Where the settings are found.</summary>
    public const string SectionName = "PerfDash:Demo";

    /// <summary>Whether the farm fills an empty database and then completes jobs live. Off by default.</summary>
    public bool Enabled { get; set; }

    /// <summary>The same seed at the same moment gives the same history.</summary>
    public int Seed { get; set; } = 42;

    /// <summary>Jobs of the history, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int HistoryJobs { get; set; } = 25_000;

    /// <summary>Days the history covers up to now, 1 to 365.</summary>
    [Range(1, 365)]
    public int HistoryDays { get; set; } = 30;

    /// <summary>Live jobs that end per second on average, 0.01 to 50.</summary>
    [Range(0.01, 50)]
    public double JobsPerSecond { get; set; } = 0.5;
}
