using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Collection;
using PerfDash.Core.Settings;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Live;

/// <summary>Two instances of the program on one database.</summary>
public sealed class SeveralInstancesTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_instance_changes_clears_the_figures_of_the_other()
    {
        var worker = await app.Database.AddWorkerAsync();
        var workflow = await app.Database.AddWorkflowAsync();
        var farm = app.Services.GetRequiredService<FarmSettings>();
        await using var other = PerfDashApp.Start(app.Database.ConnectionString);
        await Eventually.ThatAsync(() => Task.FromResult(other.Services.GetRequiredService<CollectionState>().Listening), "the other instance listens");
        var cleared = 0;
        other.Services.GetRequiredService<SharedQueryCache>().Cleared += () => Interlocked.Increment(ref cleared);
        // (What was announced when it began to listen may still be on its way.)
        await ChangesAsync(() => farm.ChangeWorkerAsync(worker, new WorkerEdit("gpu", null, null, "2.5"), By.Admin(), Cancel));
        await ChangesAsync(() => farm.ChangeWorkerAsync(worker, new WorkerEdit("gpu", null, null, "3.5"), By.Admin(), Cancel));
        await ChangesAsync(() => farm.RenameWorkflowAsync(workflow, "renamed", By.Admin(), Cancel));
        await ChangesAsync(() => app.Database.ExecuteAsync(
            "INSERT INTO performance_alert_thresholds (metric_name, scope_type, warning_threshold, critical_threshold) VALUES ('vram_peak_mb', 'global', 10, 20)"));

        async Task ChangesAsync(Func<Task> change)
        {
            var before = Volatile.Read(ref cleared);
            await change();
            await Eventually.ThatAsync(() => Task.FromResult(Volatile.Read(ref cleared) > before), "the other instance hears of it");
        }
    }
}
