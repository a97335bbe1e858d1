using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using PerfDash.Core.Sources;
using PerfDash.Core.Sources.Probes;

namespace PerfDash.Web.Features.Settings.Sources;

/// <summary>The golden probe of a source: its graph, its schedule, and its latest runs.</summary>
public sealed partial class ProbeDialog
{
    private const int ShownRuns = 5;
    private const string GraphHelp = "In ComfyUI: Workflow, Export (API); then paste the file here. At least one node needs a seed. Leave blank for no probe.";

    // It stands in a text field, where people read it.
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private string? _graph;
    private string? _stored;
    private int? _hours;
    private long? _worker;
    private bool _isLoaded;
    private IReadOnlyList<ProbeRunItem> _runs = [];

    /// <summary>The source.</summary>
    [Parameter, EditorRequired]
    public required SourceItem Source { get; set; }

    /// <inheritdoc />
    protected override Task OnInitializedAsync() => SaveAsync(async (actor, cancellationToken) =>
    {
        if (await Probes.FindAsync(Source.Id, actor, cancellationToken) is not { } probe)
            return Gone;
        _graph = _stored = probe.Graph is { } graph ? JsonSerializer.Serialize(graph, Readable) : null;
        (_hours, _worker, _runs, _isLoaded) = (probe.EveryHours, Source.WorkerId, [.. probe.Runs.Take(ShownRuns)], true);
        return null;
    }, closes: false);

    private Task ReadAsync(InputFileChangeEventArgs e) => SaveAsync(async (_, cancellationToken) =>
    {
        try
        {
            using var reader = new StreamReader(e.File.OpenReadStream(ProbeService.MaxGraphBytes, cancellationToken));
            _graph = await reader.ReadToEndAsync(cancellationToken);
            return null;
        }
        catch (IOException)
        {
            return "The file cannot be read, or is larger than 1 MB.";
        }
    }, closes: false);

    private async Task<string?> StoreAsync(Actor actor, CancellationToken cancellationToken)
    {
        var text = string.IsNullOrWhiteSpace(_graph) ? "null" : _graph;
        try
        {
            var isRemoved = text == "null";
            var input = new SourceInput
            {
                ProbeGraph = text == _stored ? default : JsonElement.Parse(text),
                ProbeEveryHours = isRemoved ? default : JsonSerializer.SerializeToElement(_hours),
            };
            return ErrorOf(await Sources.UpdateAsync(Source.Id, input, actor, cancellationToken)) is { } error
                ? error.Replace("probe_graph", "The graph", StringComparison.Ordinal).Replace("probe_every_hours", "Hours", StringComparison.Ordinal)
                : null;
        }
        catch (JsonException)
        {
            return "The graph is not JSON: export the workflow from ComfyUI with Export (API).";
        }
    }
}
