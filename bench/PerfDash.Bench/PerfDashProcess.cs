using System.Diagnostics;
using System.Net;

namespace PerfDash.Bench;

/// <summary>The whole program as <c>./perfdash</c> runs it: published, in a process of its own, on a free port.</summary>
internal sealed class PerfDashProcess : IAsyncDisposable
{
    // The shell ends the program when its input closes: when this process wants it, and also when it is killed.
    private const string Guard = """trap '' INT; "$@" & program=$!; cat >/dev/null; kill "$program"; wait "$program"; exit 0""";
    private const string LinkMark = "one-time link, valid for 15 minutes: ";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _link = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PerfDashProcess(Process process) => _process = process;

    /// <summary>Signs one browser in and leads to the overview.</summary>
    public Uri SignInLink => _link.Task.Result;

    /// <summary>Resident memory of the program, in MB of 1,048,576 bytes.</summary>
    public double ResidentMb
    {
        get
        {
            // The process started is the shell that guards it.
            var child = File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
            var line = File.ReadLines($"/proc/{child}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return double.Parse(line["VmRSS:".Length..^" kB".Length], System.Globalization.CultureInfo.InvariantCulture) / 1024;
        }
    }

    /// <summary>Publishes the program of this working copy into a folder and returns the path to start.</summary>
    public static async Task<string> PublishAsync(string directory, CancellationToken stop)
    {
        Console.Error.WriteLine("publishing PerfDash.Web");
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "PerfDash.sln")))
            root = root.Parent ?? throw new InvalidOperationException($"No PerfDash.sln above {AppContext.BaseDirectory}: run it from the repository.");

        var app = Path.Combine(directory, "app");
        using var publish = Process.Start(new ProcessStartInfo(
            "dotnet", ["publish", Path.Combine(root.FullName, "PerfDash.Web"), "--configuration", "Release", "--output", app, "--nologo", "-v", "quiet"])
        {
            RedirectStandardOutput = true,
        })!;
        var output = await publish.StandardOutput.ReadToEndAsync(stop);
        await publish.WaitForExitAsync(stop);
        return publish.ExitCode == 0
            ? Path.Combine(app, "PerfDash.Web.dll")
            : throw new InvalidOperationException($"PerfDash.Web could not be published: {output}");
    }

    /// <summary>Starts it and returns when it says that it is ready.</summary>
    public static async Task<PerfDashProcess> StartAsync(
        string program, string connectionString, CancellationToken stop, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("sh", ["-c", Guard, "sh", "dotnet", program, "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["ConnectionStrings__PerfDash"] = connectionString },
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        var started = new PerfDashProcess(Process.Start(start)!);
        try
        {
            await started.UntilReadyAsync(stop);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task UntilReadyAsync(CancellationToken stop)
    {
        _process.OutputDataReceived += (_, output) =>
        {
            if (output.Data?.IndexOf(LinkMark, StringComparison.Ordinal) is >= 0 and var at)
                _link.TrySetResult(new Uri(output.Data[(at + LinkMark.Length)..]));
        };
        _process.BeginOutputReadLine();
        var link = await _link.Task.WaitAsync(StartLimit, stop);

        using var client = new HttpClient { BaseAddress = new Uri(link.GetLeftPart(UriPartial.Authority)) };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(StartLimit);
        while ((await client.GetAsync("/health/ready", limit.Token)).StatusCode != HttpStatusCode.OK)
            await Task.Delay(50, limit.Token);
    }
}
