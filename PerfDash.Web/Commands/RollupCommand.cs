using PerfDash.Core.Rollups;

namespace PerfDash.Web.Commands;

/// <summary><c>./perfdash rollup</c>: maintains the sums of closed hours and days.</summary>
internal static class RollupCommand
{
    /// <summary>Computes them anew, with a progress bar on a terminal; a running PerfDash answers from the metrics meanwhile.</summary>
    public static async Task<int> RebuildAsync(string[] settings, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellationToken)
    {
        if (from >= to)
        {
            await Console.Error.WriteLineAsync("--from must be before --to.");
            return 1;
        }

        await using var tools = await CommandServices.OpenAsync(settings, migrate: true, cancellationToken);
        var closer = tools.Services.GetRequiredService<RollupCloser>();
        var range = from is null && to is null ? (TimeRange?)null : new TimeRange(from ?? DateTimeOffset.MinValue, to ?? DateTimeOffset.MaxValue);
        var closed = await ConsoleProgress.RunAsync("Rebuilding roll-ups", 1, advance =>
            closer.RebuildAsync(range, (done, all) => advance((double)done / all), cancellationToken));
        Console.WriteLine(FormattableString.Invariant($"rebuilt {closed} hours and days"));
        return 0;
    }
}
