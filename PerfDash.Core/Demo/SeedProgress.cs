namespace PerfDash.Core.Demo;

/// <summary>How far a bulk seed is.</summary>
/// <param name="JobsWritten">Jobs committed so far.</param>
/// <param name="JobsTotal">Jobs asked for.</param>
/// <param name="MetricsWritten">Metrics committed so far: one per job that did not fail.</param>
/// <param name="Elapsed">Time since the start.</param>
public readonly record struct SeedProgress(long JobsWritten, long JobsTotal, long MetricsWritten, TimeSpan Elapsed)
{
    /// <summary>Jobs per second so far; 0 before any time has passed.</summary>
    public double JobsPerSecond => Elapsed > TimeSpan.Zero ? JobsWritten / Elapsed.TotalSeconds : 0;
}
