using PerfDash.Core.Sources.ComfyUi.Prompts;
using PerfDash.Core.Sources.ComfyUi.Protocol;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Sources.ComfyUi;

/// <summary>Distinguishes warm from cold runs of one server, whose prompts are given in the order in which they ended.</summary>
internal sealed class RunClasses
{
    /// <summary>The share of a run in nodes that load, from which it is cold.</summary>
    private const double ColdShare = 0.2;

    private string? _loadedModels;
    private bool _isFresh;

    /// <summary>The server has started: it has loaded nothing.</summary>
    public void MarkStarted() => _isFresh = true;

    /// <summary>The class of the next prompt; null of the first one seen of a server that was running already.</summary>
    public RunClass? Next(FinishedPrompt finished, NodeTimes? times)
    {
        var graph = finished.Prompt.Graph;
        var order = graph.ExecutionOrder(graph.Roots(finished.Prompt.OutputNodes));
        var cached = finished.CachedNodes.ToHashSet(StringComparer.Ordinal);
        if (order.Count > 0 && order.All(node => cached.Contains(node.Id)))
            return RunClass.Cached;
        var models = string.Join('\n', order.SelectMany(node => node.Literals).Select(input => input.Value.Name()).OfType<string>().Where(NodeSettings.IsModelFile).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        var isCold = _isFresh || (_loadedModels is { } loaded && loaded != models);
        var isKnown = _isFresh || _loadedModels is not null;
        (_loadedModels, _isFresh) = (models, false);
        var loadShare = LoadShare(graph, times);
        if (isCold || loadShare > ColdShare)
            return RunClass.Cold;
        return isKnown || loadShare is not null ? RunClass.Warm : null;
    }

    private static double? LoadShare(PromptGraph graph, NodeTimes? times)
    {
        if (times is not { Coverage: NodeTimeCoverage.Full } || times.Durations is not { Count: > 0 } durations)
            return null;
        var all = durations.Sum(node => node.DurationMs);
        return all <= 0 ? null : durations.Where(node => graph.Nodes.TryGetValue(node.NodeId, out var known) && known.ClassType.Contains("Loader", StringComparison.Ordinal)).Sum(node => node.DurationMs) / all;
    }
}
