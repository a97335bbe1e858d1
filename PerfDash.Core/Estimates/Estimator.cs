using PerfDash.Core.Statistics;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Estimates;

/// <summary>
/// Estimates a job from jobs that ran: pure, so that a page, the API and the back-test ask the same. Goes from the most
/// exact history to a wider one where the former is too thin.
/// </summary>
/// <param name="tuning">The hyperparameters.</param>
/// <param name="speeds">How fast workers are against each other; null leaves histories that need it out.</param>
/// <param name="prices">Price of a GPU hour by worker, for those that have one.</param>
public sealed class Estimator(EstimateTuning tuning, WorkerSpeeds? speeds, IReadOnlyDictionary<long, decimal> prices)
{
    private const double MsPerHour = 3_600_000;

    // A price must add up to what a person reads, not show the digits of a floating-point number.
    private const int CostDigits = 9;

    // As of costs that were: beyond it the digits do not fit a decimal.
    private const double MaxCost = 1e15;

    /// <summary>What the job will take.</summary>
    /// <param name="history">Jobs of its workflow in order of completion; only those count. May be empty.</param>
    public Estimate Answer(EstimateQuestion question, IReadOnlyList<PastJob> history)
    {
        PastJob[] own = [.. history.Where(job => job.WorkflowId == question.WorkflowId)];
        var wanted = question.RunClass ?? RunClass.Warm;
        // Jobs of which the class is unknown may be of any: they count where there are few of the class.
        PastJob[] alike = [.. own.Where(job => job.RunClass == wanted)];
        if (alike.Length < tuning.MinOwnJobs)
            alike = [.. own.Where(job => job.RunClass is null || job.RunClass == wanted)];
        if (alike.Length == own.Length || !alike.Any(job => job.MsPerFrame is not null || job.VramPeakMb > 0))
            return AnswerFrom(question, own) with { RunClass = own.Any(job => job.RunClass == wanted) ? wanted : null };
        return AnswerFrom(question, alike) with { RunClass = wanted, LeftOutJobs = own.Length - alike.Length };
    }

    private Estimate AnswerFrom(EstimateQuestion question, PastJob[] history)
    {
        var ladder = Rungs(question);
        var vram = Choose(ladder.Where(rung => !rung.Scaled), question, history, job => job.VramPeakMb > 0 ? (job.VramPeakMb.Value, 1) : null);
        var estimate = new Estimate();
        if (vram.Sample.Count > 0)
        {
            var peaks = Similar(vram.Sample, question.Frames);
            var sample = new WeightedSample(peaks.Select(o => (o.Ms, o.Weight)));
            estimate = estimate with
            {
                ExpectedVramPeakMb = sample.Mean,
                P95VramPeakMb = Math.Max(sample.Mean, sample.NextBelow(0.95)),
                VramBasisLevel = vram.Rung!.Level,
                VramSampleSize = peaks.Count,
                SampleSize = peaks.Count,
                BasisLevel = vram.Rung.Level,
                NewestJobAt = peaks[0].Job.CreatedAt,
            };
        }

        var time = Choose(ladder, question, history, job => job.HasGpuTime ? (job.TotalGpuTimeMs!.Value, job.FrameCount!.Value) : null);
        var frames = question.Frames;
        var ofGpu = time.Sample.Count > 0;
        if (!ofGpu)
        {
            // Without any GPU time the time per frame is all there is: each job then stands for one frame.
            time = Choose(ladder, question, history, job => job.MsPerFrame is { } ms ? (ms, 1) : null);
            frames = 1;
        }
        if (time.Sample.Count == 0)
            return estimate;

        var scale = FrameScale.Fit(time.Sample);
        var ofJob = new WeightedSample(time.Sample.Select(o => (o.Ms * scale.Factor(frames, o.Frames), o.Weight)));
        var (p10, p90) = (ofJob.NextBelow(0.1), ofJob.NextBelow(0.9));
        // One job that took a hundred times the usual must not carry the mean away.
        var expected = Math.Clamp(ofJob.Mean, p10, p90);
        estimate = estimate with
        {
            ExpectedTimePerFrameMs = expected / frames,
            SampleSize = time.Sample.Count,
            BasisLevel = time.Rung!.Level,
            NewestJobAt = time.Sample[0].Job.CreatedAt,
        };
        return !ofGpu
            ? estimate
            : estimate with
            {
                ExpectedGpuTimeMs = expected,
                P10GpuTimeMs = p10,
                P90GpuTimeMs = p90,
                ExpectedCost = PricePerHour(question, time.Sample) is { } price && expected / MsPerHour * (double)price < MaxCost ? Math.Round((decimal)(expected / MsPerHour) * price, CostDigits) : null,
            };
    }

