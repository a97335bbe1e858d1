namespace PerfDash.Core.Metrics;

/// <summary>How much there must be before pages rank or colour. The API answers whatever there is.</summary>
public static class Evidence
{
    /// <summary>
    /// Fewest jobs a workflow or worker must have to be ranked, or to be called better or worse than before or than
    /// others; also the fewest earlier jobs that show what is usual for one job. The mean of fewer says little: with a
    /// spread of 20 % between jobs that of 10 is off by up to 14 % in one of 20 cases.
    /// </summary>
    public const int FewestJobs = 10;

    /// <summary>A period is compared with one before it that has at least this share of its jobs.</summary>
    public const double LeastShareOfJobs = 0.2;

    /// <summary>And jobs on at least this share as many of its days (thirtieths of the range).</summary>
    public const double LeastShareOfDays = 0.5;

    /// <summary>A change of a plain average smaller than this, in percent, is not called better or worse.</summary>
    public const double LeastChangePercent = 1;
}
