using PerfDash.Core.Sources;
using PerfDash.Core.Sources.Probes;
using PerfDash.Data.Sources;

namespace PerfDash.Web.Features.Settings.Sources;

/// <summary>Sources in words.</summary>
internal static class SourceWords
{
    public const string HowToGetNodeTimes =
        "ComfyUI tells the times of nodes to the submitter of a prompt alone. To get stages, let the programs that submit prompts omit client_id (ComfyUI 0.3.44 or later).";

    public static string NameOf(SourceState state) => state switch
    {
        SourceState.Connected => "Connected",
        SourceState.Connecting => "Connecting",
        SourceState.Unreachable => "Unreachable",
        SourceState.Refused => "Refused",
        _ => "Disabled",
    };

    /// <summary>A run of a probe, in a word or three.</summary>
    public static string StateOf(ProbeRunItem run) => run.State switch
    {
        ProbeRunState.Queued => "Waiting or running",
        ProbeRunState.Completed => "Completed",
        _ => "Failed",
    };

    /// <summary>Why no run can be asked for; null where one can.</summary>
    public static string? NoRun(SourceItem source, ProbeRunItem? latest, bool isRequested) => source switch
    {
        { HasProbe: false } => "Set up a probe first.",
        { Enabled: false } => "The source is disabled.",
        _ when isRequested => "A run was asked for: it begins when the queue is empty.",
        _ when latest?.State == ProbeRunState.Queued => "A run is under way.",
        _ => null,
    };

    public static string HintOf(NodeTimesState state) => state switch
    {
        NodeTimesState.Full => "Jobs have a stage for each node that ran.",
        NodeTimesState.Partial => "Some jobs have stages.",
        _ => "Jobs have no stages.",
    };

    public static string Summary(SourceTest test)
    {
        string?[] parts =
        [
            test.Version is null ? "ComfyUI" : $"ComfyUI {test.Version}",
            test.GpuModel is null ? "no GPU" : test.GpuVramMb is { } vram ? $"{test.GpuModel} with {UnitFormat.Vram(vram)}" : test.GpuModel,
            $"{test.QueueRunning} running, {test.QueuePending} waiting",
        ];
        return string.Join(", ", parts.OfType<string>());
    }
}
