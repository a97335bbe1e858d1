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
    public int HistoryJobs { get; set; } = 120_000;

    /// <summary>
    /// Days the history covers up to now, 1 to 365. The default is three times the pages' default range of 30 days, so
    /// that every comparison with the previous period has data.
    /// </summary>
    [Range(1, 365)]
    public int HistoryDays { get; set; } = 90;

    /// <summary>
    /// Live jobs per second on average, 0.001 to 50; null (default) for the rate of the history. A faster farm runs its
    /// jobs in proportionally less time, so that its workers are as busy as in the history.
    /// </summary>
    [Range(0.001, 50)]
    public double? JobsPerSecond { get; set; }

    /// <summary>Jobs per second of the history on average.</summary>
    internal double HistoryJobsPerSecond => HistoryJobs / TimeSpan.FromDays(HistoryDays).TotalSeconds;
}
