using PerfDash.Core.Sources.ComfyUi.Prompts;
using PerfDash.Core.Sources.ComfyUi.Protocol;
using PerfDash.Data.Entities;
using PerfDash.Data.Sources;

namespace PerfDash.Core.Sources.ComfyUi;

/// <summary>The prompts of one server: those that wait and run, and those that ended since.</summary>
internal sealed class ServerPrompts(ComfyUiClient client, IPromptReceiver receiver, TimeProvider time)
{
    /// <summary>Runs that are watched at a time; a server runs one.</summary>
    private const int MaxRuns = 100;

    /// <summary>Ended prompts that decide whether the times of nodes are known.</summary>
    private const int RecentPrompts = 20;

    /// <summary>A prompt that runs for longer without a sign may be one that a server died of, which goes on answering.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromHours(1);

    private const string Restarted = "The server was restarted, or lost it: it is in neither its queue nor its history.";
    private const string Forgotten = "It ran, but the server's history does not have it: the history was cleared.";
    private const string Unreadable = "It ended, but its entry in the server's history cannot be read.";
    private const string Removed = "Removed from the queue.";

    private readonly PromptHistory _history = new(client);
    private readonly RunClasses _classes = new();
    private readonly Queue<NodeTimeCoverage> _coverages = new();
    private readonly Lock _running = new();
    private readonly Dictionary<string, PromptRun> _runs = new(StringComparer.Ordinal);

    // By id: whether it runs. Null before they were asked for.
    private Dictionary<string, bool>? _open;
    private bool _isStale;
    private bool _wasLost = true;
    private DateTimeOffset? _lostAt;
    private (string? Id, DateTimeOffset Since) _silent;

    // What the receiver has not taken yet, as it was first made: it is sent again unchanged.
    private readonly Dictionary<(string Id, long? StartMs), PromptJob> _undelivered = [];

    /// <summary>How the server stands.</summary>
    public ServerStatus Status { get; set; } = new();

    public bool IsBusy => _open is { Count: > 0 };

    /// <summary>True where the last reading found nothing that runs or waits.</summary>
    public bool IsIdle => Status is { QueueRunning: 0, QueuePending: 0 };

    public bool IsRunning => _open?.ContainsValue(true) == true;

    /// <summary>The connection was lost: frames may be missing, and what is not found again went with the server.</summary>
    public void MarkLost()
    {
        _lostAt ??= time.GetUtcNow();
        _wasLost = true;
        _history.MarkIncomplete();
        lock (_running)
        {
            foreach (var run in _runs.Values)
                run.Times.MarkIncomplete();
        }
    }

    /// <summary>The receiver has come to know of prompts by itself: the next reading asks it for those that are open.</summary>
    public void MarkStale() => _isStale = true;

    /// <summary>A frame of the socket.</summary>
    public void Add(ComfyUiFrame frame)
    {
        if (frame.PromptId is not { } id)
            return;
        if (_silent.Id == id)
            _silent = (id, time.GetUtcNow());
        lock (_running)
        {
            // Frames that follow the end make no new run.
            var starts = frame.Kind is ComfyUiFrameKind.ExecutionStart || (frame.Kind is ComfyUiFrameKind.Executing && frame.NodeId is not null) || frame.Nodes.Any(node => node.State == NodeState.Running);
            (starts ? RunOf(id) : _runs.GetValueOrDefault(id))?.Times.Add(frame);
        }
    }

    /// <summary>The server's figures; they count for what runs.</summary>
    public void AddSample(ServerStats stats)
    {
        Status = Status with { Stats = stats };
        if (stats.VramUsedMb is not { } used)
            return;
        lock (_running)
        {
            foreach (var id in _open?.Where(prompt => prompt.Value).Select(prompt => prompt.Key) ?? [])
                RunOf(id).AddSample(used);
        }
    }

