using System.Text.Json;
using PerfDash.Data.Sources;

namespace PerfDash.Core.Sources;

/// <summary>A source that is to be made or changed; what is absent keeps its value.</summary>
/// <param name="Name">What it is called; its host and port where absent.</param>
/// <param name="Kind"><c>comfyui</c>, also where absent.</param>
/// <param name="Url">Address of the server, http or https; a path is kept.</param>
/// <param name="Enabled">Whether it is followed; yes where absent.</param>
/// <param name="WorkerId">The worker its jobs count for; the one of the source's name where absent, made where there is none.</param>
/// <param name="Headers">Sent with every request, by name. Replaces those there were; a value of null keeps that one.</param>
/// <param name="CertificateSha256">SHA-256 of the only certificate to accept, for a self-signed one; blank: what the machine trusts.</param>
public sealed record SourceInput(
    string? Name = null,
    string? Kind = null,
    string? Url = null,
    bool? Enabled = null,
    long? WorkerId = null,
    IReadOnlyDictionary<string, string?>? Headers = null,
    string? CertificateSha256 = null)
{
    /// <summary>
    /// The prompt of its golden probe in ComfyUI's API format: an object of nodes with class_type and inputs, at most 1 MB, at least one of them with a seed.
    /// Null removes the probe; its runs stay.
    /// </summary>
    public JsonElement ProbeGraph { get; init; }

    /// <summary>Hours from one run of the probe to the next, 1 to 720; null: on demand only.</summary>
    public JsonElement ProbeEveryHours { get; init; }

    /// <summary>Whether anything of the probe is to be changed.</summary>
    internal bool HasProbe => ProbeGraph.ValueKind != JsonValueKind.Undefined || ProbeEveryHours.ValueKind != JsonValueKind.Undefined;

    /// <summary>Whether anything else than the probe is to be changed.</summary>
    internal bool HasMore => this with { ProbeGraph = default, ProbeEveryHours = default } != new SourceInput();
}

/// <summary>A source as it is listed.</summary>
/// <param name="Id">Key of the row.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Url">Its address, without user, password and query.</param>
/// <param name="Enabled">Whether it is followed.</param>
/// <param name="WorkerId">The worker its jobs count for; null where that was deleted.</param>
/// <param name="State">How it stands.</param>
/// <param name="Version">Version of the server; null before the first answer.</param>
/// <param name="QueueRunning">Prompts that run; null before the first answer.</param>
/// <param name="QueuePending">Prompts that wait; null before the first answer.</param>
/// <param name="LastPromptAt">When the last prompt ended, UTC; null before the first.</param>
/// <param name="LastError">Why it is not followed, or what was left out; null where all is well.</param>
/// <param name="NodeTimes">Whether the times of nodes are known.</param>
/// <param name="Headers">Names of the headers that are sent.</param>
/// <param name="IsConfigured">Whether it is one of the configuration, to be changed there.</param>
/// <param name="HasProbe">Whether it has a golden probe; <c>GET /sources/{id}/probe</c> has its graph and its runs.</param>
/// <param name="ProbeEveryHours">Hours from one run of the probe to the next; null: on demand only, or no probe.</param>
public sealed record SourceItem(
    long Id, string Name, SourceKind Kind, string Url, bool Enabled, long? WorkerId, SourceState State, string? Version, int? QueueRunning, int? QueuePending,
    DateTime? LastPromptAt, string? LastError, NodeTimesState NodeTimes, IReadOnlyList<string> Headers, bool IsConfigured, bool HasProbe, int? ProbeEveryHours)
{
    /// <param name="now">By which its lease is to reach: where nobody follows it, what was last seen no longer holds.</param>
    /// <param name="probe">Whether it has a probe, and its hours.</param>
    internal static SourceItem From(Source source, DateTime now, (bool Has, int? EveryHours) probe)
    {
        var isFollowed = source.LeasedUntil > now;
        var state = !source.Enabled ? SourceState.Disabled : isFollowed ? source.State : SourceState.Connecting;
        var (running, pending) = state == SourceState.Connected ? (source.QueueRunning, source.QueuePending) : (null, null);
        return new SourceItem(
            source.Id, source.Name, source.Kind, source.Url, source.Enabled, source.WorkerId, state, source.Version, running, pending,
            source.LastPromptAt, source.Enabled ? source.LastError : null, source.NodeTimes, source.HeaderNames, source.ConfigurationKey is not null,
            probe.Has, probe.EveryHours);
    }
}

/// <summary>What came of asking a source once.</summary>
/// <param name="Ok">Whether it answered as such a server does.</param>
/// <param name="Error">Why not; null where it did.</param>
/// <param name="Version">Version of the server.</param>
/// <param name="GpuModel">Its card; null where it has none.</param>
/// <param name="GpuVramMb">Memory of the card, MB; null where it has none.</param>
/// <param name="QueueRunning">Prompts that run.</param>
/// <param name="QueuePending">Prompts that wait.</param>
public sealed record SourceTest(bool Ok, string? Error, string? Version, string? GpuModel, int? GpuVramMb, int? QueueRunning, int? QueuePending)
{
    internal static SourceTest Failed(string? error) => new(false, error, null, null, null, null, null);
}
