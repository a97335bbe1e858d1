using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using MudBlazor;
using PerfDash.Web.Features.Overview;
using PerfDash.Web.Features.Quality;
using PerfDash.Web.Features.Workers;
using PerfDash.Web.Features.Workflows;
using PerfDash.Web.Live;

namespace PerfDash.Web.Layout;

/// <summary>
/// Opens the pages that ask the most of the database for nobody, when the program starts and every hour, so that whoever
/// opens one first in the morning sees figures at once: <see cref="SharedFigures"/> keeps those that took long, and the page
/// replaces them while it is read. Pages as the navigation leads to them: range and filters that a reader chooses are asked for then.
/// </summary>
public sealed partial class ReadyPages(
    IServiceScopeFactory scopes, IHostApplicationLifetime program, TimeProvider time, ILoggerFactory logs, ILogger<ReadyPages> logger) : BackgroundService
{
    /// <summary>The setting that switches it off.</summary>
    public const string Setting = "PerfDash:Pages:KeepReady";

    private const string Root = "http://localhost/";

    // All pages of the farm as a whole; the others are quick or about one thing.
    private static readonly Type[] Pages = [typeof(OverviewPage), typeof(WorkflowsPage), typeof(WorkersPage), typeof(QualityPage)];

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    // On a farm so large that pages take minutes it is not worth more than one part in twenty of the time.
    private const int Share = 20;

    /// <summary>Opens each page once, one after the other.</summary>
    public async Task OpenAllAsync(CancellationToken cancellationToken)
    {
        foreach (var page in Pages)
        {
            try
            {
                await OpenAsync(page, cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                // (That the database does not answer is no exception here: the page says so itself.)
                LogFailed(e, page.Name);
            }
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The database has its tables and its readers come first.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var ready = program.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        while (true)
        {
            var began = time.GetTimestamp();
            await OpenAllAsync(stoppingToken);
            var took = time.GetElapsedTime(began);
            await Task.Delay(took * Share > Interval ? took * Share : Interval, time, stoppingToken);
        }
    }

    private async Task OpenAsync(Type page, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var navigation = scope.ServiceProvider.GetRequiredService<NavigationManager>();
        ((IHostEnvironmentNavigationManager)navigation).Initialize(Root, Root);
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, logs);
        var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>
        {
            [nameof(CascadingValue<PageQuery>.Value)] = PageQuery.Of(Root),
            [nameof(CascadingValue<PageQuery>.ChildContent)] = (RenderFragment)(builder =>
            {
                builder.OpenComponent<MudPopoverProvider>(0);
                builder.CloseComponent();
                builder.OpenComponent(1, page);
                builder.CloseComponent();
            }),
        });
        // What it is in the middle of ends with the renderer.
        await renderer.Dispatcher.InvokeAsync(() => renderer.RenderComponentAsync<CascadingValue<PageQuery>>(parameters)).WaitAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not preload the page {Page}; it is loaded when opened")]
    private partial void LogFailed(Exception e, string page);
}
