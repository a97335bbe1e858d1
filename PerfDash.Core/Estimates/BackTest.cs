namespace PerfDash.Core.Estimates;

/// <summary>How good estimates have been: jobs that ran, each estimated from only what was recorded before it began.</summary>
public sealed record BackTest
{
    public required int JobCount { get; init; }

    /// <summary>Jobs that were estimated: an even sample of the newest fifth, of those that have a GPU time and frames.</summary>
    public required int HeldOutCount { get; init; }

    /// <summary>How it went with tier and worker given, as far as they were recorded.</summary>
    public required BackTestScore Overall { get; init; }

    /// <summary>The same by the history the estimate rested on, the most exact first; only those that occurred.</summary>
    public required IReadOnlyList<BackTestLevel> Levels { get; init; }

    /// <summary>How it would have gone had the question said less.</summary>
    public required IReadOnlyList<BackTestQuestion> Questions { get; init; }
}

/// <summary>How often the bounds held and how far the expected time was off. Shares are 0 to 1 and null without estimates.</summary>
public record BackTestScore
{
    /// <summary>Jobs whose GPU time could be estimated.</summary>
    public int EstimatedCount { get; init; }

    /// <summary>Share whose GPU time was within P10 to P90, which promise 0.8.</summary>
    public double? P10P90Coverage { get; init; }

    /// <summary>Share whose GPU time was at most P90, which promises 0.9.</summary>
    public double? P90Held { get; init; }

    /// <summary>Share above P90.</summary>
    public double? AboveP90Share { get; init; }

    /// <summary>Share below P10.</summary>
    public double? BelowP10Share { get; init; }

    /// <summary>Median of |expected − actual| ÷ actual GPU time, in percent.</summary>
    public double? MedianErrorPercent { get; init; }

    /// <summary>Share of those with a VRAM peak where it was at most P95, which promises 0.95.</summary>
    public double? P95VramHeld { get; init; }
}

/// <summary>The score of estimates that rested on one kind of history.</summary>
public sealed record BackTestLevel : BackTestScore
{
    /// <summary>As it was stored.</summary>
    public BackTestLevel()
    {
    }

    internal BackTestLevel(EstimateBasis basisLevel, BackTestScore score)
        : base(score) => BasisLevel = basisLevel;

    /// <summary>Which.</summary>
    public EstimateBasis BasisLevel { get; init; }
}

/// <summary>The score of one kind of question.</summary>
public sealed record BackTestQuestion : BackTestScore
{
    /// <summary>As it was stored.</summary>
    public BackTestQuestion()
    {
    }

    internal BackTestQuestion(BackTestScenario asked, BackTestScore score)
        : base(score) => Asked = asked;

    /// <summary>What the questions named beside workflow and frames.</summary>
    public BackTestScenario Asked { get; init; }
}

/// <summary>What a question of the back-test names beside workflow and frames.</summary>
public enum BackTestScenario
{
    /// <summary>Tier and worker.</summary>
    TierAndWorker,

    /// <summary>Tier and worker, while all that the worker ran of this workflow is hidden, as if it were new to it.</summary>
    TierAndNewWorker,

    /// <summary>The tier alone.</summary>
    Tier,

    /// <summary>The worker alone.</summary>
    Worker,

    /// <summary>Neither.</summary>
    Nothing,
}

/// <summary>One estimate beside the job it was for.</summary>
/// <param name="Asked">What the question named beside workflow and frames.</param>
/// <param name="Job">The job as it went, with a GPU time.</param>
/// <param name="Estimate">What was expected of it.</param>
public sealed record BackTestTrial(BackTestScenario Asked, PastJob Job, Estimate Estimate)
{
    public double ActualMs => Job.TotalGpuTimeMs!.Value;
}
