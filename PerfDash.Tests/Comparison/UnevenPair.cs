using PerfDash.Core.Comparison;

namespace PerfDash.Tests.Comparison;

/// <summary>What else an <see cref="UnevenPair"/> has, to try the estimator where its model does not hold.</summary>
internal enum Trouble
{
    /// <summary>Log-normal times, tiers and workers act as factors, nothing else.</summary>
    None,

    /// <summary>Student's t with 3 degrees of freedom instead of normal noise.</summary>
    HeavyTails,

    /// <summary>One job in 25 takes up to ten times as long.</summary>
    Outliers,

    /// <summary>Each tier and worker has a spread of its own, from 4 to 24 %.</summary>
    UnequalSpreads,

    /// <summary>Tier and worker are no factors: every pair of them is off by 10 % or so.</summary>
    Interaction,

    /// <summary>One tier on one worker takes twice as long (a card whose memory is too small).</summary>
    OneOddCell,

    /// <summary>The other side suits some tiers and workers and not others: its effect varies by 4 % between them.</summary>
    UnevenEffect,

    /// <summary>The sides met in hardly any tier and worker: each ran where the other did not.</summary>
    TinyOverlap,
}

/// <summary>
/// Two workflows of 150 jobs each on 3 tiers and 3 workers, each side with its own uneven mix; log-normal times that
/// spread by 12 %, a score with a standard deviation of 0.05.
/// </summary>
internal sealed class UnevenPair
{
    private readonly Random _random;
    private readonly Trouble _trouble;
    private readonly double[,] _cells = new double[3, 3];
    private readonly double[,] _effects = new double[3, 3];
    private readonly double[,] _spreads = new double[3, 3];

    /// <param name="seed">Decides everything else.</param>
    /// <param name="isNull">True for two that are alike.</param>
    /// <param name="trouble">What does not fit the model.</param>
    public UnevenPair(int seed, bool isNull = false, Trouble trouble = Trouble.None)
    {
        (_random, _trouble) = (new Random(seed), trouble);
        double[] tiers = [0, 0.8, 1.9];
        double[] workers = [0, Math.Log(1 + _random.NextDouble()), Math.Log(1 + (2 * _random.NextDouble()))];
        for (var t = 0; t < 3; t++)
        {
            for (var w = 0; w < 3; w++)
            {
                _cells[t, w] = tiers[t] + workers[w] + (trouble == Trouble.Interaction ? 0.1 * Normal() : 0);
                _effects[t, w] = trouble == Trouble.UnevenEffect ? 0.04 * Normal() : 0;
                _spreads[t, w] = trouble == Trouble.UnequalSpreads ? 0.04 * Math.Pow(6, _random.NextDouble()) : 0.12;
            }
        }

        if (trouble == Trouble.OneOddCell)
            _cells[_random.Next(3), _random.Next(3)] += Math.Log(2);
        SpeedEffect = isNull ? 0 : (_random.Next(2) == 0 ? 1 : -1) * (0.05 + (0.25 * _random.NextDouble()));
        ScoreEffect = isNull ? 0 : (_random.Next(2) == 0 ? 1 : -1) * (0.02 + (0.03 * _random.NextDouble()));
        Baseline = Draw(other: false);
        Other = Draw(other: true);
    }

    /// <summary>Share by which the other's time per frame is truly longer.</summary>
    public double SpeedEffect { get; }

    /// <summary>Points by which its score is truly higher.</summary>
    public double ScoreEffect { get; }

    public JobSample Baseline { get; }

    public JobSample Other { get; }

    private JobSample Draw(bool other)
    {
        var sample = new JobSample();
        double[] tiers = Mix();
        double[] workers = Mix();
        for (var i = 0; i < 150; i++)
        {
            var (tier, worker) = (Pick(tiers), Pick(workers));
            // Apart but for a few: one side keeps to the cells in which tier + worker is even.
            if (_trouble == Trouble.TinyOverlap && (tier + worker) % 2 == (other ? 1 : 0) && _random.NextDouble() < 0.95)
                worker = (worker + 1) % 3 is var next && (tier + next) % 2 != (other ? 1 : 0) ? next : (worker + 2) % 3;
            var log = Math.Log(1000) + _cells[tier, worker] + Noise(_spreads[tier, worker]) + (other ? Math.Log(1 + SpeedEffect) + _effects[tier, worker] : 0);
            var score = 0.8 - (0.03 * tier) + (0.05 * Normal()) + (other ? ScoreEffect : 0);
            sample.Add(new Stratum($"tier {tier}", worker + 1), Math.Exp(log), null, [new("likeness", score)]);
        }

        return sample;
    }

    private double Noise(double spread) => _trouble switch
    {
        Trouble.HeavyTails => spread * Normal() / Math.Sqrt(((Normal() is var x ? x * x : 0) + (Normal() is var y ? y * y : 0) + (Normal() is var z ? z * z : 0)) / 3),
        Trouble.Outliers => (spread * Normal()) + (_random.NextDouble() < 0.04 ? Math.Log(10) * _random.NextDouble() : 0),
        _ => spread * Normal(),
    };

    // Exponential weights: now and then nearly all on one.
    private double[] Mix() => [.. Enumerable.Range(0, 3).Select(_ => -Math.Log(1 - _random.NextDouble()))];

    private int Pick(double[] weights)
    {
        var at = _random.NextDouble() * weights.Sum();
        return at < weights[0] ? 0 : at < weights[0] + weights[1] ? 1 : 2;
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
