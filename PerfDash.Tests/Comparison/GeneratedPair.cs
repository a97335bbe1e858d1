using PerfDash.Core.Comparison;

namespace PerfDash.Tests.Comparison;

/// <summary>
/// Two workflows' jobs with a known truth. Workers differ in speed up to ×3, tiers up to ×18; each side ran its own uneven
/// mix of both, in 20 to 400 jobs; spread, tails and slow first jobs vary; the score has a truth of its own.
/// </summary>
internal sealed class GeneratedPair
{
    private static readonly string[] TierNames = ["480p", "720p", "1080p", "4k"];
    private static readonly double[] TierFactors = [0.22, 0.45, 1, 4];

    private readonly Random _random;
    private readonly int _tierCount;
    private readonly double[] _workerSpeeds;
    private readonly double[] _workerScores;
    private readonly double[,] _interactions;
    private readonly double _spread;
    private readonly Tail _tail;
    private readonly double _scoreSpread;

    public GeneratedPair(int seed, int? jobs = null, double? leastSpeedEffect = null)
    {
        _random = new Random(seed);
        _tierCount = _random.Next(1, 5);
        var workers = _random.Next(2, 9);
        _workerSpeeds = [.. Enumerable.Range(0, workers).Select(_ => Math.Pow(3, _random.NextDouble()))];
        var scoreByWorker = _random.NextDouble() < 0.2 ? 0.01 : 0;
        _workerScores = [.. Enumerable.Range(0, workers).Select(_ => scoreByWorker * Normal())];
        var interaction = _random.NextDouble() < 0.3 ? 0.015 : 0;
        _interactions = new double[workers, 4];
        for (var w = 0; w < workers; w++)
        {
            for (var t = 0; t < 4; t++)
                _interactions[w, t] = interaction * Normal();
        }

        _spread = 0.05 + (0.25 * _random.NextDouble());
        _tail = (Tail)_random.Next(4);
        _scoreSpread = 0.015 + (0.045 * _random.NextDouble());

        IsNull = leastSpeedEffect is null && _random.NextDouble() < 1 / 3d;
        var size = leastSpeedEffect is { } least ? least + ((0.30 - least) * _random.NextDouble()) : 0.02 + (0.28 * _random.NextDouble());
        SpeedEffect = IsNull ? 0 : _random.Next(2) == 0 ? size : -size;
        ScoreIsNull = _random.NextDouble() < 1 / 3d;
        ScoreEffect = ScoreIsNull ? 0 : (_random.Next(2) == 0 ? 1 : -1) * (0.005 + (0.075 * _random.NextDouble()));
        Apart = jobs is null && _random.NextDouble() < 0.08;

        Baseline = Draw(jobs ?? Jobs(), other: false);
        Other = Draw(jobs ?? Jobs(), other: true);
    }

    private enum Tail
    {
        None,
        Heavy,
        SlowFirstJobs,
        Outliers,
    }

    public bool IsNull { get; }

    public bool ScoreIsNull { get; }

    /// <summary>Share by which the other's time per frame is truly longer, everything else alike; −0.1 is 10 % less.</summary>
    public double SpeedEffect { get; }

    /// <summary>Points by which its score is truly higher.</summary>
    public double ScoreEffect { get; }

    /// <summary>True when the two never met on a worker.</summary>
    public bool Apart { get; }

    public JobSample Baseline { get; }

    public JobSample Other { get; }

    private int Jobs() => (int)(20 * Math.Pow(20, _random.NextDouble()));

    private JobSample Draw(int jobs, bool other)
    {
        var sample = new JobSample();
        var tiers = Mix(_tierCount);
        var workers = Mix(_workerSpeeds.Length);
        if (Apart)
        {
            for (var w = 0; w < workers.Length; w++)
                workers[w] = w % 2 == (other ? 1 : 0) ? workers[w] + 0.01 : 0;
        }

        // Either side may be the noisier one.
        var spread = _spread * (0.7 + (0.6 * _random.NextDouble()));
        for (var i = 0; i < jobs; i++)
        {
            var tier = Pick(tiers);
            var worker = Pick(workers);
            var log = Math.Log(9000 * TierFactors[tier] / _workerSpeeds[worker]) + Noise(spread)
                + (other ? Math.Log(1 + SpeedEffect) + _interactions[worker, tier] : 0);
            var score = 0.88 - (0.03 * tier) + _workerScores[worker] + (_scoreSpread * Normal()) + (other ? ScoreEffect : 0);
            sample.Add(new Stratum(TierNames[tier], worker + 1), Math.Exp(log), null, [new("likeness", Math.Clamp(score, 0, 1))]);
        }

        return sample;
    }

    private double Noise(double spread) => _tail switch
    {
        Tail.Heavy => spread * Normal() / Math.Sqrt(Chi3() / 3),
        Tail.SlowFirstJobs => (spread * Normal()) + (_random.NextDouble() < 0.12 ? Math.Log(1 + (2 * _random.NextDouble())) : 0),
        Tail.Outliers => (spread * Normal()) + (_random.NextDouble() < 0.04 ? Math.Log(10) * _random.NextDouble() : 0),
        _ => spread * Normal(),
    };

    private double Chi3()
    {
        var (x, y, z) = (Normal(), Normal(), Normal());
        return (x * x) + (y * y) + (z * z);
    }

    // Exponential weights to a power: from nearly even to nearly all on one.
    private double[] Mix(int count)
    {
        var power = 0.3 + (1.2 * _random.NextDouble());
        return [.. Enumerable.Range(0, count).Select(_ => Math.Pow(-Math.Log(1 - _random.NextDouble()), power))];
    }

    private int Pick(double[] weights)
    {
        var at = _random.NextDouble() * weights.Sum();
        for (var i = 0; i < weights.Length - 1; i++)
        {
            at -= weights[i];
            if (at < 0)
                return i;
        }

        return weights.Length - 1;
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
