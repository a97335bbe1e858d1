namespace PerfDash.Core.Quality;

/// <summary>The straight line that fits points best in the least squares of Y.</summary>
/// <param name="Slope">Change of Y for each 1 of X.</param>
/// <param name="Intercept">Y at X = 0.</param>
public sealed record Regression(double Slope, double Intercept)
{
    /// <summary>The line through points; null for fewer than two, or where X never changes.</summary>
    public static Regression? Fit(IReadOnlyList<CorrelationPoint> points)
    {
        if (points.Count < 2)
            return null;
        var (x, y) = (points.Average(p => p.X.Value), points.Average(p => p.Y));
        var spread = points.Sum(p => (p.X.Value - x) * (p.X.Value - x));
        if (spread <= 0 || !double.IsFinite(spread))
            return null;
        var slope = points.Sum(p => (p.X.Value - x) * (p.Y - y)) / spread;
        return new Regression(slope, y - (slope * x));
    }

    /// <summary>Y on the line.</summary>
    public double At(double x) => Intercept + (Slope * x);
}
