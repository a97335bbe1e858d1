namespace PerfDash.Core.Demo;

/// <summary>
/// Gives queued jobs to workers: to an idle one that has the model loaded when there is one, else to one that must load
/// it, else to the first that becomes free. Holds what each worker is doing; not thread-safe.
/// </summary>
internal sealed class DemoDispatcher
{
    private const double ResidentPreference = 150;
    private const double CachedPreference = 40;
    private const double NewSessionChance = 0.1;
    private const double VramHeadroom = 0.985;
    private const int AttemptsBeforeDeadline = 12;

    /// <summary>A busy worker that has the model may be waited for a little longer than the first free one.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Idle workers free their memory after this.</summary>
    private static readonly TimeSpan UnloadAfter = TimeSpan.FromHours(2);

    private readonly TimeSpan _longestWait;
    private readonly DemoJobFigures _figures;
    private readonly Random _random;
    private readonly WorkerState[] _workers;
    private readonly WorkerState[][] _eligible;
    private readonly double[] _workflowWeights;
    private readonly DemoSession[] _sessions;

    /// <param name="groundTruth">What is planted.</param>
    /// <param name="workerCount">How many workers of the catalog there are.</param>
    /// <param name="longestWait">A longer queue means more load than workers: jobs then overlap, as on hosts with several cards.</param>
    /// <param name="random">Source of all draws.</param>
    public DemoDispatcher(DemoGroundTruth groundTruth, int workerCount, TimeSpan longestWait, Random random)
    {
        this._longestWait = longestWait;
        this._random = random;
        _figures = new DemoJobFigures(groundTruth, random);
        _workers = [.. DemoCatalog.Workers.Take(workerCount).Select(worker => new WorkerState(worker))];
        _workflowWeights = [.. DemoCatalog.Workflows.Select(workflow => workflow.Weight)];
        _eligible =
        [
            .. from workflow in DemoCatalog.Workflows
               from tier in DemoTier.All
               select _workers.Where(state => Fits(workflow, tier, state.Worker)).ToArray(),
        ];
        _sessions = new DemoSession[Math.Max(6, workerCount / 2)];
        for (var i = 0; i < _sessions.Length; i++)
            _sessions[i] = StartSession();
    }

    /// <summary>The next job queued at a moment (not before the last one's), ended by the deadline where one is given.</summary>
    public DemoJob Dispatch(DateTime queuedAt, DateTime? deadline = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var session = DrawSession(fresh: attempt > 1);
            var workflow = session.Workflow;
            var state = ChooseWorker(session, queuedAt, out var startedAt);
            var unloaded = startedAt - state.FreeAt > UnloadAfter;
            var residence = unloaded ? ModelResidence.OnDisk : state.Residence(workflow.Index);
            var job = _figures.Draw(workflow, session.Tier, session.Owners, state.Worker, residence, queuedAt, startedAt);
            if (deadline is { } end && job.CompletedAt > end)
            {
                // Only what still finishes is started; the last resort is to have started it earlier.
                if (attempt < AttemptsBeforeDeadline)
                    continue;
                var late = job.CompletedAt - end;
                job = job with
                {
                    StartedAt = job.StartedAt - late,
                    CompletedAt = end,
                    CreatedAt = job.CreatedAt < job.StartedAt - late ? job.CreatedAt : job.StartedAt - late,
                };
            }
            state.Occupy(workflow.Index, job.CompletedAt, unloaded);
            return job;
        }
    }

    // People work on one thing for a while: most jobs go on with what one of a few sessions is doing.
    private DemoSession DrawSession(bool fresh)
    {
        var place = _random.Next(_sessions.Length);
        if (fresh || _random.Chance(NewSessionChance))
            _sessions[place] = StartSession();
        return _sessions[place];
    }

    private DemoSession StartSession()
    {
        while (true)
        {
            var workflow = DemoCatalog.Workflows[_random.Weighted(_workflowWeights)];
            var tier = _random.Weighted(workflow.TierWeights);
            var candidates = _eligible[workflow.Index * DemoTier.All.Count + tier];
            if (candidates.Length > 0)
                return new DemoSession(workflow, DemoTier.All[tier], candidates, DemoOwners.Draw(workflow, _random));
        }
    }

    private WorkerState ChooseWorker(DemoSession session, DateTime queuedAt, out DateTime startedAt)
    {
        var firstFree = DateTime.MaxValue;
        foreach (var state in session.Candidates)
        {
            if (state.FreeAt < firstFree)
                firstFree = state.FreeAt;
        }
        var overloaded = firstFree - queuedAt > _longestWait;
        var horizon = overloaded ? DateTime.MaxValue : firstFree > queuedAt ? firstFree + Patience : queuedAt;

        var chosen = session.Candidates[0];
        var totalPreference = 0.0;
        foreach (var state in session.Candidates)
        {
            if (state.FreeAt > horizon)
                continue;
            var preference = state.Worker.Speed * state.Residence(session.Workflow.Index) switch
            {
                ModelResidence.Resident => ResidentPreference,
                ModelResidence.Cached => CachedPreference,
                _ => 1,
            };
            totalPreference += preference;
            if (_random.NextDouble() * totalPreference < preference)
                chosen = state;
        }
        startedAt = overloaded || chosen.FreeAt < queuedAt ? queuedAt : chosen.FreeAt;
        startedAt = startedAt.AddMilliseconds(_random.Next(80, 1_500));
        return chosen;
    }

    private static bool Fits(DemoWorkflow workflow, DemoTier tier, DemoWorker worker) =>
        workflow.VramMb * tier.VramFactor <= worker.GpuVramMb * VramHeadroom;

    private sealed record DemoSession(DemoWorkflow Workflow, DemoTier Tier, WorkerState[] Candidates, DemoOwners Owners);

    private sealed class WorkerState(DemoWorker worker)
    {
        // Workflow indexes whose models are in memory, latest first; -1 where a place is empty.
        private readonly int[] _models = [-1, -1, -1, -1];

        public DemoWorker Worker { get; } = worker;

        public DateTime FreeAt { get; private set; } = DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc);

        public ModelResidence Residence(int model) => Array.IndexOf(_models, model) switch
        {
            0 => ModelResidence.Resident,
            > 0 => ModelResidence.Cached,
            _ => ModelResidence.OnDisk,
        };

        public void Occupy(int model, DateTime until, bool unloadFirst)
        {
            if (unloadFirst)
                Array.Fill(_models, -1);
            var place = Array.IndexOf(_models, model);
            Array.Copy(_models, 0, _models, 1, place < 0 ? _models.Length - 1 : place);
            _models[0] = model;
            if (until > FreeAt)
                FreeAt = until;
        }
    }
}

/// <summary>Where a job finds its model.</summary>
internal enum ModelResidence
{
    /// <summary>In VRAM.</summary>
    Resident,

    /// <summary>In the worker's main memory.</summary>
    Cached,

    /// <summary>On disk: a cold start.</summary>
    OnDisk,
}
