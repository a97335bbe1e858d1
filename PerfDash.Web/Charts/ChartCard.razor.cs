using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;

namespace PerfDash.Web.Charts;

/// <summary>
/// A chart with its title, its table with the same figures, its exports and its states: loading (nothing to show yet),
/// empty, failed (the last figures stay visible), drawn.
/// </summary>
public sealed partial class ChartCard(PageAddress address)
{
    private ApexChart? _chart;
    private bool _asTable;
    private IReadOnlyList<string>? _hidden;

    /// <summary>What the chart shows.</summary>
    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>How much it rests on, for example <c>n = 1,234 jobs</c>.</summary>
    [Parameter]
    public string? Subtitle { get; set; }

    /// <summary>What to draw; null while nothing has been loaded.</summary>
    [Parameter, EditorRequired]
    public required ChartInput? Chart { get; set; }

    /// <summary>Whether a load is under way. A placeholder is shown only when there is nothing to show yet.</summary>
    [Parameter]
    public bool Loading { get; set; }

    /// <summary>Why the last load failed, in words; null when it did not.</summary>
    [Parameter]
    public string? Error { get; set; }

    /// <summary>Loads again after a failure.</summary>
    [Parameter]
    public EventCallback OnRetry { get; set; }

    /// <summary>What to do when there is nothing to show; "no data yet" and "nothing matches the filter" are different texts.</summary>
    [Parameter]
    public string EmptyText { get; set; } = "No data in this range. Choose a longer range.";

    /// <summary>Links or buttons below the empty text.</summary>
    [Parameter]
    public RenderFragment? EmptyContent { get; set; }

    /// <summary>More controls at the right of the title.</summary>
    [Parameter]
    public RenderFragment? Actions { get; set; }

    /// <summary>The height of the drawing in CSS pixels, without the legend.</summary>
    [Parameter]
    public int Height { get; set; } = 300;

    /// <summary>What the chart shows, for those who cannot see it; null takes title and subtitle.</summary>
    [Parameter]
    public string? AriaLabel { get; set; }

    /// <summary>The name of exported files without extension; null takes the title.</summary>
    [Parameter]
    public string? FileName { get; set; }

    /// <summary>
    /// What the page's address calls the chart: the choice of series and of the value axis are written there and read from there, as
    /// <c>series_NAME</c> and <c>axis_NAME</c>. Unique on its page; null keeps the choice of series to the chart and offers none of the axis.
    /// </summary>
    [Parameter]
    public string? AddressName { get; set; }

    /// <summary>Called when a range was dragged on a time axis.</summary>
    [Parameter]
    public EventCallback<ChartRange> OnZoom { get; set; }

    /// <summary>Called when a point was clicked, or its figure in the table.</summary>
    [Parameter]
    public EventCallback<ChartPointRef> OnPointClick { get; set; }

    /// <summary>Called when a rectangle was dragged on a scatter chart.</summary>
    [Parameter]
    public EventCallback<ChartArea> OnBrush { get; set; }

    private bool HasData => Chart is { HasValues: true };

    private ChartScale Scale => AddressName is not null && Enum.TryParse<ChartScale>(address.Value($"axis_{AddressName}"), ignoreCase: true, out var scale) && Enum.IsDefined(scale)
        ? scale : ChartScale.Auto;

    private string Label => AriaLabel ?? (string.IsNullOrEmpty(Subtitle) ? Title : $"{Title}, {Subtitle}");

    private string SwitchLabel => _asTable ? "Show as chart" : "Show as table";

    private string FileStem => NotForFiles.Replace(FileName ?? Title, "-").Trim('-').ToLowerInvariant() is { Length: > 0 } stem ? stem : "chart";

    [GeneratedRegex("[^A-Za-z0-9_]+")]
    private static partial Regex NotForFiles { get; }

    protected override void OnParametersSet() =>
        _hidden = AddressName is null || Chart is null ? null : SeriesChoice.Read(address.Value($"series_{AddressName}"), Chart.Series);

    private void WriteHidden(IReadOnlyCollection<string> hidden)
    {
        if (AddressName is null || Chart is null)
            return;
        _hidden = [.. hidden];
        address.Set($"series_{AddressName}", SeriesChoice.Write(_hidden, Chart.Series), replace: true);
    }

    private void ChooseScale(ChangeEventArgs choice) => WriteScale(Enum.Parse<ChartScale>($"{choice.Value}"));

    private void WriteScale(ChartScale scale)
    {
        if (AddressName is not null)
            address.Set($"axis_{AddressName}", scale == ChartScale.Auto ? null : scale == ChartScale.Log ? "log" : "full", replace: true);
    }

    private Task DownloadPngAsync() => _chart?.ExportPngAsync(Title, Subtitle, FileStem + ".png") ?? Task.CompletedTask;
}
