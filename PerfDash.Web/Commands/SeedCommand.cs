using PerfDash.Core.Demo;
using Spectre.Console;

namespace PerfDash.Web.Commands;

/// <summary><c>./perfdash seed</c>: synthetic history in bulk, for trying PerfDash at size.</summary>
internal static class SeedCommand
{
    /// <summary>Writes it with a progress bar on a terminal.</summary>
    public static async Task<int> RunAsync(string[] settings, int jobs, int days, int seed, CancellationToken cancellationToken)
    {
        await using var tools = await CommandServices.OpenAsync(settings, migrate: true, cancellationToken);
        var history = ActivatorUtilities.CreateInstance<DemoHistory>(tools.Services);
        var done = await ConsoleProgress.RunAsync("Seeding jobs", jobs, async advance =>
            await history.SeedAsync(jobs, days, seed, new Reporter(p => advance(p.JobsWritten)), cancellationToken));
        Console.WriteLine(FormattableString.Invariant($"seeded {done.JobsWritten} jobs, {done.MetricsWritten} metrics, {done.JobsPerSecond:F0} jobs/s"));
        return 0;
    }

    private sealed class Reporter(Action<SeedProgress> report) : IProgress<SeedProgress>
    {
        public void Report(SeedProgress value) => report(value);
    }
}

/// <summary>A progress bar on a terminal; on a pipe, nothing.</summary>
internal static class ConsoleProgress
{
    /// <summary>Runs <paramref name="work"/>, which says how far it is.</summary>
    public static async Task<T> RunAsync<T>(string what, double total, Func<Action<double>, Task<T>> work)
    {
        if (Console.IsOutputRedirected)
            return await work(_ => { });
        return await AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask(what, maxValue: total);
                return await work(value => task.Value = value);
            });
    }
}
