using Microsoft.AspNetCore.Components;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Components.Layout;

public sealed class PageAddressTests
{
    private readonly SlowBrowser _browser = new("http://farm/workflows?from=now-7d");

    [Fact]
    public void A_change_within_the_round_trip_of_another_keeps_both()
    {
        using var address = new PageAddress(_browser);
        address.Set("sort", "-jobs");
        address.Set("search", "flux");
        Assert.Equal("flux", address.Value("search"));
        Assert.Equal("http://farm/workflows?from=now-7d", _browser.Uri);

        _browser.Answer();
        address.Set("project_id", 4L);
        _browser.Answer();
        _browser.Answer();
        Assert.Equal("http://farm/workflows?from=now-7d&sort=-jobs&search=flux&project_id=4", _browser.Uri);
        Assert.Equal(_browser.Uri, address.Uri);
    }

    [Fact]
    public void After_a_link_changes_go_on_from_where_it_led()
    {
        using var address = new PageAddress(_browser);
        address.Set("sort", "-jobs");
        _browser.Follow("http://farm/jobs");
        address.Set("state", "failed");
        Assert.Equal("http://farm/jobs?state=failed", address.Uri);
        Assert.Null(address.Value("sort"));
    }

    [Fact]
    public void What_the_address_says_already_is_not_asked_for()
    {
        using var address = new PageAddress(_browser);
        address.Set("from", "now-7d");
        Assert.Empty(_browser.Asked);
        address.Set("from", null);
        Assert.Equal(["http://farm/workflows"], _browser.Asked);
    }

    /// <summary>Shows what was asked for only on request, as a browser far away does.</summary>
    private sealed class SlowBrowser : NavigationManager
    {
        public SlowBrowser(string uri) => Initialize("http://farm/", uri);

        public Queue<string> Asked { get; } = [];

        public void Answer() => Follow(Asked.Dequeue());

        public void Follow(string uri)
        {
            Uri = uri;
            NotifyLocationChanged(isInterceptedLink: false);
        }

        protected override void NavigateToCore(string uri, NavigationOptions options) => Asked.Enqueue(uri);
    }
}
