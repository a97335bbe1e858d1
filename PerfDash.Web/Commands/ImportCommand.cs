using System.Runtime.InteropServices;
using PerfDash.Core.Ingest.Import;

namespace PerfDash.Web.Commands;

/// <summary><c>./perfdash import</c>: history from a file.</summary>
internal static class ImportCommand
{
    /// <summary>Imports it with a progress bar on a terminal; the last line says what became of its jobs. 0 unless no line could be used.</summary>
    public static async Task<int> RunAsync(
        string[] settings, FileInfo history, FileInfo? mapFile, bool shiftToNow, CancellationToken cancellationToken)
    {
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            var result = await ImportAsync(settings, history.FullName, mapFile?.FullName, shiftToNow, interrupted.Token);
            foreach (var (_, message, lines) in result.UnknownFields)
                Console.WriteLine(FormattableString.Invariant($"{message} It was ignored in {lines} {(lines == 1 ? "line" : "lines")}."));
            if (result.HasMoreUnknownFields)
                Console.WriteLine("More unknown fields were ignored.");
            foreach (var (line, reason) in result.RejectedLines)
                Console.WriteLine(FormattableString.Invariant($"line {line}: {reason}"));
            if (result.Rejected > result.RejectedLines.Count)
                Console.WriteLine(FormattableString.Invariant($"and {result.Rejected - result.RejectedLines.Count} more"));
            Console.WriteLine(FormattableString.Invariant($"imported {result.Imported}, duplicates {result.Duplicates}, rejected {result.Rejected}"));
            // A file of which nothing could be used is not what was meant.
            return result.Rejected > 0 && result.Imported + result.Duplicates == 0 ? 1 : 0;
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Cancelled. Imported jobs are kept. Run the same command again to continue.");
            return 130;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupted.Cancel();
        }
    }

    // The file and the map are looked at before there is a database to change.
    private static async Task<ImportResult> ImportAsync(
        string[] settings, string path, string? mapPath, bool shiftToNow, CancellationToken cancellationToken)
    {
        var map = mapPath is null ? null : await ImportMapReader.LoadAsync(mapPath, cancellationToken);
        var file = await HistoryFile.OpenAsync(path, map, cancellationToken);
        if (file.IgnoredColumns.Count > 0)
            await Console.Error.WriteLineAsync($"Ignored columns (not fields of a job): {string.Join(", ", file.IgnoredColumns)}");
        await using var tools = await CommandServices.OpenAsync(settings, migrate: true, cancellationToken);
        var import = tools.Services.GetRequiredService<HistoryImport>();
        return await ConsoleProgress.RunAsync("Importing", 1, async advance =>
            await import.RunAsync(file, shiftToNow, new Reporter(advance), cancellationToken));
    }

    private sealed class Reporter(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
