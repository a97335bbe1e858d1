using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Web.Features.Alerts;
using PerfDash.Web.Features.Overview;
using PerfDash.Web.Features.Settings;
using PerfDash.Web.Features.Workers;
using PerfDash.Web.Features.Workflows;
using PerfDash.Web.Layout;

namespace PerfDash.Tests.Components.Layout;

/// <summary>What pages say of parameters that they do not have.</summary>
public sealed class PageParametersTests : PageContext
{
    private BunitNavigationManager Navigation => (BunitNavigationManager)Services.GetRequiredService<NavigationManager>();

    [Theory]
    [InlineData(typeof(OverviewPage), "/?form=now-7d", "Unknown parameter \"form\" was ignored. Did you mean \"from\"?")]
    [InlineData(typeof(OverviewPage), "/?rankby=vram&from=now-7d", "Unknown parameter \"rankby\" was ignored. Did you mean \"rank_by\"?")]
    [InlineData(typeof(OverviewPage), "/?sort=avg", "Unknown parameter \"sort\" was ignored.")]
    [InlineData(typeof(WorkflowsPage), "/workflows?sort=avg&serach=flux", "Unknown parameter \"serach\" was ignored. Did you mean \"search\"?")]
    [InlineData(typeof(WorkersPage), "/workers?jobtype=3:720p", "Unknown parameter \"jobtype\" was ignored. Did you mean \"job_type\"?")]
    [InlineData(typeof(WorkerPage), "/workers/1?days=2026-11-24", "Unknown parameter \"days\" was ignored. Did you mean \"day\"?")]
    [InlineData(typeof(AlertsPage), "/alerts?serverity=critical", "Unknown parameter \"serverity\" was ignored. Did you mean \"severity\"?")]
    [InlineData(typeof(SettingsPage), "/settings?%3Cb%3E=1", "Unknown parameter \"<b>\" was ignored.")]
    public void A_parameter_that_a_page_does_not_have_is_named_with_the_nearest_one(Type page, string address, string text) =>
        Assert.Equal(text, Shown(page, address).Find(".unknown-parameter").TextContent);

    [Theory]
    [InlineData(typeof(OverviewPage), "/?from=now-7d&to=now&project_id=1&worker_id=2&resolution_tier=720p&compare=none&rank_by=vram&axis_time=log&series_time=p50,p95")]
    [InlineData(typeof(OverviewPage), "/?FROM=now-7d&utm_source=mail&_=1764402000")]
    [InlineData(typeof(WorkersPage), "/workers?view=coverage&sort=-speed&cards=all&job_type=3:720p")]
    [InlineData(typeof(WorkerPage), "/workers/1?sort=time&day=2026-11-24")]
    [InlineData(typeof(AlertsPage), "/alerts?section=channels&delivery=failed&before=7")]
    [InlineData(typeof(AlertsPage), "/alerts?state=open&severity=critical&threshold_id=1&window_rule_id=2&incident=3&cursor=x&of=mute&new=1")]
    public void What_a_page_has_is_not_named(Type page, string address) => Assert.Empty(Shown(page, address).FindAll("[data-test=unknown-parameters]"));

    [Fact]
    public void The_notice_goes_when_it_is_closed_and_comes_for_another_name()
    {
        var notice = Shown(typeof(OverviewPage), "/?form=now-7d&until=now&a1=&b1=&c1=&d1=&e1=");
        Assert.Equal(5, notice.FindAll(".unknown-parameter").Count);
        Assert.Contains("2 more unknown parameters were ignored.", notice.Markup, StringComparison.Ordinal);
        notice.Find("button").Click();
        Assert.Empty(notice.FindAll("[data-test=unknown-parameters]"));

        Navigation.NavigateTo("/?fro=now-7d");
        notice.Render();
        Assert.Single(notice.FindAll(".unknown-parameter"));
    }

    [Fact]
    public void Every_component_that_reads_the_address_is_a_page_or_named_by_one()
    {
        var components = typeof(OverviewPage).Assembly.GetTypes().Where(t => typeof(IComponent).IsAssignableFrom(t) && PageParameters.Own(t).Any()).ToList();
        var pages = components.Where(t => t.IsDefined(typeof(RouteAttribute), inherit: false)).ToList();
        var sections = pages.SelectMany(p => p.GetCustomAttributes(typeof(PageSectionsAttribute), inherit: false).Cast<PageSectionsAttribute>().SelectMany(a => a.Sections)).ToHashSet();

        Assert.True(pages.Count >= 8, $"{pages.Count} pages");
        Assert.Empty(components.Except(pages).Except(sections));
        Assert.All(sections, section => Assert.Contains(section, components));
    }

    private IRenderedComponent<UnknownParameters> Shown(Type page, string address)
    {
        Navigation.NavigateTo(address);
        return Render<UnknownParameters>(p => p.AddCascadingValue(new RouteData(page, new Dictionary<string, object?>())));
    }
}
