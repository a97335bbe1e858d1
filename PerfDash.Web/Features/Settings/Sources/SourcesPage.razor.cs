using MudBlazor;
using PerfDash.Core.Sources;
using PerfDash.Core.Sources.Probes;
using PerfDash.Data.Sources;

namespace PerfDash.Web.Features.Settings.Sources;

/// <summary>The servers that PerfDash follows, and how each stands.</summary>
public sealed partial class SourcesPage
{
    private IReadOnlyList<SourceItem>? _sources;
    private IReadOnlyDictionary<long, (ProbeRunItem? Run, bool IsRequested)> _probes = new Dictionary<long, (ProbeRunItem?, bool)>();
    private IReadOnlyDictionary<long, string> _workers = new Dictionary<long, string>();

    /// <summary>Queues move, and a new source connects, while one looks.</summary>
    protected override TimeSpan? RefreshInterval => TimeSpan.FromSeconds(2);

    /// <inheritdoc />
    protected override bool IsLive => true;

    /// <inheritdoc />
    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var actor = await SignedIn.ActorAsync(cancellationToken);
        _probes = await Probes.GetLatestAsync(actor, cancellationToken);
        _sources = await Sources.ListAsync(actor, cancellationToken);
        _workers = (await Farm.GetWorkersAsync(cancellationToken)).ToDictionary(w => w.Id, w => w.Name);
    }

    private static string IconOf(SourceState state) => state switch
    {
        SourceState.Connected => Icons.Material.Outlined.CheckCircle,
        SourceState.Connecting => Icons.Material.Outlined.HourglassEmpty,
        SourceState.Disabled => Icons.Material.Outlined.PauseCircle,
        SourceState.Refused => Icons.Material.Outlined.Block,
        _ => Icons.Material.Outlined.CloudOff,
    };

    private static Color ColorOf(SourceState state) => state switch
    {
        SourceState.Connected => Color.Success,
        SourceState.Unreachable or SourceState.Refused => Color.Error,
        _ => Color.Default,
    };

    private Task EditAsync(SourceItem? source) =>
        ShowAsync<SourceDialog>(source is null ? "Connect ComfyUI" : $"Edit {source.Name}", new DialogParameters<SourceDialog> { { d => d.Source, source } }, SmallForm, source is null ? "Source added." : "Source saved.");

    private static string ProbeTextOf(SourceItem source, ProbeRunItem? latest, bool isRequested)
    {
        var schedule = !source.HasProbe ? "none" : source.ProbeEveryHours is { } hours ? $"every {UnitFormat.Counted(hours, "hour")}" : "on demand";
        var state = isRequested ? "waits for an empty queue" : latest is null ? null : latest.State switch
        {
            ProbeRunState.Completed => $"last {UnitFormat.Duration(latest.TotalWallTimeMs)}",
            ProbeRunState.Failed => "last failed",
            _ => "runs now",
        };
        return state is null ? schedule : $"{schedule}, {state}";
    }

    private static string? ProbeHintOf(ProbeRunItem? latest) => latest?.CompletedAt is null ? null : $"Last run ended {UnitFormat.Moment(latest.CompletedAt)} UTC. {latest.Error}".Trim();

    private Task EditProbeAsync(SourceItem source) =>
        ShowAsync<ProbeDialog>($"Golden probe of {source.Name}", new DialogParameters<ProbeDialog> { { d => d.Source, source } }, Form, "Probe saved.");

    private Task RunProbeAsync(SourceItem source) => ActAsync(async actor =>
        await Probes.RequestAsync(source.Id, actor, CancellationToken.None) switch
        {
            (EditStatus.Done, _) => ($"The probe of {source.Name} runs as soon as its queue is empty.", Severity.Info),
            (EditStatus.Conflict, var reason) => (reason!, Severity.Warning),
            _ => ("This source no longer exists.", Severity.Warning),
        });

    private Task SwitchAsync(SourceItem source) => ActAsync(async actor =>
    {
        await Sources.UpdateAsync(source.Id, new SourceInput(Enabled: !source.Enabled), actor, CancellationToken.None);
        return ($"{source.Name} {(source.Enabled ? "disabled" : "enabled")}.", Severity.Info);
    });

    private Task TestAsync(SourceItem source) => ActAsync(async actor =>
        await Sources.TestAsync(source.Id, actor, CancellationToken.None) switch
        {
            { Ok: true } test => ($"{source.Name} answers: {SourceWords.Summary(test)}.", Severity.Success),
            { Error: { } error } => ($"{source.Name}: {error}", Severity.Error),
            _ => ("This source no longer exists.", Severity.Warning),
        });

    private async Task DeleteAsync(SourceItem source)
    {
        if (await AskAsync("Delete source", $"PerfDash no longer follows {source.Name}. Its jobs and metrics stay.", "Delete"))
        {
            await ActAsync(async actor =>
            {
                await Sources.DeleteAsync(source.Id, actor, CancellationToken.None);
                return ($"{source.Name} deleted.", Severity.Info);
            });
        }
    }
}
