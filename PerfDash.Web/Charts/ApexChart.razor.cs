using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace PerfDash.Web.Charts;

/// <summary>
/// A chart. The browser side is created once; later inputs update it in place, and inputs with the same content are not sent.
/// Names, categories and labels are shown as text, whatever is in them.
/// </summary>
public sealed partial class ApexChart(IJSRuntime js, ILogger<ApexChart> logger)
{
    private ElementReference _element;
    private DotNetObjectReference<Callbacks>? _callbacks;
    private IJSObjectReference? _module;
    private IJSObjectReference? _chart;
    private Drawn? _drawn;
    private IReadOnlyDictionary<string, IReadOnlyList<ChartPoint>> _points = new Dictionary<string, IReadOnlyList<ChartPoint>>();
    private string? _failure;
    private bool _drawing;
    private bool _disposed;

    /// <summary>What to draw.</summary>
    [Parameter, EditorRequired]
    public required ChartInput Chart { get; set; }

    /// <summary>What the chart shows, for those who cannot see it.</summary>
    [Parameter, EditorRequired]
    public required string AriaLabel { get; set; }

    /// <summary>The height of the drawing in CSS pixels, without the legend.</summary>
    [Parameter]
    public int Height { get; set; } = 300;

    /// <summary>The keys of series not to draw; null leaves it to the legend.</summary>
    [Parameter]
    public IReadOnlyCollection<string>? HiddenSeries { get; set; }

    /// <summary>Called with the keys of all hidden series when the user changes them in the legend.</summary>
    [Parameter]
    public EventCallback<IReadOnlyCollection<string>> HiddenSeriesChanged { get; set; }

    /// <summary>How the value axis is scaled, where the chart has a choice.</summary>
    [Parameter]
    public ChartScale Scale { get; set; }

    /// <summary>Called when the reader asks the chart itself for another scale; with no receiver it does not offer one.</summary>
    [Parameter]
    public EventCallback<ChartScale> ScaleChanged { get; set; }

    /// <summary>Called when a range was dragged on a time axis; with no receiver dragging does nothing.</summary>
    [Parameter]
    public EventCallback<ChartRange> OnZoom { get; set; }

    [Parameter]
    public EventCallback<ChartPointRef> OnPointClick { get; set; }

    /// <summary>Called when a rectangle was dragged on a scatter chart; with no receiver dragging does nothing.</summary>
    [Parameter]
    public EventCallback<ChartArea> OnBrush { get; set; }

    /// <summary>Whether the page is dark.</summary>
    [CascadingParameter(Name = "IsDarkMode")]
    public bool IsDarkMode { get; set; }

    private Drawn Wanted => new(Chart, Height, IsDarkMode, OnZoom.HasDelegate, OnPointClick.HasDelegate, OnBrush.HasDelegate, HiddenSeries, Scale, ScaleChanged.HasDelegate);

    /// <summary>Downloads the chart as a PNG picture with a solid background and its title. Does nothing before the chart is drawn.</summary>
    public async Task ExportPngAsync(string title, string? subtitle, string fileName, CancellationToken cancellationToken = default)
    {
        if (_chart is not null)
            await _chart.InvokeVoidAsync("exportPng", cancellationToken, title, subtitle ?? "", fileName);
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // Renders that come while the browser is busy are caught up with by the loop that is already running.
        if (_drawing)
            return;
        _drawing = true;
        try
        {
            while (!_disposed && _failure is null && !Wanted.SameAs(_drawn))
                await DrawAsync(Wanted);
        }
        catch (JSException exception) when (!_disposed)
        {
            LogFailure(logger, exception, AriaLabel);
            _failure = exception.Message.Split('\n')[0];
            StateHasChanged();
        }
        catch (OperationCanceledException) when (!_disposed)
        {
            // The browser did not answer in time; the next render tries again.
            _drawn = null;
        }
        catch (Exception exception) when (_disposed && exception is JSException or JSDisconnectedException or OperationCanceledException)
        {
            // The page went away while it was being drawn.
        }
        finally
        {
            _drawing = false;
        }
    }