    /// <summary>Reads queue and history, and passes on what is new. One at a time.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        // A reading that ended early may have passed on prompts that this does not know: the receiver does.
        var open = _open is null || _isStale ? (await receiver.GetOpenAsync(cancellationToken)).ToDictionary(id => id, _ => false, StringComparer.Ordinal) : _open;
        _isStale = true;
        // The queue first: what leaves it meanwhile is in the history that is read next.
        var queue = await TryReadQueueAsync(open, cancellationToken);
        var ended = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var part in _history.ReadNewAsync(cancellationToken))
            await PassOnAsync(part, ended, cancellationToken);
        if (queue is null)
        {
            (_open, _isStale) = (open, false);
            Status = Status with { LastError = "The server's queue is too large to be read. Prompts are recorded when they have ended." };
            return;
        }

        await EndVanishedAsync(open, queue, ended, cancellationToken);
        lock (_running)
        {
            // A sample may have come between the end of a run and its record.
            foreach (var id in open.Keys.Concat(ended).Where(id => !queue.ContainsKey(id)))
                _runs.Remove(id);
        }

        (_open, _isStale, _wasLost, _lostAt) = (queue, false, false, null);
        var running = queue.FirstOrDefault(prompt => prompt.Value).Key;
        if (_silent.Id != running)
            _silent = (running, time.GetUtcNow());
        Status = Status with
        {
            QueueRunning = queue.Values.Count(isRunning => isRunning),
            QueuePending = queue.Values.Count(isRunning => !isRunning),
            LastError = running is not null && time.GetUtcNow() - _silent.Since > LongestSilence
                ? "The same prompt has been running for more than an hour without a sign of progress: the server may have to be restarted."
                : _history.SkippedCount > 0 ? $"{_history.SkippedCount} entries of the server's history are too large to be read." : null,
        };
    }

    /// <summary>Null where the answer is too large: history has the rest.</summary>
    private async Task<Dictionary<string, bool>?> TryReadQueueAsync(Dictionary<string, bool> open, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadQueueAsync(open, cancellationToken);
        }
        catch (ComfyUiException e) when (e.Kind == ComfyUiFailure.TooLarge)
        {
            return null;
        }
    }

    private async Task<Dictionary<string, bool>> ReadQueueAsync(Dictionary<string, bool> open, CancellationToken cancellationToken)
    {
        using var answer = await client.GetQueueAsync(cancellationToken);
        var queue = new Dictionary<string, bool>(StringComparer.Ordinal);
        var changed = new List<PromptJob>();
        foreach (var (field, isRunning) in new[] { ("queue_running", true), ("queue_pending", false) })
        {
            foreach (var prompt in (answer.RootElement.Field(field) ?? default).Items().Select(SubmittedPrompt.Parse).OfType<SubmittedPrompt>())
            {
                if (!queue.TryAdd(prompt.Id, isRunning))
                    continue;
                if (isRunning && _wasLost)
                {
                    // It ran before anybody listened.
                    lock (_running)
                        RunOf(prompt.Id).Times.MarkIncomplete();
                }

                if (!open.TryGetValue(prompt.Id, out var ran) || ran != isRunning)
                    changed.Add(PromptJob.Open(prompt, isRunning, time.GetUtcNow(), Status.Stats?.Version));
            }
        }

        if (changed.Count > 0)
            await receiver.ReceiveOpenAsync(changed, cancellationToken);
        return queue;
    }

    private async Task PassOnAsync(IReadOnlyList<FinishedPrompt> prompts, HashSet<string> ended, CancellationToken cancellationToken)
    {
        if (_history.TakeLostAll())
            _classes.MarkStarted();
        foreach (var prompt in prompts.Where(prompt => !_undelivered.ContainsKey((prompt.Prompt.Id, prompt.StartMs))))
            _undelivered.Add((prompt.Prompt.Id, prompt.StartMs), End(prompt));
        await receiver.ReceiveEndedAsync([.. prompts.Select(prompt => _undelivered[(prompt.Prompt.Id, prompt.StartMs)])], cancellationToken);
        foreach (var prompt in prompts)
        {
            _undelivered.Remove((prompt.Prompt.Id, prompt.StartMs));
            _history.MarkKnown(prompt);
            ended.Add(prompt.Prompt.Id);
            if (prompt is { EndedAt: { } at, Prompt.Labels.IsProbe: false } && !(Status.LastPromptAt >= at))
                Status = Status with { LastPromptAt = at };
        }
    }

    /// <summary>The job of a prompt that ended, with what was seen while it ran.</summary>
    private PromptJob End(FinishedPrompt prompt)
    {
        PromptRun? run;
        lock (_running)
        {
            _runs.Remove(prompt.Prompt.Id, out run);
            run?.Times.Close(time.GetUtcNow());
            if (prompt is { StartedAt: { } started, EndedAt: { } ended })
                run?.Times.Cut(ended - started);
        }

        // PerfDash hears everything of its own probes: that tells nothing of the others.
        if (_open is not null && !prompt.Prompt.Labels.IsProbe)
            AddCoverage(run?.Times.Coverage ?? NodeTimeCoverage.None);
        return PromptJob.Ended(prompt, run, _classes.Next(prompt, run?.Times), time.GetUtcNow(), Status.Stats?.Version);
    }

    private async Task EndVanishedAsync(Dictionary<string, bool> open, Dictionary<string, bool> queue, HashSet<string> ended, CancellationToken cancellationToken)
    {
        var vanished = new List<PromptJob>();
        foreach (var (id, wasRunning) in open.Where(prompt => !queue.ContainsKey(prompt.Key) && !ended.Contains(prompt.Key)))
        {
            // Known to have ended, but not stored yet when the server lost it.
            if (_undelivered.FirstOrDefault(job => job.Key.Id == id) is { Value: not null } kept)
            {
                await receiver.ReceiveEndedAsync([kept.Value], cancellationToken);
                _undelivered.Remove(kept.Key);
                continue;
            }

            var (found, isUnreadable) = await TryFindAsync(id, cancellationToken);
            if (found is not null)
            {
                if (_history.IsNew(found))
                    await PassOnAsync([found], ended, cancellationToken);
                continue;
            }

            vanished.Add(isUnreadable ? PromptJob.Vanished(id, JobStatus.Failed, Unreadable, time.GetUtcNow())
                : _wasLost ? PromptJob.Vanished(id, JobStatus.Failed, Restarted, _lostAt ?? time.GetUtcNow())
                : wasRunning ? PromptJob.Vanished(id, JobStatus.Failed, Forgotten, time.GetUtcNow())
                : PromptJob.Vanished(id, JobStatus.Cancelled, Removed, time.GetUtcNow()));
            lock (_running)
                _runs.Remove(id);
        }

        if (vanished.Count == 0)
            return;
        if (_wasLost)
            _classes.MarkStarted();
        await receiver.ReceiveEndedAsync(vanished, cancellationToken);
    }

    /// <summary>The entry of a prompt: an id that was used before stands where it stood before, perhaps far from the end.</summary>
    private async Task<(FinishedPrompt? Found, bool IsUnreadable)> TryFindAsync(string promptId, CancellationToken cancellationToken)
    {
        try
        {
            return (await _history.FindAsync(promptId, cancellationToken), false);
        }
        catch (ComfyUiException e) when (e.Kind is ComfyUiFailure.TooLarge or ComfyUiFailure.NotFound)
        {
            return (null, e.Kind == ComfyUiFailure.TooLarge);
        }
    }

    private void AddCoverage(NodeTimeCoverage coverage)
    {
        _coverages.Enqueue(coverage);
        if (_coverages.Count > RecentPrompts)
            _coverages.Dequeue();
        Status = Status with
        {
            NodeTimes = _coverages.All(c => c == NodeTimeCoverage.Full) ? NodeTimesState.Full : _coverages.All(c => c == NodeTimeCoverage.None) ? NodeTimesState.None : NodeTimesState.Partial,
        };
    }

    private PromptRun RunOf(string promptId)
    {
        if (_runs.TryGetValue(promptId, out var run))
            return run;
        if (_runs.Count >= MaxRuns)
            _runs.Remove(_runs.Keys.First());
        _runs.Add(promptId, run = new PromptRun(promptId));
        return run;
    }
}
