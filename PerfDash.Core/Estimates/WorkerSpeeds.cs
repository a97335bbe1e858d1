namespace PerfDash.Core.Estimates;

/// <summary>
/// How fast workers are against each other, whatever mix of jobs each ran: the logarithm of milliseconds per frame is
/// read as the sum of a part of the job type (workflow × tier) and a part of the worker, fitted by least squares over
/// the job types that two workers or more have run. Recent jobs weigh more. Jobs are added in any order; not thread-safe.
/// </summary>
/// <param name="halfLife">A job this much older weighs half as much.</param>
public sealed class WorkerSpeeds(TimeSpan halfLife)
{
    private const int MaxRounds = 200;
    private const double Settled = 1e-7;

    private static readonly TimeSpan Renewal = TimeSpan.FromHours(1);

    private readonly Dictionary<(long WorkflowId, string? Tier), Dictionary<long, (double Weight, double LogMs)>> types = [];
    private readonly IReadOnlyDictionary<long, (double LogMs, long Island)> start = new Dictionary<long, (double, long)>();
    private Dictionary<long, (double LogMs, long Island)>? fitted;
    private DateTime fittedAt;
    private DateTime? origin;
    private DateTime newest;

    private WorkerSpeeds(WorkerSpeeds whole, long workflowId, long workerId)
        : this(TimeSpan.Zero)
    {
        foreach (var (type, workers) in whole.types)
            types[type] = type.WorkflowId == workflowId ? workers.Where(cell => cell.Key != workerId).ToDictionary() : workers;
        start = whole.Fitted();
    }

    /// <summary>Adds a job; one without a time per frame changes nothing.</summary>
    public void Add(PastJob job)
    {
        if (job.MsPerFrame is not { } msPerFrame)
            return;
        origin ??= job.CreatedAt;
        if (job.CreatedAt > newest)
            newest = job.CreatedAt;
        // Weights grow with time instead of shrinking with age, so that sums need no rewriting; only their ratios count.
        var weight = double.Exp2(Math.Clamp((job.CreatedAt - origin.Value) / halfLife, -900, 900));
        if (!types.TryGetValue((job.WorkflowId, job.ResolutionTier), out var workers))
            types[(job.WorkflowId, job.ResolutionTier)] = workers = [];
        var (sum, logMs) = workers.GetValueOrDefault(job.WorkerId);
        workers[job.WorkerId] = (sum + weight, logMs + weight * Math.Log(msPerFrame));
    }

    /// <summary>
    /// Time on <paramref name="worker"/> against the time of the same job on <paramref name="other"/>: 0.5 is twice as
    /// fast. Null when no chain of shared job types leads from one to the other.
    /// </summary>
    public double? TimeFactor(long worker, long other)
    {
        if (worker == other)
            return 1;
        var parts = Fitted();
        return parts.TryGetValue(worker, out var own) && parts.TryGetValue(other, out var its) && own.Island == its.Island
            ? Math.Exp(own.LogMs - its.LogMs)
            : null;
    }

    /// <summary>The speeds had a worker not run a workflow: for asking and not for adding.</summary>
    internal WorkerSpeeds Without(long workflowId, long workerId) => new(this, workflowId, workerId);

    private Dictionary<long, (double LogMs, long Island)> Fitted()
    {
        // A walk through history would fit anew after every job; an hour makes no difference to a worker.
        if (fitted is null || newest - fittedAt >= Renewal)
        {
            fitted = Fit();
            fittedAt = newest;
        }
        return fitted;
    }

    private Dictionary<long, (double LogMs, long Island)> Fit()
    {
        var shared = types.Values.Where(workers => workers.Count > 1).ToArray();
        var heaviest = shared.SelectMany(workers => workers.Values).Select(cell => cell.Weight).DefaultIfEmpty(1).Max();
        var part = shared.SelectMany(workers => workers.Keys).Distinct().ToDictionary(worker => worker, worker => start.GetValueOrDefault(worker).LogMs);
        var island = part.Keys.ToDictionary(worker => worker, worker => worker);
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var workers in shared)
            {
                var lowest = workers.Keys.Min(worker => island[worker]);
                foreach (var worker in workers.Keys.Where(worker => island[worker] != lowest))
                {
                    island[worker] = lowest;
                    changed = true;
                }
            }
        }

        for (var round = 0; round < MaxRounds; round++)
        {
            Dictionary<long, (double Weight, double LogMs)> rest = [];
            foreach (var workers in shared)
            {
                double weight = 0, logMs = 0;
                foreach (var (worker, cell) in workers)
                {
                    weight += cell.Weight / heaviest;
                    logMs += (cell.LogMs - cell.Weight * part[worker]) / heaviest;
                }
                // Too old to weigh anything beside the rest.
                if (weight <= 0)
                    continue;
                var ofType = logMs / weight;
                foreach (var (worker, cell) in workers)
                {
                    var (sum, left) = rest.GetValueOrDefault(worker);
                    rest[worker] = (sum + cell.Weight / heaviest, left + (cell.LogMs - cell.Weight * ofType) / heaviest);
                }
            }
            var moved = 0d;
            foreach (var (worker, (weight, logMs)) in rest.Where(worker => worker.Value.Weight > 0))
            {
                moved = Math.Max(moved, Math.Abs(logMs / weight - part[worker]));
                part[worker] = logMs / weight;
            }
            if (moved < Settled)
                break;
        }
        return part.ToDictionary(worker => worker.Key, worker => (worker.Value, island[worker.Key]));
    }
}
