using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using PerfDash.Core.Collection;
using PerfDash.Core.Messaging;
using PerfDash.Web.Layout;
using PerfDash.Web.Live;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Components.Layout;

/// <summary>Time range, live mark and theme.</summary>
public sealed class HeaderTests : PageContext
{
    private BunitNavigationManager Navigation => (BunitNavigationManager)Services.GetRequiredService<NavigationManager>();

    [Theory]
    [InlineData("", null, null, "now-30d", "Last 30 days")]
    [InlineData("?from=now-7d", "now-7d", null, "now-7d", "Last 7 days")]
    [InlineData("?from=now-7d&to=now", "now-7d", "now", "now-7d", "Last 7 days")]
    [InlineData("?from=now-7d&to=now-1d", "now-7d", "now-1d", null, "17 Nov 2026 12:00 – 23 Nov 2026 12:00")]
    [InlineData("?from=2026-11-01", "2026-11-01", null, null, "1 Nov 2026 00:00 – now")]
    [InlineData("?from=2026-11-20&to=2026-11-01", "2026-11-20", "2026-11-01", null, "Invalid range")]
    [InlineData("?from=now/d", "now/d", null, "now/d", "Today")]
    [InlineData("?from=now-1d/d&to=now/d", "now-1d/d", "now/d", "now-1d/d", "Yesterday")]
    [InlineData("?from=now-1d/d", "now-1d/d", null, null, "23 Nov 2026 00:00 – now")]
    [InlineData("?from=yesterday", "yesterday", null, null, "Invalid range")]
    [InlineData("?from=&to=", null, null, "now-30d", "Last 30 days")]
    public void A_range_is_read_from_the_address(string query, string? from, string? to, string? preset, string label)
    {
        var read = PageQuery.Parse("http://localhost/" + query);
        Assert.Equal((from, to, preset, label), (read.From, read.To, read.Preset?.From, read.Label(Now)));
    }

    [Fact]
    public void A_range_is_moved_by_its_length_and_widened_around_its_middle()
    {
        var day = new PageQuery("2026-11-20", "2026-11-21");
        Assert.Equal(("2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z"), Ends(day.Shifted(-1, Now)));
        Assert.Equal(("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"), Ends(day.Shifted(1, Now)));
        Assert.Equal(("2026-11-19T12:00:00Z", "2026-11-21T12:00:00Z"), Ends(day.ZoomedOut(Now)));
        // No range goes beyond the present.
        Assert.Equal(("2026-11-21T12:00:00Z", null), Ends(new PageQuery("2026-11-19", "2026-11-22T00:00Z").Shifted(1, Now)));
        Assert.Equal(("2026-11-22T12:00:00Z", null), Ends(new PageQuery("now-24h", null).ZoomedOut(Now)));
        Assert.Equal(("2026-11-22T12:00:00Z", "2026-11-23T12:00:00Z"), Ends(new PageQuery("now-24h", null).Shifted(-1, Now)));
        // Nor before time begins.
        Assert.Equal(("0001-01-01T00:00:00Z", null), Ends(new PageQuery("0001-01-01", "9999-12-31").ZoomedOut(Now)));
        Assert.Equal(("0001-01-01T00:00:00Z", null), Ends(new PageQuery("0001-01-01", "9999-12-31").Shifted(1, Now)));
        Assert.Equal(("0001-01-01", "0001-01-02"), Ends(new PageQuery("0001-01-01", "0001-01-02").Shifted(-1, Now)));
        Assert.Equal(("yesterday", null), Ends(new PageQuery("yesterday", null).Shifted(-1, Now)));

        static (string?, string?) Ends(PageQuery query) => (query.From, query.To);
    }

    [Fact]
    public void Only_the_range_goes_along_to_another_page() =>
        Assert.Equal("?from=now-7d&to=now", PageQuery.PreservedQuery("?from=now-7d&rank_by=vram&to=now"));

