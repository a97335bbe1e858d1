namespace PerfDash.Web.Shared;

/// <summary>What people read where a sum is beyond what is counted in.</summary>
internal static class SumText
{
    /// <summary>Stands for such a sum.</summary>
    public const string TooLarge = "too large to add up";

    /// <summary>True where values have a mean but no sum.</summary>
    public static bool IsTooLarge(double? sum, double? mean) => sum is null && mean is not null;
}
