using PerfDash.Data.Entities;

namespace PerfDash.Core.Estimates;

/// <summary>
/// How fast workers are against each other, whatever mix of jobs each ran: the logarithm of milliseconds per frame is
/// read as the sum of a part of the job type (workflow × tier × class of run) and a part of the worker, fitted by least squares over
/// the job types that two workers or more have run. Recent jobs weigh more. Jobs are added in any order; not thread-safe.
/// </summary>
/// <param name="halfLife">A job this much older weighs half as much.</param>
public sealed class WorkerSpeeds(TimeSpan halfLife)
{
    private const int MaxRounds = 200;
    private const double Settled = 1e-7;

    private static readonly TimeSpan Renewal = TimeSpan.FromHours(1);

    private readonly Dictionary<(long WorkflowId, string? Tier, RunClass? RunClass), Dictionary<long, (double Weight, double LogMs)>> _types = [];
    private readonly IReadOnlyDictionary<long, (double LogMs, int Island)> _start = new Dictionary<long, (double, int)>();
    private Dictionary<long, (double LogMs, int Island)>? _fitted;
    private DateTime _fittedAt;
    private DateTime? _origin;
    private DateTime _newest;

    private WorkerSpeeds(WorkerSpeeds whole, long workflowId, long workerId)
        : this(TimeSpan.Zero)
    {
        foreach (var (type, workers) in whole._types)
            _types[type] = type.WorkflowId == workflowId ? workers.Where(cell => cell.Key != workerId).ToDictionary() : workers;
        _start = whole.Fitted();
    }

    /// <summary>Adds a job; one without a time per frame changes nothing.</summary>
    public void Add(PastJob job)
    {
        if (job.MsPerFrame is not { } msPerFrame)
            return;
        _origin ??= job.CreatedAt;
        if (job.CreatedAt > _newest)
            _newest = job.CreatedAt;
        // Weights grow with time instead of shrinking with age, so that sums need no rewriting; only their ratios count.
        var weight = double.Exp2(Math.Clamp((job.CreatedAt - _origin.Value) / halfLife, -900, 900));
        if (!_types.TryGetValue((job.WorkflowId, job.ResolutionTier, job.RunClass), out var workers))
            _types[(job.WorkflowId, job.ResolutionTier, job.RunClass)] = workers = [];
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
    public WorkerSpeeds Without(long workflowId, long workerId) => new(this, workflowId, workerId);

    private Dictionary<long, (double LogMs, int Island)> Fitted()
    {
        // A walk through history would fit anew after every job; an hour makes no difference to a worker.
        if (_fitted is null || _newest - _fittedAt >= Renewal)
        {
            _fitted = Fit();
            _fittedAt = _newest;
        }
        return _fitted;
    }

    private Dictionary<long, (double LogMs, int Island)> Fit()
    {
        var shared = _types.Values.Where(workers => workers.Count > 1).ToArray();
        long[] ids = [.. shared.SelectMany(workers => workers.Keys).Distinct().Order()];
        var heaviest = shared.SelectMany(workers => workers.Values).Select(cell => cell.Weight).DefaultIfEmpty(1).Max();
        var cellsOfTypes = shared.Select(workers => workers.Select(cell => new Cell(
            Array.BinarySearch(ids, cell.Key), cell.Value.Weight / heaviest, cell.Value.LogMs / heaviest)).ToArray()).ToArray();
        double[] part = [.. ids.Select(id => _start.GetValueOrDefault(id).LogMs)];
        var moved = double.PositiveInfinity;
        for (var round = 0; round < MaxRounds && moved > Settled; round++)
            moved = Improve(part, cellsOfTypes);
        var islands = Islands(ids.Length, cellsOfTypes);
        return Enumerable.Range(0, ids.Length).ToDictionary(i => ids[i], i => (part[i], islands[i]));
    }

    /// <summary>One round: each job type's part by the workers' parts, then each worker's by the types'. Returns the largest step.</summary>
    private static double Improve(double[] part, Cell[][] cellsOfTypes)
    {
        var weights = new double[part.Length];
        var rest = new double[part.Length];
        foreach (var cells in cellsOfTypes)
        {
            double weight = 0, logMs = 0;
            foreach (var cell in cells)
            {
                weight += cell.Weight;
                logMs += cell.LogMs - cell.Weight * part[cell.Worker];
            }
            // Too old to weigh anything beside the rest.
            if (weight <= 0)
                continue;
            var ofType = logMs / weight;
            foreach (var cell in cells)
            {
                weights[cell.Worker] += cell.Weight;
                rest[cell.Worker] += cell.LogMs - cell.Weight * ofType;
            }
        }

        var moved = 0d;
        for (var i = 0; i < part.Length; i++)
        {
            if (weights[i] <= 0)
                continue;
            moved = Math.Max(moved, Math.Abs(rest[i] / weights[i] - part[i]));
            part[i] = rest[i] / weights[i];
        }
        return moved;
    }

    /// <summary>Workers that a chain of shared job types joins have the same number.</summary>
    private static int[] Islands(int workers, Cell[][] cellsOfTypes)
    {
        int[] island = [.. Enumerable.Range(0, workers)];
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var cells in cellsOfTypes)
            {
                var lowest = cells.Min(cell => island[cell.Worker]);
                foreach (var cell in cells)
                {
                    changed |= island[cell.Worker] != lowest;
                    island[cell.Worker] = lowest;
                }
            }
        }
        return island;
    }

    private readonly record struct Cell(int Worker, double Weight, double LogMs);
}
