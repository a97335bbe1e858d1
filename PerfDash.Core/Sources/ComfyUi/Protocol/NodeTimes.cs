namespace PerfDash.Core.Sources.ComfyUi.Protocol;

/// <summary>How much of the nodes of a prompt was seen.</summary>
internal enum NodeTimeCoverage
{
    /// <summary>No frame about a node came: the server sends them to the submitter only.</summary>
    None,

    /// <summary>Frames are missing: the watcher joined late, lost its connection in between, or there were more nodes than are kept.</summary>
    Partial,

    /// <summary>Every node that ran has its time.</summary>
    Full,
}

/// <summary>How long a node ran.</summary>
/// <param name="NodeId">The id it is displayed under.</param>
/// <param name="DurationMs">Milliseconds in which it or a node that it was expanded into ran; under about 50 they are noise.</param>
internal readonly record struct NodeTime(string NodeId, double DurationMs);

/// <summary>Takes the times of the nodes of one running prompt from the frames of the socket. Not for several threads at once.</summary>
/// <remarks>
/// progress_state tells when a node starts and finishes (0.3.44 and later). Where there is none a node runs from its executing frame to the next one.
/// Nodes that run asynchronously overlap: the sum can exceed the time of the prompt. Cached nodes have no time.
/// </remarks>
internal sealed class NodeTimes(string promptId)
{
    private const int MaxNodes = ComfyUiFrame.MaxNodes;

    private readonly List<string> _order = [];
    private readonly Dictionary<string, Running> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private bool _sawStart;
    private bool _sawNode;
    private bool _sawProgressState;
    private bool _incomplete;
    private bool _closed;
    private DateTimeOffset _firstAt;

    public string PromptId => promptId;

    /// <summary>None becomes Partial or Full with the first frame about a node, Full becomes Partial when frames are missing.</summary>
    public NodeTimeCoverage Coverage => !_sawNode && !(_sawStart && _closed) ? NodeTimeCoverage.None : _incomplete ? NodeTimeCoverage.Partial : NodeTimeCoverage.Full;

    /// <summary>In the order in which the nodes first started. A node that still runs has the time of what it has finished.</summary>
    public IReadOnlyList<NodeTime> Durations => [.. _order.Select(id => new NodeTime(id, _nodes[id].Total.TotalMilliseconds))];

    /// <summary>Frames of other prompts, and those after the end, are ignored.</summary>
    public void Add(ComfyUiFrame frame)
    {
        if (_closed || frame.PromptId != promptId)
            return;
        switch (frame.Kind)
        {
            case ComfyUiFrameKind.ExecutionStart:
                _sawStart = true;
                break;
            case ComfyUiFrameKind.ProgressState when frame.Nodes.Count > 0:
                AddStates(frame);
                break;
            case ComfyUiFrameKind.Executing when frame.NodeId is { } nodeId:
                AddExecuting(nodeId, frame.ReceivedAt);
                break;
            case ComfyUiFrameKind.Executing or ComfyUiFrameKind.ExecutionSuccess or ComfyUiFrameKind.ExecutionError or ComfyUiFrameKind.ExecutionInterrupted:
                Close(frame.ReceivedAt);
                break;
        }
    }

    /// <summary>Says that frames may be missing: the prompt already ran when the socket was opened, or the socket was lost meanwhile.</summary>
    public void MarkIncomplete() => _incomplete |= !_closed;

    /// <summary>Ends the nodes that still run: failed and interrupted ones never finish. Does nothing the second time.</summary>
    /// <param name="endedAt">The end of the prompt by the clock of this machine, or by the server's where the two agree. Never counts a node below 0.</param>
    public void Close(DateTimeOffset endedAt)
    {
        if (_closed)
            return;
        foreach (var node in _nodes.Values)
            node.Stop(endedAt);
        _closed = true;
    }

    /// <summary>
    /// Cuts off what lies after the end of the prompt: a server that collects garbage at the end sends its last frames up to 0.2 s late.
    /// </summary>
    /// <param name="wallTime">Of the prompt, by the server's clock.</param>
    public void Cut(TimeSpan wallTime)
    {
        foreach (var node in _nodes.Values)
            node.Cut(_firstAt + wallTime);
    }

    private void AddStates(ComfyUiFrame frame)
    {
        if (!_sawProgressState)
        {
            // The server sends both kinds: progress_state repeats what executing frames said, more precisely.
            _nodes.Clear();
            _order.Clear();
        }
        (_sawProgressState, _sawNode) = (true, true);
        var appeared = 0;
        foreach (var (nodeId, state, value) in frame.Nodes)
        {
            if (state != NodeState.Pending && _seen.Count < MaxNodes && _seen.Add(nodeId))
                appeared++;
            if (state != NodeState.Running)
            {
                // Absent: a cached node, which finishes without having run.
                _nodes.GetValueOrDefault(nodeId)?.Stop(frame.ReceivedAt);
                continue;
            }
            // A node starts at 0: the beginning of one that is further was not seen.
            _incomplete |= value > 0 && !_nodes.ContainsKey(nodeId);
            Start(nodeId, frame.ReceivedAt);
        }
        // Each change is a frame of its own, so two nodes at once were not seen to start; a frame is read up to MaxNodes, there may be more.
        _incomplete |= appeared > 1 || frame.Nodes.Count >= MaxNodes;
    }

    private void AddExecuting(string nodeId, DateTimeOffset at)
    {
        if (_sawProgressState)
            return;
        // Who receives executing also receives execution_start, which comes first.
        _incomplete |= !_sawStart;
        _sawNode = true;
        foreach (var node in _nodes.Values)
            node.Stop(at);
        Start(nodeId, at);
    }

    private void Start(string nodeId, DateTimeOffset at)
    {
        if (!_nodes.TryGetValue(nodeId, out var node))
        {
            if (_order.Count >= MaxNodes)
            {
                _incomplete = true;
                return;
            }
            _nodes.Add(nodeId, node = new Running());
            _order.Add(nodeId);
        }
        if (_firstAt == default)
            _firstAt = at;
        node.Start(at);
    }

    /// <summary>The intervals in which a node ran, added up.</summary>
    private sealed class Running
    {
        private DateTimeOffset? _since;
        private (DateTimeOffset Start, DateTimeOffset End) _last;

        public TimeSpan Total { get; private set; }

        public void Start(DateTimeOffset at) => _since ??= at;

        public void Stop(DateTimeOffset at)
        {
            // A clock that was set back must not take time away.
            if (_since is { } since && at > since)
            {
                Total += at - since;
                _last = (since, at);
            }

            _since = null;
        }

        public void Cut(DateTimeOffset end)
        {
            if (_last.End <= end)
                return;
            Total -= _last.End - (end > _last.Start ? end : _last.Start);
            _last = (_last.Start, end);
        }
    }
}
