using System.Globalization;

namespace PerfDash.Web.Features.Alerts.Thresholds;

/// <summary>Limits that are proposed.</summary>
internal static class LimitText
{
    /// <summary>A limit people can say: the digits beyond the fourth are chance.</summary>
    public static float Rounded(float limit) => float.Parse(limit.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
