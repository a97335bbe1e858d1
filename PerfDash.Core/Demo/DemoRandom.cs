namespace PerfDash.Core.Demo;

/// <summary>Draws the demo farm needs beyond those of <see cref="Random"/>.</summary>
internal static class DemoRandom
{
    /// <summary>A normal value of mean 0 and standard deviation 1 (Marsaglia's polar method).</summary>
    public static double Normal(this Random random)
    {
        while (true)
        {
            var x = 2 * random.NextDouble() - 1;
            var y = 2 * random.NextDouble() - 1;
            var square = x * x + y * y;
            if (square is > 0 and < 1)
                return x * Math.Sqrt(-2 * Math.Log(square) / square);
        }
    }

    /// <summary>A log-normal factor of median 1.</summary>
    public static double LogNormal(this Random random, double sigma) => Math.Exp(sigma * random.Normal());

    /// <summary>True with the given chance, 0 to 1.</summary>
    public static bool Chance(this Random random, double chance) => random.NextDouble() < chance;

    /// <summary>An index, drawn by weight.</summary>
    public static int Weighted(this Random random, IReadOnlyList<double> weights)
    {
        var total = 0.0;
        for (var i = 0; i < weights.Count; i++)
            total += weights[i];
        var wanted = random.NextDouble() * total;
        for (var i = 0; i < weights.Count - 1; i++)
        {
            wanted -= weights[i];
            if (wanted < 0)
                return i;
        }
        return weights.Count - 1;
    }
}
