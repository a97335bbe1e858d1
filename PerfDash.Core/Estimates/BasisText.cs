using System.Globalization;

namespace PerfDash.Core.Estimates;

/// <summary>Says in a sentence which history an estimate rests on.</summary>
internal static class BasisText
{
    /// <summary>The sentence.</summary>
    /// <param name="question">What was asked.</param>
    /// <param name="workflow">Name of the workflow.</param>
    /// <param name="worker">Name of the worker; null where none was asked for.</param>
    /// <param name="hasJobs">Whether the workflow has any recorded job, usable or not.</param>
    public static string From(Estimate estimate, EstimateQuestion question, string workflow, string? worker, bool hasJobs)
    {
        if (estimate.SampleSize == 0)
        {
            return hasJobs
                ? $"No history: the recorded jobs of {workflow} have no time and no peak VRAM."
                : $"No history: no jobs of {workflow} have been recorded.";
        }

        List<string> sentences =
        [
            $"{Jobs(estimate.SampleSize)} {Where(estimate.BasisLevel, question, workflow, worker)}, the newest from {estimate.NewestJobAt!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}. Recent jobs have more weight.",
        ];
        if (estimate.LeftOutJobs > 0)
            sentences.Add($"For a {estimate.RunClass!.Value.ToText()} run: {Jobs(estimate.LeftOutJobs)} of another or an unknown run class left out.");
        if (estimate.ExpectedTimePerFrameMs is null)
            sentences.Add("None has a time, so only VRAM is estimated.");
        else if (estimate.ExpectedGpuTimeMs is null)
            sentences.Add("None has both GPU time and frame count, so only time per frame is estimated (from wall time where nothing else was reported).");
        if (question.ResolutionTier is { } tier && IsAnyTier(estimate.BasisLevel))
            sentences.Add($"No usable jobs at {tier}. All tiers are combined, so the range is wide.");
        if (estimate.ExpectedTimePerFrameMs is not null && estimate.VramSampleSize > 0 && estimate.VramBasisLevel != estimate.BasisLevel)
            sentences.Add($"VRAM: {Jobs(estimate.VramSampleSize)} {Where(estimate.VramBasisLevel, question, workflow, worker)}.");
        return string.Join(' ', sentences);
    }

    private static string Where(EstimateBasis level, EstimateQuestion question, string workflow, string? worker) => level switch
    {
        EstimateBasis.WorkflowTierWorker => $"of {workflow} at {question.ResolutionTier} on {worker}",
        EstimateBasis.WorkflowWorker => $"of {workflow} on {worker}, in any tier",
        EstimateBasis.WorkflowTierSpeed => $"of {workflow} at {question.ResolutionTier} on any worker, scaled by the relative speed of {worker}",
        EstimateBasis.WorkflowTier => $"of {workflow} at {question.ResolutionTier} on any worker",
        EstimateBasis.WorkflowSpeed => $"of {workflow} in any tier on any worker, scaled by the relative speed of {worker}",
        _ => $"of {workflow} in any tier on any worker",
    };

    private static bool IsAnyTier(EstimateBasis level) => level is EstimateBasis.WorkflowSpeed or EstimateBasis.Workflow;

    private static string Jobs(int count) => count == 1 ? "1 job" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} jobs");
}
