using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PerfDash.Tests.Support;

/// <summary>A real SMTP server on loopback (Debian's python3-aiosmtpd) that prints what it takes.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly Process _process;
    private readonly StringBuilder _printed = new();

    private MailServer(Process process, int port)
    {
        (_process, Port) = (process, port);
        process.OutputDataReceived += (_, e) =>
        {
            lock (_printed)
                _printed.AppendLine(e.Data);
        };
        process.BeginOutputReadLine();
    }

    public int Port { get; }

    /// <summary>Every message so far, as it was transferred.</summary>
    public string Printed
    {
        get
        {
            lock (_printed)
                return _printed.ToString();
        }
    }

    public static async Task<MailServer> StartAsync(int? atPort = null)
    {
        if (!File.Exists("/usr/lib/python3/dist-packages/aiosmtpd/__init__.py"))
            Assert.Skip("The mail server of this test is the Debian package python3-aiosmtpd; ./test installs it.");
        var port = atPort ?? FreePort();
        var process = Process.Start(new ProcessStartInfo(
            Python, ["-u", "-m", "aiosmtpd", "-n", "-l", $"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Debugging", "stdout"])
        {
            RedirectStandardOutput = true,
        })!;
        var server = new MailServer(process, port);
        await Eventually.ThatAsync(() => AnswersAsync(port), "the mail server answers");
        return server;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
