namespace PerfDash.Web.Shared;

/// <summary>What a number means, and so how people read it. The stored unit is in each member's description.</summary>
public enum ValueUnit
{
    /// <summary>A plain number without a unit, shown with up to two decimals.</summary>
    Number,

    /// <summary>A duration stored in milliseconds, shown as <c>812 ms</c>, <c>42.3 s</c>, <c>3m 12s</c>, <c>2h 05m</c> or <c>3d 4h</c>.</summary>
    DurationMs,

    /// <summary>Milliseconds for one frame, shown as <c>812 ms/frame</c> or <c>1.25 s/frame</c>.</summary>
    MsPerFrame,

    /// <summary>Video memory in MB of 2^20 bytes, shown as <c>512 MB</c> or, from 1024 MB, <c>18.2 GB</c>.</summary>
    VramMb,

    /// <summary>GPU time in hours, shown as <c>12.4 h</c>.</summary>
    GpuHours,

    /// <summary>A count of things, shown as <c>1,234,567</c>.</summary>
    Count,

    /// <summary>A part of a whole in percent (0 to 100), shown as <c>42.0 %</c>.</summary>
    Percent,

    /// <summary>A change in percent, shown with its sign: <c>+12.3 %</c>, <c>−4.0 %</c>.</summary>
    PercentChange,

    /// <summary>A quality score, shown with two decimals: <c>0.92</c>.</summary>
    Score,

    /// <summary>A ratio, for example a relative speed, shown as <c>1.23×</c>.</summary>
    Ratio,

    /// <summary>An amount in the currency worker prices are entered in, shown as <c>1,234.50 USD</c> or <c>0.01234 USD</c>.</summary>
    Money,
}
