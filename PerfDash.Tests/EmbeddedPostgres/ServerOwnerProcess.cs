using System.Diagnostics;
using PerfDash.Data.EmbeddedPostgres;

namespace PerfDash.Tests.EmbeddedPostgres;

/// <summary>
/// A second PerfDash process that runs a private server, to be killed. It is this test program with a start-up hook, which
/// takes over before the tests would begin.
/// </summary>
public sealed class ServerOwnerProcess : IDisposable
{
    internal const string DataDirectoryVariable = "PERFDASH_TEST_OWN_SERVER_IN";

    private readonly Process _process;

    private ServerOwnerProcess(Process process) => this._process = process;

    public string ConnectionString { get; private set; } = "";

    /// <summary>Starts the process and waits until its server accepts connections.</summary>
    /// <param name="dataDirectory">Data folder of the server.</param>
    /// <param name="commandPrefix">Words before the command, for example to run it as another user.</param>
    public static async Task<ServerOwnerProcess> StartAsync(string dataDirectory, params string[] commandPrefix)
    {
        var owner = Launch(dataDirectory, commandPrefix);
        owner.ConnectionString = await owner._process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("The helper process ended without a server.");
        return owner;
    }

    /// <summary>Starts the process and does not wait for its server.</summary>
    public static ServerOwnerProcess Launch(string dataDirectory, params string[] commandPrefix)
    {
        var program = typeof(ServerOwnerProcess).Assembly.Location;
        string[] command = [.. commandPrefix, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", program];
        var startInfo = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            WorkingDirectory = "/",
        };
        startInfo.Environment["DOTNET_STARTUP_HOOKS"] = program;
        startInfo.Environment[DataDirectoryVariable] = dataDirectory;
        return new ServerOwnerProcess(Process.Start(startInfo)!);
    }

    /// <summary>As <c>kill -9</c>: no code of the process runs any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    /// <summary>The life of the helper process.</summary>
    internal static void Run(string dataDirectory)
    {
        var options = new EmbeddedPostgresOptions { DataDirectory = dataDirectory };
        var server = EmbeddedPostgresServer.StartAsync(options, progress: null, CancellationToken.None)
            .GetAwaiter().GetResult();
        Console.WriteLine(server.ConnectionString);
        Thread.Sleep(Timeout.Infinite);
        GC.KeepAlive(server);
    }
}