    [Fact]
    public void A_chosen_preset_replaces_the_range_and_keeps_the_rest_of_the_address()
    {
        Navigation.NavigateTo("/?from=2026-11-01&to=2026-11-05&rank_by=vram");
        var popovers = Popovers;
        var picker = Render<TimeRangePicker>(p => p.Add(c => c.Query, PageQuery.Parse(Navigation.Uri)));
        picker.Find(".time-range button").Click();
        popovers.WaitForElements(".mud-menu-item").Single(i => i.TextContent.Trim() == "Last 7 days").Click();

        Assert.Equal("http://localhost/?from=now-7d&rank_by=vram", Navigation.Uri);
    }

    [Fact]
    public async Task The_dialog_applies_only_a_range_that_can_be_read()
    {
        _ = Popovers;
        var dialogs = Render<MudDialogProvider>();
        var parameters = new DialogParameters<TimeRangeDialog> { { d => d.From, "now-7d" }, { d => d.To, "now" } };
        var dialog = await dialogs.InvokeAsync(() => Services.GetRequiredService<IDialogService>().ShowAsync<TimeRangeDialog>("Custom range", parameters));
        void Type(int field, string text) => dialogs.FindAll("input")[field].Input(text);

        Type(0, "last week");
        Assert.Contains("from is not a date", dialogs.Markup, StringComparison.Ordinal);
        Assert.True(dialogs.FindAll("button").Single(b => b.TextContent.Trim() == "Apply").HasAttribute("disabled"));

        Type(0, " 2026-11-01 08:00 ");
        Type(1, "now-1d");
        dialogs.FindAll("button").Single(b => b.TextContent.Trim() == "Apply").Click();
        Assert.Equal(new PageQuery("2026-11-01 08:00", "now-1d"), (await dialog!.Result)!.Data);
    }

    [Fact]
    public void The_theme_menu_names_the_choice_and_reports_another()
    {
        var chosen = new List<ThemeChoice>();
        var popovers = Popovers;
        var menu = Render<ThemeMenu>(p => p.Add(c => c.Choice, ThemeChoice.Light).Add(c => c.ChoiceChanged, EventCallback.Factory.Create<ThemeChoice>(this, chosen.Add)));
        Assert.Equal("Theme: Light", menu.Find("button").GetAttribute("aria-label"));
        menu.Find("button").Click();
        popovers.WaitForElements(".mud-menu-item").Single(i => i.TextContent.Trim() == "Dark").Click();
        Assert.Equal([ThemeChoice.Dark], chosen);
    }

    [Fact]
    public void Without_a_look_at_the_database_the_mark_says_disconnected()
    {
        _ = Popovers;
        // (Since the start, at which nothing can be said yet.)
        Assert.Null(Services.GetRequiredService<CollectionState>().Problem);
        Time.Advance(TimeSpan.FromMinutes(1));
        var mark = Render<LiveMark>();
        Assert.Equal("Disconnected", mark.Find("[data-test=live-mark]").TextContent.Trim());
        Assert.StartsWith("Disconnected: new jobs have not been recorded since 24 Nov 12:00:00 UTC.", mark.Find("button").GetAttribute("aria-label"), StringComparison.Ordinal);
        Assert.False(Services.GetRequiredService<CollectionState>().Connected);
    }

    [Fact]
    public void The_mark_pauses_and_counts_what_is_missed()
    {
        _ = Popovers;
        var updates = Services.GetRequiredService<LiveUpdates>();
        Services.GetRequiredService<LiveFeed>().Start();
        var mark = Render<LiveMark>();
        mark.Find("button").Click();
        Assert.Equal("Paused", mark.Find("button").TextContent.Trim());
        Assert.Equal("true", mark.Find("button").GetAttribute("aria-pressed"));

        updates.Publish(1);
        mark.WaitForAssertion(() => Assert.Equal("Paused · 1 new", mark.Find("button").TextContent.Trim()), TimeSpan.FromSeconds(30));
        Assert.Contains("1 job recorded since", mark.Find("button").GetAttribute("aria-label"), StringComparison.Ordinal);
        mark.Find("button").Click();
        Assert.DoesNotContain("Paused", mark.Markup, StringComparison.Ordinal);
    }
}
