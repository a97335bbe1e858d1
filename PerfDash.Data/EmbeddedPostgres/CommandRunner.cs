using System.Diagnostics;

namespace PerfDash.Data.EmbeddedPostgres;

/// <summary>What a finished command left behind.</summary>
/// <param name="ExitCode">0 when it succeeded.</param>
/// <param name="Output">Standard output, then standard error.</param>
internal sealed record CommandResult(int ExitCode, string Output)
{
    internal bool Succeeded => ExitCode == 0;
}

/// <summary>Runs short commands to their end.</summary>
internal static class CommandRunner
{
    /// <summary>Runs a command without a shell and without input. A cancelled command is killed with its children.</summary>
    internal static async Task<CommandResult> RunAsync(
        IEnumerable<string> command, string? workingDirectory, CancellationToken cancellationToken)
    {
        string[] words = [.. command];
        var startInfo = new ProcessStartInfo(words[0], words.Skip(1))
        {
            WorkingDirectory = workingDirectory ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Messages are searched for known causes, so they must be English.
        startInfo.Environment["LC_ALL"] = "C";

        using var process = Process.Start(startInfo)
            ?? throw new EmbeddedPostgresException($"{words[0]} could not be started.");
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await Task.WhenAll(output, error);
            await process.WaitForExitAsync(cancellationToken);
            return new CommandResult(process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Full path of a program on PATH, or null.</summary>
    internal static string? Locate(string program) =>
        PathFolders().Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>The folders of PATH, in order.</summary>
    internal static IEnumerable<string> PathFolders() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
