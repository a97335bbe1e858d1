namespace PerfDash.Core.Comparison;

/// <summary>The figures of one side's jobs (a workflow over a range), or of an even sample of them, by stratum.</summary>
public sealed class JobSample
{
    private readonly Dictionary<string, StratifiedValues> _scores = new(StringComparer.Ordinal);

    public int JobCount { get; private set; }

    /// <summary>One in this many jobs is in the sample; 1 when all are.</summary>
    public long Step { get; init; } = 1;

    /// <summary>Jobs whose time per frame is 0, which has no logarithm: left out.</summary>
    public int ZeroTimes { get; private set; }

    /// <summary>Logarithm of milliseconds per frame.</summary>
    public StratifiedValues LogTimePerFrame { get; } = new();

    /// <summary>Logarithm of the VRAM peak in MB.</summary>
    public StratifiedValues LogVram { get; } = new();

    public IReadOnlyDictionary<string, StratifiedValues> Scores => _scores;

    /// <summary>Largest size of each score, which shows the scale it is on.</summary>
    public Dictionary<string, double> LargestScores { get; } = new(StringComparer.Ordinal);

    /// <summary>Adds one job; null or not finite where a figure was not reported.</summary>
    public void Add(Stratum stratum, double? timePerFrameMs, double? vramPeakMb, IEnumerable<KeyValuePair<string, double>> scores)
    {
        JobCount++;
        if (timePerFrameMs is > 0 and < double.PositiveInfinity)
            LogTimePerFrame.Add(stratum, Math.Log(timePerFrameMs.Value));
        else if (timePerFrameMs == 0)
            ZeroTimes++;
        if (vramPeakMb is > 0 and < double.PositiveInfinity)
            LogVram.Add(stratum, Math.Log(vramPeakMb.Value));
        foreach (var (name, value) in scores)
        {
            if (!double.IsFinite(value))
                continue;
            if (!_scores.TryGetValue(name, out var values))
                _scores[name] = values = new StratifiedValues();
            values.Add(stratum, value);
            LargestScores[name] = Math.Max(LargestScores.GetValueOrDefault(name), Math.Abs(value));
        }
    }
}
