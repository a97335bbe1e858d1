namespace PerfDash.Core.Estimates;

/// <summary>
/// Walks through history once, in order of time: what completed before a held-out job began is added, then the job is
/// estimated. Nothing later can reach an estimate, because it has not been added yet.
/// </summary>
public static class BackTester
{
    /// <summary>Share of the jobs, the newest, that is estimated.</summary>
    public const double HeldOutShare = 0.2;

    /// <summary>Jobs estimated at most.</summary>
    public const int MaxHeldOut = 2_000;

    /// <summary>Of the held-out jobs, one in so many is also asked about with less named.</summary>
    public const int PartialQuestionInterval = 3;

    private static readonly Dictionary<long, decimal> NoPrices = [];

    /// <summary>Estimates an even sample of the newest fifth of the jobs.</summary>
    /// <param name="jobs">Jobs in any order.</param>
    /// <param name="tuning">The hyperparameters.</param>
    public static BackTest Run(IReadOnlyList<PastJob> jobs, EstimateTuning tuning, CancellationToken cancellationToken)
    {
        PastJob[] inOrder = [.. jobs.OrderBy(job => job.CreatedAt)];
        return Summarize(inOrder.Length, Walk(inOrder, HeldOut(inOrder, MaxHeldOut), tuning, cancellationToken));
    }

    /// <summary>The same, and from the same estimates what they were like for each workflow.</summary>
    /// <param name="jobs">Jobs in any order.</param>
    /// <param name="tuning">The hyperparameters.</param>
    /// <param name="maxHeldOut">Jobs estimated at most.</param>
    public static (BackTest All, IReadOnlyDictionary<long, BackTest> ByWorkflow) RunByWorkflow(
        IReadOnlyList<PastJob> jobs, EstimateTuning tuning, int maxHeldOut, CancellationToken cancellationToken)
    {
        PastJob[] inOrder = [.. jobs.OrderBy(job => job.CreatedAt)];
        var trials = Walk(inOrder, HeldOut(inOrder, maxHeldOut), tuning, cancellationToken);
        var byWorkflow = trials.ToLookup(trial => trial.Job.WorkflowId);
        return (
            Summarize(inOrder.Length, trials),
            inOrder.CountBy(job => job.WorkflowId).ToDictionary(w => w.Key, w => Summarize(w.Value, [.. byWorkflow[w.Key]])));
    }

    private static BackTest Summarize(int jobCount, IReadOnlyList<BackTestTrial> trials)
    {
        var full = trials.Where(trial => trial.Asked == BackTestScenario.TierAndWorker).ToArray();
        return new BackTest
        {
            JobCount = jobCount,
            HeldOutCount = full.Length,
            Overall = Score(full),
            Levels =
            [
                .. full.Where(trial => trial.Estimate.ExpectedGpuTimeMs is not null).GroupBy(trial => trial.Estimate.BasisLevel)
                    .OrderBy(level => level.Key).Select(level => new BackTestLevel(level.Key, Score([.. level]))),
            ],
            Questions =
            [
                .. trials.GroupBy(trial => trial.Asked).OrderBy(asked => asked.Key)
                    .Select(asked => new BackTestQuestion(asked.Key, Score([.. asked]))),
            ],
        };
    }

    private static PastJob[] HeldOut(PastJob[] inOrder, int most)
    {
        PastJob[] newest = [.. inOrder.Skip(inOrder.Length - (int)(inOrder.Length * HeldOutShare)).Where(job => job.HasGpuTime)];
        var count = Math.Min(newest.Length, most);
        return [.. Enumerable.Range(0, count).Select(i => newest[(long)i * newest.Length / count]).OrderBy(job => job.StartedAt)];
    }

