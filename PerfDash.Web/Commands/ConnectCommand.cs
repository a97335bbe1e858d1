using System.Runtime.InteropServices;
using PerfDash.Core.Sources;
using PerfDash.Web.Hosting.Startup;

namespace PerfDash.Web.Commands;

/// <summary><c>./perfdash connect</c>: follows a server near it and reports over HTTP, where PerfDash itself cannot reach the server.</summary>
internal static class ConnectCommand
{
    /// <summary>Follows it until interrupted; 1 where it cannot begin.</summary>
    public static async Task<int> RunAsync(string server, string receiver, string key, string? name, string[] headers, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(receiver, UriKind.Absolute, out var to) || to.Scheme is not ("http" or "https"))
            throw new StartupException($"--to is \"{receiver}\"; it must be an address such as {ServeCommand.DefaultAddress}.");
        using var logs = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        if (RemoteConnector.Create(server, HeadersOf(headers), name, to, key, logs, out var error) is not { } connector)
            throw new StartupException(error!);
        using (connector)
        {
            try
            {
                await connector.RunAsync(interrupted.Token);
                return 0;
            }
            catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
            {
                return 0;
            }
            catch (UnauthorizedAccessException e)
            {
                throw new StartupException(e.Message);
            }
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            interrupted.Cancel();
        }
    }

    private static Dictionary<string, string> HeadersOf(string[] headers) => headers.ToDictionary(
        header => header.Split(':', 2)[0].Trim(),
        header => header.Split(':', 2) is [_, var value] ? value.Trim() : throw new StartupException($"--header is \"{header}\"; it must be a name and a value, such as 'Authorization: Bearer abc'."),
        StringComparer.OrdinalIgnoreCase);
}
