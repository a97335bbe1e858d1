using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Quality;
using PerfDash.Core.Sources;
using PerfDash.Core.Workflows;
using PerfDash.Web.Charts;
using PerfDash.Web.Features.Quality;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Components.Quality;

/// <summary>The states of the quality page.</summary>
public sealed class QualityTests(TestDatabase database) : PageContext, IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Without_scores_it_says_where_they_come_from_or_that_the_filter_hides_them()
    {
        await database.ClearAsync();
        var page = RenderPage();
        page.WaitForAssertion(() => Assert.Contains("Report scores as numbers in quality_scores", page.Markup, StringComparison.Ordinal), Eventually.Limit);
        page = RenderPage("?worker_id=2");
        page.WaitForAssertion(() => Assert.Contains("No job that matches the filters has a score.", page.Markup, StringComparison.Ordinal), Eventually.Limit);
    }

    [Fact]
    public async Task Every_workflow_gets_a_histogram_and_every_score_a_trend()
    {
        await FillAsync();
        var page = RenderPage("?score=aesthetic");
        page.WaitForAssertion(() => Assert.Equal(3, page.FindAll("[data-test=histogram]").Count), Eventually.Limit);
        Assert.Contains("3 workflows", page.Find("[data-test=histograms]").TextContent, StringComparison.Ordinal);
        page.WaitForAssertion(() => Assert.Equal(["Likeness", "Aesthetic"], page.FindAll("[data-test=trends] .chart-card h2").Select(h => h.TextContent)), Eventually.Limit);
        page.WaitForAssertion(() => Assert.Contains("Pearson r = ", page.Find("[data-test=relation]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        page.WaitForAssertion(() => Assert.Contains("jobs with scores", page.Find("[data-test=parallel]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Contains("/jobs?from=", page.Find("[data-test=histogram] a").GetAttribute("href"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chosen_workflows_are_shown_alone_and_can_be_laid_over_each_other()
    {
        await FillAsync();
        var page = RenderPage("?score=likeness&workflows=3,1&view=overlay");
        page.WaitForAssertion(() => Assert.Contains("2 of 3 workflows selected", page.Markup, StringComparison.Ordinal), Eventually.Limit);
        var chart = page.FindComponents<ChartCard>().First(c => c.Instance.Title.EndsWith("distribution", StringComparison.Ordinal)).Instance.Chart!;
        Assert.Equal(["workflow-3", "workflow-1"], chart.Series.Select(s => s.Key));
        Assert.All(chart.Series, s => Assert.Equal(100, s.Points.Sum(p => p.Y!.Value), 6));
        Assert.Equal(chart.Series[0].Points.Select(p => p.Category), chart.Series[1].Points.Select(p => p.Category));
    }

    [Fact]
    public async Task A_parameter_of_words_is_answered_by_means_with_n()
    {
        await FillAsync();
        var page = RenderPage("?score=likeness&parameter=sampler");
        page.WaitForAssertion(() => Assert.Contains("Likeness by sampler", page.Find("[data-test=relation]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        var chart = page.FindComponents<ChartCard>().First(c => c.Instance.Title == "Likeness by sampler").Instance.Chart!;
        Assert.All(chart.Series[0].Points, p => Assert.Matches(@"^(euler|dpm) \(n = \d+\)$", p.Category));
    }

    [Fact]
    public async Task A_rectangle_lists_the_jobs_behind_its_points()
    {
        await FillAsync();
        var page = RenderPage("?score=likeness&parameter=cfg&area=3,6,0.3,0.7");
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("[data-test=brushed-jobs] tbody tr")), Eventually.Limit);
        Assert.Matches(@"^\d+ jobs? with CFG 3 to 6 and likeness 0.30 to 0.70$", page.Find("[data-test=brushed-jobs] caption").TextContent);
        Assert.StartsWith("/jobs/", page.Find("[data-test=brushed-jobs] a").GetAttribute("href"), StringComparison.Ordinal);

        var chart = page.FindComponents<ChartCard>().First(c => c.Instance.Title == "Likeness against CFG").Instance;
        Assert.Equal(["jobs", "line"], chart.Chart!.Series.Select(s => s.Key));
        await page.InvokeAsync(() => chart.OnPointClick.InvokeAsync(new("jobs", ChartPoint.Xy(1, 1, "42"))));
        Assert.EndsWith("/jobs/42", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);

        page = RenderPage("?score=likeness&parameter=cfg&area=1,2");
        page.WaitForAssertion(() => Assert.Contains("selected area in the address is not valid", page.Find("[data-test=error]").TextContent, StringComparison.Ordinal), Eventually.Limit);
    }

    [Fact]
    public void A_database_that_does_not_answer_is_an_error_with_another_try()
    {
        using var away = TestDatabase.ServicesOver("Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=5");
        var page = RenderPage("", away);
        page.WaitForAssertion(() => Assert.Contains("The database cannot be reached.", page.Find("[data-test=error]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Empty(page.FindAll("[data-test=histograms]"));
    }

    private async Task FillAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        await database.AddJobsAsync(FarmRows.MakeUp(seed: 21, jobs: 300, Now.UtcDateTime.AddDays(-20), days: 19));
    }

    private IRenderedComponent<QualityPage> RenderPage(string query = "", ServiceProvider? services = null)
    {
        if (Services.All(s => s.ServiceType != typeof(QualityQueries)))
        {
            Services.AddSingleton(_ => Get<QualityQueries>());
            Services.AddSingleton(_ => Get<ThresholdService>());
            Services.AddSingleton(_ => Get<ScoreTrendQueries>());
            Services.AddSingleton(_ => Get<CorrelationQueries>());
            Services.AddSingleton(_ => Get<QualitySampleQueries>());
            Services.AddSingleton(_ => Get<RelationJobQueries>());
            Services.AddSingleton(_ => Get<WorkflowChoiceQueries>());
            Services.AddSingleton(_ => Get<OutputStripQueries>());
        }

        _ = Popovers;
        Services.GetRequiredService<NavigationManager>().NavigateTo("/quality" + query);
        return Render<QualityPage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/" + query)));

        T Get<T>()
            where T : notnull => services is null ? database.Get<T>() : services.GetRequiredService<T>();
    }
}
