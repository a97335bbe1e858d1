using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerfDash.Core.Overview;
using PerfDash.Core.Quality;
using PerfDash.Core.Workers;
using PerfDash.Core.Workflows;
using PerfDash.Tests.Support;
using PerfDash.Web.Features.Overview;
using PerfDash.Web.Layout;
using PerfDash.Web.Live;
using Xunit;

namespace PerfDash.Tests.Live;

public sealed class ReadyPagesTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    [Fact]
    public async Task Figures_of_the_farms_pages_are_there_before_anybody_opens_one()
    {
        await using var ready = PerfDashApp.Start(app.Database.ConnectionString, (ReadyPages.Setting, "true"));
        var shared = ready.Services.GetRequiredService<SharedFigures>();
        await Eventually.ThatAsync(
            () => Task.FromResult(
                Has<OverviewData>(RankBy.TimePerFrame) && Has<IReadOnlyList<WorkflowListItem>>(null) && Has<(WorkerComparison?, long?)>(true)
                && Has<IReadOnlyList<ScoreByWorkflow>>(null)),
            "the program has opened them by itself");

        // As a page without anything in its address asks.
        bool Has<T>(object? part) => shared.Has<T>((PageQuery.Of("http://localhost/").Question, part), _ => true);
    }

    [Fact]
    public async Task What_a_page_cannot_ask_for_does_not_end_the_program()
    {
        var pages = ActivatorUtilities.CreateInstance<ReadyPages>(app.Services);
        await app.Database.ExecuteAsync("ALTER TABLE performance_metrics RENAME TO away");
        try
        {
            await pages.OpenAllAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            await app.Database.ExecuteAsync("ALTER TABLE away RENAME TO performance_metrics");
        }

        Assert.False(app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }
}
