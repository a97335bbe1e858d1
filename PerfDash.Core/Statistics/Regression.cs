namespace PerfDash.Core.Statistics;

/// <summary>The straight line that fits points best in the least squares of Y.</summary>
/// <param name="Slope">Change of Y for each 1 of X.</param>
/// <param name="Intercept">Y at X = 0.</param>
public sealed record Regression(double Slope, double Intercept)
{
    /// <summary>The line through points; null for fewer than two, or where X never changes.</summary>
    public static Regression? Fit(double[] x, double[] y)
    {
        if (x.Length < 2)
            return null;
        var (intercept, slope) = MathNet.Numerics.Fit.Line(x, y);
        return double.IsFinite(slope) ? new Regression(slope, intercept) : null;
    }

    /// <summary>Y on the line.</summary>
    public double At(double x) => Intercept + (Slope * x);
}
