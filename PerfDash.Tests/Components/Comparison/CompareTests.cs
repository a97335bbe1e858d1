using Bunit;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Comparison;
using PerfDash.Core.Comparison.Changes;
using PerfDash.Core.Messaging;
using PerfDash.Core.Sources;
using PerfDash.Core.Workflows;
using PerfDash.Web.Features.Comparison;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Components.Comparison;

/// <summary>The states of the compare page.</summary>
public sealed class CompareTests(TestDatabase database) : PageContext, IClassFixture<TestDatabase>
{
    private const string Script = "<img src=x onerror=alert(1)>";

    [Fact]
    public void Without_a_choice_it_says_what_to_choose()
    {
        var page = RenderPage();
        page.WaitForAssertion(() => Assert.Contains("Choose at least two workflows", page.Markup, StringComparison.Ordinal), Eventually.Limit);
        page = RenderPage("?mode=history");
        page.WaitForAssertion(() => Assert.Contains("Choose a workflow", page.Markup, StringComparison.Ordinal), Eventually.Limit);
    }

    [Fact]
    public async Task Two_workflows_get_a_verdict_first_and_names_stay_text()
    {
        await FillAsync();
        var page = RenderPage("?workflows=1,2");
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("[data-test=verdict-sentence]")), Eventually.Limit);

        Assert.StartsWith($"{Script} is 50 % faster per frame than Workflow 1", page.Find("[data-test=verdict-sentence]").TextContent, StringComparison.Ordinal);
        Assert.Equal("Faster", page.Find("[data-test=speed-verdict]").TextContent.Trim());
        Assert.Empty(page.FindAll("img"));
        Assert.Equal("Speed", page.Find("[data-test=compare-bars] h2").TextContent);
        Assert.Contains("n = 40 jobs", page.Find("[data-test=compare-table] thead").TextContent, StringComparison.Ordinal);
        Assert.Contains("faster", page.Find("[data-test=compare-table] .delta-better").TextContent, StringComparison.Ordinal);
        page.WaitForAssertion(() => Assert.Equal("Steps", page.Find("[data-test=parameters] tbody th").TextContent), Eventually.Limit);
    }

    [Fact]
    public async Task An_unknown_workflow_an_unreadable_one_and_too_many_are_said()
    {
        await FillAsync();
        Says("?workflows=1,99", "There is no workflow 99");
        Says("?workflows=1,x", "workflow ids in the address are not valid");
        Says("?workflows=1,2,3,4,5,6,7,8,9,10,11", "At most 10 workflows");
        Says("?workflow=1&split=2001-01-01", "outside the selected time range");

        void Says(string query, string text)
        {
            var page = RenderPage(query);
            page.WaitForAssertion(() => Assert.Contains(text, page.Find("[data-test=error]").TextContent, StringComparison.Ordinal), Eventually.Limit);
            Assert.Empty(page.FindAll("[data-test=verdict]"));
        }
    }

    [Fact]
    public async Task Sides_without_jobs_or_without_anything_in_common_are_named()
    {
        await FillAsync();
        var page = RenderPage("?workflows=1,3");
        page.WaitForAssertion(() => Assert.Contains("No jobs of Workflow 3", page.Find("[data-test=empty-side]").TextContent, StringComparison.Ordinal), Eventually.Limit);

        await database.AddJobsAsync([.. Enumerable.Range(500, 10).Select(i => Job(i, 3, 100) with { Tier = "8k" })]);
        Services.GetRequiredService<LiveUpdates>().Publish(10);
        page = RenderPage("?workflows=1,3");
        page.WaitForAssertion(() => Assert.Contains("No jobs in common", page.Find("[data-test=nothing-in-common]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Contains("inconclusive", page.Find("[data-test=speed-verdict]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workflow_is_split_where_its_parameter_changed()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        await database.AddJobsAsync([.. Enumerable.Range(1, 80).Select(i => Job(i, 1, i <= 40 ? 200 : 150) with
        {
            CompletedAt = Now.UtcDateTime.AddDays(-20).AddHours(i),
            Parameters = new Dictionary<string, object> { ["steps"] = i <= 40 ? 30 : 20 },
        })]);
        var page = RenderPage("?workflow=1");
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("[data-test=verdict-sentence]")), Eventually.Limit);
        var chosen = page.Find("[data-test=split-picker] button[aria-pressed=true]").TextContent;
        Assert.Contains("Steps changed from 30 to 20.", chosen, StringComparison.Ordinal);
        Assert.Contains("25 % faster per frame than before", page.Find("[data-test=verdict-sentence]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_that_does_not_answer_is_an_error_with_another_try()
    {
        using var away = TestDatabase.ServicesOver("Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=5");
        var page = RenderPage("?workflows=1,2", away);
        page.WaitForAssertion(() => Assert.Contains("The database cannot be reached.", page.Find("[data-test=error]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Contains(page.FindAll("[data-test=error] button"), b => b.TextContent.Trim() == "Retry");
    }

    private async Task FillAsync()
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        await database.ExecuteAsync("UPDATE workflows SET name = @name WHERE id = 2", ("name", Script));
        await database.AddJobsAsync([.. Enumerable.Range(1, 80).Select(i => Job(i, 1 + (i % 2), i % 2 == 0 ? 200 : 100))]);
    }

    private static FarmRow Job(int id, long workflow, float time) => new()
    {
        JobId = id,
        WorkflowId = workflow,
        Tier = "1080p",
        TimePerFrameMs = time + (id % 7 / 10f),
        GpuTimeMs = 1000,
        Frames = 10,
        VramMb = 8000,
        Scores = new Dictionary<string, double> { ["likeness"] = 0.8 + (id % 5 / 100.0) },
        Stages = [("sample", 900), ("decode", 100)],
        Parameters = new Dictionary<string, object> { ["steps"] = workflow == 1 ? 30 : 15 },
        CompletedAt = Now.UtcDateTime.AddHours(-id),
    };

    private IRenderedComponent<ComparePage> RenderPage(string query = "", ServiceProvider? services = null)
    {
        if (Services.All(s => s.ServiceType != typeof(ComparePageData)))
        {
            Services.AddSingleton(_ => new ComparePageData(Get<ComparisonQueries>(), Get<SplitQueries>(), Get<TimeDistributionQueries>(), Get<ComparedParameterQueries>()));
            Services.AddSingleton(_ => Get<WorkflowChoiceQueries>());
            Services.AddSingleton(_ => Get<OutputStripQueries>());
        }

        _ = Popovers;
        Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>().NavigateTo("/compare" + query);
        return Render<ComparePage>(p => p.AddCascadingValue(PageQuery.Parse("http://localhost/" + query)));

        T Get<T>()
            where T : notnull => services is null ? database.Get<T>() : services.GetRequiredService<T>();
    }
}