    /// <summary>Estimates jobs as they were about to begin.</summary>
    /// <param name="inOrder">History, in order of completion.</param>
    /// <param name="heldOut">Jobs with GPU time and frames, in order of their start.</param>
    /// <param name="tuning">The hyperparameters.</param>
    public static IReadOnlyList<BackTestTrial> Walk(
        IReadOnlyList<PastJob> inOrder, IReadOnlyList<PastJob> heldOut, EstimateTuning tuning, CancellationToken cancellationToken)
    {
        Dictionary<long, List<PastJob>> histories = [];
        var speeds = new WorkerSpeeds(tuning.HalfLife);
        var estimator = new Estimator(tuning, speeds, NoPrices);
        List<BackTestTrial> trials = [];
        var next = 0;
        for (var place = 0; place < heldOut.Count; place++)
        {
            var job = heldOut[place];
            cancellationToken.ThrowIfCancellationRequested();
            for (; next < inOrder.Count && inOrder[next].CreatedAt < job.StartedAt; next++)
            {
                var past = inOrder[next];
                speeds.Add(past);
                if (!histories.TryGetValue(past.WorkflowId, out var ofWorkflow))
                    histories[past.WorkflowId] = ofWorkflow = [];
                ofWorkflow.Add(past);
            }

            var history = histories.GetValueOrDefault(job.WorkflowId, []);
            var full = new EstimateQuestion(job.WorkflowId, job.FrameCount!.Value, job.WorkerId, job.ResolutionTier, job.RunClass);
            Try(BackTestScenario.TierAndWorker, estimator, full, history);
            if (place % PartialQuestionInterval != 0)
                continue;
            Try(
                BackTestScenario.TierAndNewWorker,
                new Estimator(tuning, speeds.Without(job.WorkflowId, job.WorkerId), NoPrices),
                full,
                [.. history.Where(past => past.WorkerId != job.WorkerId)]);
            Try(BackTestScenario.Tier, estimator, full with { WorkerId = null }, history);
            Try(BackTestScenario.Worker, estimator, full with { ResolutionTier = null }, history);
            Try(BackTestScenario.Nothing, estimator, full with { WorkerId = null, ResolutionTier = null }, history);

            void Try(BackTestScenario asked, Estimator with, EstimateQuestion question, List<PastJob> from) =>
                trials.Add(new BackTestTrial(asked, job, with.Answer(question, from)));
        }
        return trials;
    }

    private static BackTestScore Score(BackTestTrial[] trials)
    {
        BackTestTrial[] estimated = [.. trials.Where(trial => trial.Estimate.ExpectedGpuTimeMs is not null)];
        BackTestTrial[] withVram = [.. trials.Where(trial => trial.Estimate.P95VramPeakMb is not null && trial.Job.VramPeakMb is not null)];
        double[] errors = [.. estimated.Select(trial => Math.Abs(trial.Estimate.ExpectedGpuTimeMs!.Value - trial.ActualMs) / trial.ActualMs * 100).Order()];
        return new BackTestScore
        {
            EstimatedCount = estimated.Length,
            P10P90Coverage = Share(estimated, trial => trial.ActualMs >= trial.Estimate.P10GpuTimeMs && trial.ActualMs <= trial.Estimate.P90GpuTimeMs),
            P90Held = Share(estimated, trial => trial.ActualMs <= trial.Estimate.P90GpuTimeMs),
            AboveP90Share = Share(estimated, trial => trial.ActualMs > trial.Estimate.P90GpuTimeMs),
            BelowP10Share = Share(estimated, trial => trial.ActualMs < trial.Estimate.P10GpuTimeMs),
            MedianErrorPercent = errors.Length == 0 ? null : (errors[(errors.Length - 1) / 2] + errors[errors.Length / 2]) / 2,
            P95VramHeld = Share(withVram, trial => trial.Job.VramPeakMb <= trial.Estimate.P95VramPeakMb),
        };
    }

    private static double? Share(BackTestTrial[] trials, Func<BackTestTrial, bool> holds) =>
        trials.Length == 0 ? null : (double)trials.Count(holds) / trials.Length;
}
