using PerfDash.Data.Entities;

namespace PerfDash.Core.Comparison;

/// <summary>Where jobs are alike: the same resolution tier and class of run on the same worker.</summary>
/// <param name="Tier">Resolution tier; null for jobs that report none, which are alike among themselves.</param>
/// <param name="RunClass">Warm, cold or cached; null for jobs of which that is unknown, which are alike among themselves.</param>
public readonly record struct Stratum(string? Tier, long WorkerId, RunClass? RunClass = null)
{
    /// <summary>The stratum whatever the worker.</summary>
    public (string? Tier, RunClass? RunClass) Kind => (Tier, RunClass);
}

/// <summary>One figure of one side's jobs, kept apart by stratum.</summary>
public sealed class StratifiedValues
{
    private readonly Dictionary<Stratum, List<double>> _cells = [];

    public int Count { get; private set; }

    /// <summary>Whether the class of some job's run is known.</summary>
    public bool HasClasses => _cells.Keys.Any(stratum => stratum.RunClass is not null);

    /// <summary>The values by stratum, in the order added; no cell is empty.</summary>
    public IReadOnlyDictionary<Stratum, List<double>> Cells => _cells;

    /// <summary>Adds the figure of one job. It must be finite.</summary>
    public void Add(Stratum stratum, double value)
    {
        if (!_cells.TryGetValue(stratum, out var cell))
            _cells[stratum] = cell = [];
        cell.Add(value);
        Count++;
    }

    /// <summary>Mean of what <paramref name="value"/> makes of the values in some strata, and how many they are; 0 of none.</summary>
    public (double Mean, int Count) Means(IReadOnlySet<Stratum> strata, Func<double, double> value)
    {
        var (mean, count) = (0d, 0);
        foreach (var cell in _cells.Where(cell => strata.Contains(cell.Key)))
        {
            // As a running mean: a sum of the largest values would be infinite.
            foreach (var v in cell.Value)
                mean += (value(v) - mean) / ++count;
        }

        return (mean, count);
    }
}
