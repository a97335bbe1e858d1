using System.Text.Json;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.JSInterop;
using MudBlazor;
using MudBlazor.Services;
using PerfDash.Web.Charts;
using PerfDash.Web.PageData;
using PerfDash.Web.Shared;

namespace PerfDash.Tests.Charts;

public sealed class ChartComponentTests : BunitContext, IAsyncLifetime
{
    private readonly BunitJSModuleInterop _chart;

    public ChartComponentTests()
    {
        Services.AddMudServices();
        Services.AddScoped<PageAddress>();
        JSInterop.Mode = JSRuntimeMode.Loose;
        SetRendererInfo(new("Server", true));
        var module = JSInterop.SetupModule("./Charts/ApexChart.razor.js");
        _chart = module.SetupModule(call => call.Identifier == "create");
        _chart.Mode = JSRuntimeMode.Loose;
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    private static ChartInput Input(params double?[] values) => new()
    {
        Kind = ChartKind.Line,
        Unit = ValueUnit.Count,
        Series = [new("jobs", "Jobs", [.. values.Select((v, day) => ChartPoint.At(new(2026, 11, 20 + day, 0, 0, 0, TimeSpan.Zero), v))])],
    };

    private int Calls(string identifier) => JSInterop.Invocations.Count(i => i.Identifier == identifier);

    private IRenderedComponent<ApexChart> RenderChart(ChartInput input, Action<ComponentParameterCollectionBuilder<ApexChart>>? more = null) =>
        Render<ApexChart>(p =>
        {
            p.Add(c => c.Chart, input).Add(c => c.AriaLabel, "Jobs per day");
            more?.Invoke(p);
        });

    private IRenderedComponent<ChartCard> RenderCard(Action<ComponentParameterCollectionBuilder<ChartCard>> parameters)
    {
        Render<MudPopoverProvider>();
        return Render<ChartCard>(p =>
        {
            p.Add(c => c.Title, "Jobs per day");
            parameters(p);
        });
    }

    [Fact]
    public void A_chart_is_created_once_and_updated_when_its_data_changes()
    {
        var chart = RenderChart(Input(1, 2));
        Assert.Equal((1, 0), (Calls("create"), Calls("update")));

        chart.Render(p => p.Add(c => c.Chart, Input(1, 2, 3)));
        Assert.Equal((1, 1), (Calls("create"), Calls("update")));
    }

    [Fact]
    public void Unchanged_data_is_not_sent_again()
    {
        var chart = RenderChart(Input(1, null, 2));
        chart.Render(p => p.Add(c => c.Chart, Input(1, null, 2)));
        chart.Render();
        Assert.Equal(0, Calls("update"));
    }

    [Fact]
    public void The_chart_follows_the_theme()
    {
        void Parameters(ComponentParameterCollectionBuilder<CascadingValue<bool>> p, bool dark) => p
            .Add(v => v.Name, "IsDarkMode")
            .Add(v => v.Value, dark)
            .AddChildContent<ApexChart>(c => c.Add(x => x.Chart, Input(1)).Add(x => x.AriaLabel, "Jobs per day"));
        var theme = Render<CascadingValue<bool>>(p => Parameters(p, false));
        theme.Render(p => Parameters(p, true));
        var drawings = JSInterop.Invocations.Where(i => i.Identifier is "create" or "update").Select(i => JsonSerializer.SerializeToElement(i.Arguments[^1])).ToList();
        Assert.Equal([false, true], drawings.Select(d => d.GetProperty("Dark").GetBoolean()));
        Assert.Equal([ChartPalette.Light[0], ChartPalette.Dark[0]], drawings.Select(d => d.GetProperty("Series")[0].GetProperty("Color").GetString()));
    }

    [Fact]
    public void What_cannot_be_a_number_is_sent_as_a_gap()
    {
        RenderChart(Input(1, double.NaN, double.PositiveInfinity, null));
        var points = JsonSerializer.SerializeToElement(JSInterop.Invocations.Single(i => i.Identifier == "create").Arguments[^1]).GetProperty("Series")[0].GetProperty("Points");
        Assert.Equal([JsonValueKind.Number, JsonValueKind.Null, JsonValueKind.Null, JsonValueKind.Null], points.EnumerateArray().Select(p => p[1].ValueKind));
    }

    [Fact]
    public async Task The_browser_side_goes_with_the_component()
    {
        RenderChart(Input(1));
        await DisposeComponentsAsync();
        Assert.Equal(1, Calls("dispose"));
    }

    [Fact]
    public async Task A_chart_that_goes_away_while_its_module_loads_is_never_drawn()
    {
        // Its element is gone from the page: the browser would be given null to draw into.
        var browser = new LateBrowser();
        await using var page = new BunitContext();
        page.Services.AddSingleton<IJSRuntime>(browser);
        page.Render<ApexChart>(p => p.Add(c => c.Chart, Input(1)).Add(c => c.AriaLabel, "Jobs per day"));
        await page.DisposeComponentsAsync();
        browser.Module.SetResult(browser);
        await browser.ModuleReleased.Task;
        Assert.DoesNotContain("create", browser.Calls);
    }

    [Fact]
    public async Task Parallel_axes_that_go_away_while_their_module_loads_are_never_attached_to()
    {
        var browser = new LateBrowser();
        await using var page = new BunitContext();
        page.Services.AddSingleton<IJSRuntime>(browser);
        page.Render<ParallelCoordinates>(p => p.Add(c => c.Chart, new ParallelInput([], [])).Add(c => c.AriaLabel, "Jobs"));
        await page.DisposeComponentsAsync();
        browser.Module.SetResult(browser);
        await browser.ModuleReleased.Task;
        Assert.Equal(["import"], browser.Calls);
    }

    [Fact]
    public async Task A_browser_that_is_gone_does_not_disturb_disposal()
    {
        _chart.SetupVoid("dispose").SetException(new JSDisconnectedException("gone"));
        RenderChart(Input(1));
        await DisposeComponentsAsync();
        Assert.Equal(1, Calls("dispose"));
    }

    [Fact]
    public void A_chart_that_cannot_be_drawn_says_so_and_points_to_the_table()
    {
        _chart.SetupVoid(call => call.Identifier == "update").SetException(new JSException("no canvas\n at line 1"));
        var chart = RenderChart(Input(1));
        chart.Render(p => p.Add(c => c.Chart, Input(2)));
        chart.WaitForAssertion(() => Assert.Contains("no canvas", chart.Find("[role=alert]").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ranges_and_points_from_the_browser_reach_the_page_and_nonsense_does_not()
    {
        var ranges = new List<ChartRange>();
        var points = new List<ChartPointRef>();
        RenderChart(Input(7, 8), p => p
            .Add(c => c.OnZoom, EventCallback.Factory.Create<ChartRange>(this, ranges.Add))
            .Add(c => c.OnPointClick, EventCallback.Factory.Create<ChartPointRef>(this, points.Add)));
        var callbacks = JSInterop.Invocations.Single(i => i.Identifier == "create").Arguments[1]!;
        var target = callbacks.GetType().GetProperty("Value")!.GetValue(callbacks)!;
        Task Call(string name, params object[] arguments) => Renderer.Dispatcher.InvokeAsync(() => (Task)target.GetType().GetMethod(name)!.Invoke(target, arguments)!);

        await Call("Zoomed", 0d, 3_600_000d);
        await Call("Zoomed", 5d, 5d);
        await Call("Zoomed", double.NaN, double.NaN);
        await Call("Zoomed", -1e300, 1e300);
        Assert.Equal([new(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddHours(1))], ranges);

        await Call("PointClicked", "jobs", 1);
        await Call("PointClicked", "jobs", 2);
        await Call("PointClicked", "other", 0);
        Assert.Equal([8d], points.Select(p => p.Point.Y!.Value));
    }

    [Fact]
    public void The_table_shows_the_same_figures_and_gaps_as_dashes()
    {
        var card = RenderCard(p => p.Add(c => c.Chart, Input(1234, null)));
        card.Find("[aria-label='Show as table: Jobs per day']").Click();

        Assert.Equal("Jobs per day", card.Find("caption").TextContent);
        Assert.Equal(["1,234", "–"], card.FindAll("td").Select(c => c.TextContent.Trim()));
        Assert.Equal(["Fri 20 Nov 2026", "Sat 21 Nov 2026"], card.FindAll("tbody th").Select(c => c.TextContent.Trim()));
        Assert.Equal(1, Calls("dispose"));

        card.Find("[aria-label='Show as chart: Jobs per day']").Click();
        Assert.Equal(2, Calls("create"));
    }

    [Fact]
    public void A_name_with_markup_stays_text_in_the_table()
    {
        var input = Input(1);
        input = input with { Series = [input.Series[0] with { Name = "<img src=x onerror=alert(1)>" }] };
        var card = RenderCard(p => p.Add(c => c.Chart, input));
        card.Find("[aria-label='Show as table: Jobs per day']").Click();
        Assert.Empty(card.FindAll("img"));
        Assert.Contains(card.FindAll("th"), th => th.TextContent == "<img src=x onerror=alert(1)>");
    }

    [Fact]
    public void The_csv_button_hands_the_browser_a_file()
    {
        var card = RenderCard(p => p.Add(c => c.Chart, Input(5)).Add(c => c.FileName, "Jobs / day"));
        card.Find("[aria-label='Download as CSV: Jobs per day']").Click();
        var call = JSInterop.Invocations.Single(i => i.Identifier == "downloadCsv");
        Assert.Equal("Time (UTC),Jobs\r\n2026-11-20T00:00:00Z,5\r\n", call.Arguments[0]);
        Assert.Equal("jobs-day.csv", call.Arguments[1]);
    }

    [Fact]
    public void Loading_shows_a_placeholder_only_while_there_is_nothing_to_show()
    {
        var card = RenderCard(p => p.Add(c => c.Chart, null).Add(c => c.Loading, true));
        Assert.NotEmpty(card.FindAll(".mud-skeleton"));

        card.Render(p => p.Add(c => c.Chart, Input(1)));
        Assert.Empty(card.FindAll(".mud-skeleton"));
        Assert.Single(card.FindComponents<ApexChart>());
    }

    [Fact]
    public void Nothing_to_show_says_what_to_do()
    {
        var card = RenderCard(p => p.Add(c => c.Chart, Input(null, null)).Add(c => c.EmptyText, "Send the first job."));
        Assert.Contains("Send the first job.", card.Markup, StringComparison.Ordinal);
        Assert.Empty(card.FindComponents<ApexChart>());
        Assert.Empty(card.FindAll("button"));
    }

    [Fact]
    public void A_failed_refresh_keeps_the_last_figures_and_offers_another_try()
    {
        var retries = 0;
        var card = RenderCard(p => p
            .Add(c => c.Chart, Input(1))
            .Add(c => c.Error, "The database did not answer.")
            .Add(c => c.OnRetry, EventCallback.Factory.Create(this, () => retries++)));
        Assert.Single(card.FindComponents<ApexChart>());
        card.FindAll("button").Single(b => b.TextContent.Contains("Retry", StringComparison.Ordinal)).Click();
        Assert.Equal(1, retries);

        card.Render(p => p.Add(c => c.Chart, null));
        Assert.Contains("The database did not answer.", card.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("last figures", card.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_choice_of_series_and_of_the_axis_is_read_from_the_address_and_written_there()
    {
        var navigation = Services.GetRequiredService<NavigationManager>();
        navigation.NavigateTo("/?series_trend=b&axis_trend=log&from=now-7d");
        var input = Input(1, 2);
        input = input with { Series = [input.Series[0], input.Series[0] with { Key = "b" }, input.Series[0] with { Key = "c" }] };
        var card = RenderCard(p => p.Add(c => c.Chart, input).Add(c => c.AddressName, "trend"));
        var drawing = JsonSerializer.SerializeToElement(JSInterop.Invocations.Single(i => i.Identifier == "create").Arguments[^1]);
        Assert.Equal(["jobs", "c"], drawing.GetProperty("Hidden").EnumerateArray().Select(k => k.GetString()));
        Assert.Equal("log", drawing.GetProperty("Scale").GetString());

        card.Find("[data-test=scale]").Change("Full");
        Assert.EndsWith("/?series_trend=b&axis_trend=full&from=now-7d", navigation.Uri, StringComparison.Ordinal);
        card.Find("[data-test=scale]").Change("Auto");
        Assert.EndsWith("/?series_trend=b&from=now-7d", navigation.Uri, StringComparison.Ordinal);

        var legend = card.FindComponent<ApexChart>().Instance;
        await card.InvokeAsync(() => legend.HiddenSeriesChanged.InvokeAsync(["jobs"]));
        Assert.EndsWith("/?series_trend=-jobs&from=now-7d", navigation.Uri, StringComparison.Ordinal);
        await card.InvokeAsync(() => legend.HiddenSeriesChanged.InvokeAsync([]));
        Assert.EndsWith("/?from=now-7d", navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public void Series_that_share_a_colour_are_numbered_so_that_they_can_be_told_apart()
    {
        RenderChart(Input(1) with { Series = [.. Enumerable.Range(0, 20).Select(i => Input(1).Series[0] with { Key = $"{i}", Color = ChartPalette.ColorFor(EntityKind.Workflow, i + 1) })] });
        var series = JsonSerializer.SerializeToElement(JSInterop.Invocations.Single(i => i.Identifier == "create").Arguments[^1]).GetProperty("Series").EnumerateArray().ToList();
        Assert.Equal(20, series.Select(s => (s.GetProperty("Color").GetString(), s.GetProperty("Variant").GetInt32())).Distinct().Count());
        Assert.Equal([0, 1, 2], series.Select(s => s.GetProperty("Variant").GetInt32()).Distinct());
    }

    [Fact]
    public void Every_icon_button_has_a_name()
    {
        var card = RenderCard(p => p.Add(c => c.Chart, Input(1)));
        Assert.Equal(3, card.FindAll("button").Count);
        Assert.All(card.FindAll("button"), b => Assert.False(string.IsNullOrEmpty(b.GetAttribute("aria-label"))));
    }
}
