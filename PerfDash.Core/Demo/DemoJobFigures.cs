namespace PerfDash.Core.Demo;

/// <summary>Draws the figures of one job: parameters, times, VRAM, scores, stages, failures, and the ground truth.</summary>
internal sealed class DemoJobFigures(DemoGroundTruth groundTruth, Random random)
{
    private const double WorkSigma = 0.10;
    private const double ScoreSigma = 0.030;
    private const double CfgPenalty = 0.012;
    private const double MissingVramShare = 0.03;
    private const double MissingScoresShare = 0.04;
    private const double MissingStagesShare = 0.05;

    private static readonly string[] Errors =
    [
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.34 GiB",
        "RuntimeError: The size of tensor a (128) must match the size of tensor b (120) at non-singleton dimension 3",
        "ConnectionError: the input image could not be fetched (timed out after 30 s)",
        "RuntimeError: CUDA error: an illegal memory access was encountered",
        "Worker lost its heartbeat; the job was given up",
    ];

    public DemoJob Draw(
        DemoWorkflow workflow, DemoTier tier, DemoOwners owners, DemoWorker worker, ModelResidence residence,
        DateTime queuedAt, DateTime startedAt)
    {
        var usualSteps = workflow.Index == groundTruth.LikenessWorkflow.Index && queuedAt >= groundTruth.ParameterChangedAt ? groundTruth.StepsAfter : workflow.Steps;
        var steps = DrawSteps(usualSteps);
        var cfg = DrawCfg(workflow.Cfg);
        var frameCount = workflow.FrameCounts[random.Next(workflow.FrameCounts.Count)];

        var workMs = workflow.FrameMs * tier.TimeFactor * frameCount / worker.Speed
            * steps / workflow.Steps * random.LogNormal(WorkSigma);
        if (worker.Index == groundTruth.DriftingWorker.Index)
            workMs *= groundTruth.DriftFactor(startedAt);
        var loadMs = DrawLoadMs(workflow, residence);
        var gpuTimeMs = (long)Math.Max(1, workMs) + loadMs;
        var wallTimeMs = gpuTimeMs + (long)(350 + 900 * random.LogNormal(0.6) + 0.012 * gpuTimeMs);

        var error = random.Chance(workflow.FailureShare) ? DrawError(workflow) : null;
        if (error is not null)
            wallTimeMs = Math.Max(200, (long)(wallTimeMs * random.NextDouble()));

        return new DemoJob
        {
            Workflow = workflow,
            Worker = worker,
            ProjectIndex = owners.ProjectIndex,
            CharacterIndex = owners.CharacterIndex,
            SceneIndex = owners.SceneIndex,
            CreatedAt = queuedAt,
            StartedAt = startedAt,
            CompletedAt = startedAt.AddMilliseconds(wallTimeMs),
            Error = error,
            Steps = steps,
            Cfg = cfg,
            NoiseSeed = random.NextInt64(1L << 48),
            Tier = tier,
            FrameCount = frameCount,
            GpuTimeMs = gpuTimeMs,
            LoadModelMs = loadMs,
            WallTimeMs = wallTimeMs,
            VramPeakMb = random.Chance(MissingVramShare) ? null : DrawVramMb(workflow, tier, worker),
            Scores = random.Chance(MissingScoresShare) ? null : DrawScores(workflow, cfg, queuedAt),
            Stages = random.Chance(MissingStagesShare) ? null : DrawStages(workflow, loadMs, gpuTimeMs),
        };
    }

    private int DrawSteps(int usual)
    {
        if (usual < 8 || random.Chance(0.8))
            return usual;
        return usual + (random.Chance(0.5) ? 2 : -2);
    }

    // Distilled models run at a fixed cfg of 1.
    private double DrawCfg(double usual) =>
        usual <= 1 || random.Chance(0.55) ? usual : Math.Round(usual + random.Next(-4, 5) * 0.5, 1) is var cfg && cfg >= 1 ? cfg : 1;

    private int DrawLoadMs(DemoWorkflow workflow, ModelResidence residence) => (int)(residence switch
    {
        ModelResidence.Resident => 90 * random.LogNormal(0.4),
        ModelResidence.Cached => (200 + 0.06 * workflow.ColdLoadMs) * random.LogNormal(0.25),
        _ => workflow.ColdLoadMs * random.LogNormal(0.25),
    });

    private int DrawVramMb(DemoWorkflow workflow, DemoTier tier, DemoWorker worker)
    {
        var vramMb = workflow.VramMb * tier.VramFactor * (1 + 0.015 * random.Normal());
        return (int)Math.Min(vramMb, worker.GpuVramMb - 120 - random.Next(200));
    }

    private DemoScores DrawScores(DemoWorkflow workflow, double cfg, DateTime queuedAt)
    {
        var typical = workflow.Scores;
        // One spread for the whole picture and one per score, so that scores of a job go together.
        var whole = 0.6 * random.Normal();
        var offset = Math.Min(0.2, CfgPenalty * (cfg - workflow.Cfg) * (cfg - workflow.Cfg));
        var fallen = workflow.Index == groundTruth.LikenessWorkflow.Index && queuedAt >= groundTruth.ParameterChangedAt ? groundTruth.LikenessDrop : 0;
        return new DemoScores(
            DrawScore(typical.Likeness - offset - fallen, whole),
            DrawScore(typical.FaceConfidence - offset / 2, whole),
            DrawScore(typical.MotionQuality, whole),
            DrawScore(typical.BoundarySsim, whole / 2));
    }

    private double? DrawScore(double? typical, double whole) =>
        typical is { } mean ? Math.Round(Math.Clamp(mean + ScoreSigma * (whole + 0.8 * random.Normal()), 0, 1), 4) : null;

    private DemoStage[] DrawStages(DemoWorkflow workflow, int loadMs, long gpuTimeMs)
    {
        var shares = workflow.Stages;
        var stages = new DemoStage[shares.Count + 1];
        stages[0] = new DemoStage("load_model", loadMs);
        // What lies between stages belongs to none of them.
        var leftMs = (gpuTimeMs - loadMs) * (0.975 + 0.023 * random.NextDouble());
        var leftShare = 1.0;
        for (var i = 0; i < shares.Count; i++)
        {
            var part = i == shares.Count - 1 ? 1 : Math.Min(1, shares[i].Share / leftShare * (0.94 + 0.12 * random.NextDouble()));
            var durationMs = leftMs * part;
            stages[i + 1] = new DemoStage(shares[i].Name, (int)durationMs);
            leftMs -= durationMs;
            leftShare -= shares[i].Share;
        }
        return stages;
    }

    private string DrawError(DemoWorkflow workflow) =>
        workflow.Index == groundTruth.VramHungryWorkflow.Index && random.Chance(0.8) ? Errors[0] : Errors[random.Next(Errors.Length)];
}

/// <summary>Whom a job is for: places in the lists of <see cref="DemoCatalog"/>, or null.</summary>
internal sealed record DemoOwners(int? ProjectIndex, int? CharacterIndex, int? SceneIndex)
{
    private static readonly double[] ProjectWeights = [8, 5, 4, 2, 1];

    /// <summary>Draws them for a session; a character only where the workflow shows faces.</summary>
    public static DemoOwners Draw(DemoWorkflow workflow, Random random) => new(
        random.Chance(0.94) ? random.Weighted(ProjectWeights) : null,
        workflow.Scores.FaceConfidence is not null && random.Chance(0.85) ? random.Next(DemoCatalog.Characters.Count) : null,
        random.Chance(0.8) ? random.Next(DemoCatalog.Scenes.Count) : null);
}