    private async Task DrawAsync(Drawn wanted)
    {
        var (drawing, points) = ChartDrawing.From(wanted.Input, wanted.Height, wanted.Dark, wanted.Zoomable, wanted.Clickable, wanted.Hidden, wanted.Brushable, wanted.Scale, wanted.Scalable);
        _drawn = wanted;
        _points = points;
        if (_chart is not null)
        {
            await _chart.InvokeVoidAsync("update", drawing);
            return;
        }

        _module ??= await js.InvokeAsync<IJSObjectReference>("import", "./Charts/ApexChart.razor.js");
        if (_disposed)
        {
            // Its element went away while the module was loading: to the browser there is nothing to draw into.
            await ReleaseAsync();
            return;
        }

        _callbacks ??= DotNetObjectReference.Create(new Callbacks(this));
        _chart = await _module.InvokeAsync<IJSObjectReference>("create", _element, _callbacks, drawing);
        if (_disposed)
            await ReleaseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await ReleaseAsync();
    }

    private async Task ReleaseAsync()
    {
        var (chart, module) = (_chart, _module);
        (_chart, _module) = (null, null);
        _callbacks?.Dispose();
        try
        {
            if (chart is not null)
            {
                await chart.InvokeVoidAsync("dispose");
                await chart.DisposeAsync();
            }

            if (module is not null)
                await module.DisposeAsync();
        }
        catch (Exception exception) when (exception is JSDisconnectedException or OperationCanceledException)
        {
            // The browser is gone, and its side with it.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The browser could not draw the chart {Chart}")]
    private static partial void LogFailure(ILogger logger, Exception exception, string chart);

    /// <summary>Everything the drawing depends on.</summary>
    private sealed record Drawn(ChartInput Input, int Height, bool Dark, bool Zoomable, bool Clickable, bool Brushable, IReadOnlyCollection<string>? Hidden, ChartScale Scale, bool Scalable)
    {
        public bool SameAs(Drawn? other) =>
            other is not null
            && (Height, Dark, Zoomable, Clickable, Brushable, Scale, Scalable) == (other.Height, other.Dark, other.Zoomable, other.Clickable, other.Brushable, other.Scale, other.Scalable)
            && (ReferenceEquals(Hidden, other.Hidden) || (Hidden is not null && other.Hidden is not null && Hidden.SequenceEqual(other.Hidden)))
            && Input.SameAs(other.Input);
    }

    /// <summary>What the browser may call. It is not trusted: unknown points and impossible ranges are ignored.</summary>
    private sealed class Callbacks(ApexChart owner)
    {
        [JSInvokable]
        public Task Zoomed(double fromUnixMs, double toUnixMs)
        {
            var (lowest, highest) = (DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds());
            return fromUnixMs >= lowest && toUnixMs <= highest && fromUnixMs < toUnixMs
                ? owner.OnZoom.InvokeAsync(new(
                    DateTimeOffset.FromUnixTimeMilliseconds((long)fromUnixMs), DateTimeOffset.FromUnixTimeMilliseconds((long)toUnixMs)))
                : Task.CompletedTask;
        }

        [JSInvokable]
        public Task PointClicked(string seriesKey, int index) =>
            owner._points.TryGetValue(seriesKey, out var points) && index >= 0 && index < points.Count
                ? owner.OnPointClick.InvokeAsync(new(seriesKey, points[index]))
                : Task.CompletedTask;

        [JSInvokable]
        public Task Brushed(double xFrom, double xTo, double yFrom, double yTo) =>
            double.IsFinite(xFrom) && double.IsFinite(xTo) && double.IsFinite(yFrom) && double.IsFinite(yTo) && xFrom <= xTo && yFrom <= yTo
                ? owner.OnBrush.InvokeAsync(new(xFrom, xTo, yFrom, yTo))
                : Task.CompletedTask;

        [JSInvokable]
        public Task ScaleChosen(string scale) =>
            Enum.TryParse<ChartScale>(scale, ignoreCase: true, out var known) && Enum.IsDefined(known) ? owner.ScaleChanged.InvokeAsync(known) : Task.CompletedTask;

        [JSInvokable]
        public Task HiddenChanged(string[] keys)
        {
            string[] known = [.. keys.Where(owner._points.ContainsKey).Distinct()];
            // The browser has drawn this already: it need not draw it again when it comes back as a parameter.
            if (owner.HiddenSeriesChanged.HasDelegate && owner._drawn is not null)
                owner._drawn = owner._drawn with { Hidden = known };
            return owner.HiddenSeriesChanged.InvokeAsync(known);
        }
    }
}
