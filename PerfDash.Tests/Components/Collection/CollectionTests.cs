using Bunit;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Collection;
using PerfDash.Web.Features.Collection;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Components.Collection;

public sealed class CollectionTests(TestDatabase database) : PageContext, IClassFixture<TestDatabase>
{
    private IRenderedComponent<CollectionPage> RenderPage(CollectionQueries collection)
    {
        Services.AddSingleton(collection);
        // (No collector runs here, and one that has not polled for ten seconds would be a problem that the page reports.)
        database.Get<CollectionState>().Polled();
        _ = Popovers;
        return Render<CollectionPage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/collection")));
    }

    [Fact]
    public async Task Nothing_failed_and_nothing_to_warn_of_is_said_in_words()
    {
        await database.ClearAsync();
        var page = RenderPage(database.Get<CollectionQueries>());
        page.WaitForAssertion(() => Assert.Contains("No failed collections.", page.Find("[data-test=failures]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Contains("No warnings. Every reported value could be used.", page.Find("[data-test=warnings]").TextContent, StringComparison.Ordinal);
        Assert.Equal(["0", "0", "0", "–", "none yet"], page.FindAll(".stat-value").Select(v => v.TextContent));
        Assert.Contains("none yet", page.Find("[data-test=recorded]").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain(page.FindAll("button"), b => b.TextContent.Contains("Retry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_failed_shows_up_without_anything_being_recorded()
    {
        await database.ClearAsync();
        var page = RenderPage(database.Get<CollectionQueries>());
        page.WaitForAssertion(() => Assert.Contains("No failed collections.", page.Markup, StringComparison.Ordinal), Eventually.Limit);
        var job = await database.AddCompletedJobAsync(await database.AddWorkflowAsync(), null, null, Now.UtcDateTime);
        await database.Get<MetricCollector>().CollectAsync(100, Xunit.TestContext.Current.CancellationToken);

        Time.Advance(TimeSpan.FromSeconds(5));
        page.WaitForAssertion(() => Assert.Equal($"{job}", page.Find("[data-test=failures] tbody th").TextContent), Eventually.Limit);
        Assert.Equal($"Retry job {job}", page.Find("[data-test=failures] tbody button").GetAttribute("aria-label"));
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_an_error_with_another_try()
    {
        await using var away = TestDatabase.ServicesOver("Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=5");
        var page = RenderPage(away.GetRequiredService<CollectionQueries>());
        page.WaitForAssertion(() => Assert.Contains("The database cannot be reached.", page.Find(".mud-alert").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Contains(page.FindAll(".mud-alert button"), b => b.TextContent.Trim() == "Retry");
    }
}