    /// <summary>The histories to try, the most exact first.</summary>
    private List<Rung> Rungs(EstimateQuestion question)
    {
        List<Rung> ladder = [];
        if (question.ResolutionTier is { } tier)
        {
            if (question.WorkerId is { } worker)
            {
                ladder.Add(new(EstimateBasis.WorkflowTierWorker, job => job.WorkerId == worker && job.ResolutionTier == tier, false, tuning.MinOwnJobs));
                ladder.Add(new(EstimateBasis.WorkflowTierSpeed, job => job.ResolutionTier == tier, true, 1));
            }
            ladder.Add(new(EstimateBasis.WorkflowTier, job => job.ResolutionTier == tier, false, 1));
        }
        else if (question.WorkerId is { } worker)
        {
            ladder.Add(new(EstimateBasis.WorkflowWorker, job => job.WorkerId == worker, false, tuning.MinOwnJobs));
        }
        if (question.WorkerId is not null)
            ladder.Add(new(EstimateBasis.WorkflowSpeed, _ => true, true, 1));
        ladder.Add(new(EstimateBasis.Workflow, _ => true, false, 1));
        return ladder;
    }

    /// <summary>
    /// The first rung with jobs enough. Where a wider rung has no more jobs than the one before it, they are the same
    /// jobs, and the more exact name is the true one.
    /// </summary>
    private (Rung? Rung, List<Observation> Sample) Choose(
        IEnumerable<Rung> ladder, EstimateQuestion question, PastJob[] history, Func<PastJob, (double Ms, int Frames)?> measure)
    {
        (Rung? Rung, List<Observation> Sample) best = (null, []);
        foreach (var rung in ladder.Where(rung => !rung.Scaled || speeds is not null))
        {
            var sample = Observe(rung, question, history, measure);
            if (sample.Count > best.Sample.Count)
                best = (rung, sample);
            if (sample.Count > 0 && WeightedSample.EffectiveSizeOf(sample.Select(o => o.Weight)) >= rung.MinJobs)
                break;
        }
        return best;
    }

    private List<Observation> Observe(
        Rung rung, EstimateQuestion question, PastJob[] history, Func<PastJob, (double Ms, int Frames)?> measure)
    {
        List<Observation> sample = [];
        for (var i = history.Length - 1; i >= 0 && sample.Count < tuning.MaxJobs; i--)
        {
            var job = history[i];
            if (!rung.Holds(job) || measure(job) is not var (ms, frames))
                continue;
            if (rung.Scaled)
            {
                if (speeds!.TimeFactor(question.WorkerId!.Value, job.WorkerId) is not { } factor)
                    continue;
                ms *= factor;
            }
            // Age against the newest of the sample: only ratios count, and a history that ended long ago still has some.
            var age = sample.Count == 0 ? TimeSpan.Zero : sample[0].Job.CreatedAt - job.CreatedAt;
            sample.Add(new Observation(job, ms, frames, Math.Max(double.Epsilon, double.Exp2(-(age / tuning.HalfLife)))));
        }
        return sample;
    }

    /// <summary>Memory grows with frames in some workflows and not in others: jobs of half to double the frames speak for both, where there are enough.</summary>
    private List<Observation> Similar(List<Observation> sample, int frames)
    {
        List<Observation> similar = [.. sample.Where(o => o.Job.FrameCount is { } count && count >= frames / 2d && count <= frames * 2d)];
        return WeightedSample.EffectiveSizeOf(similar.Select(o => o.Weight)) >= tuning.MinOwnJobs ? similar : sample;
    }

    private decimal? PricePerHour(EstimateQuestion question, List<Observation> sample)
    {
        if (question.WorkerId is { } worker)
            return prices.TryGetValue(worker, out var own) ? own : null;
        double hours = 0, cost = 0;
        foreach (var (job, ms, _, weight) in sample)
        {
            if (!prices.TryGetValue(job.WorkerId, out var price))
                continue;
            hours += weight * ms;
            cost += weight * ms * (double)price;
        }
        return hours > 0 ? (decimal)(cost / hours) : null;
    }

    private sealed record Rung(EstimateBasis Level, Func<PastJob, bool> Holds, bool Scaled, double MinJobs);
}
