using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core.Messaging;
using PerfDash.Core.Sources.ComfyUi.Probes;
using PerfDash.Core.Sources.ComfyUi.Protocol;
using PerfDash.Core.Sources.Probes;
using PerfDash.Data.Sources;

namespace PerfDash.Core.Sources.ComfyUi;

/// <summary>
/// Follows one server: its socket says that something has changed and when nodes run, queue and history say what. Each connection has a new
/// client id; a lost one is tried again with growing pauses.
/// </summary>
/// <param name="probes">Runs of the source's probe, which are submitted while the server has nothing to do; null: none are.</param>
/// <param name="wake">Set where something may be due before the next reading.</param>
internal sealed partial class ComfyUiWatcher(
    ComfyUiEndpoint endpoint, IPromptReceiver receiver, TimeProvider time, ILogger logger, ProbeRuns? probes = null, Signal? wake = null)
{
    private static readonly TimeSpan BusyInterval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan QuietInterval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Signal _changed = wake ?? new Signal();
    private string? _away;

    /// <summary>Follows it until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var client = new ComfyUiClient(endpoint);
        var prompts = new ServerPrompts(client, receiver, time);
        var pause = FirstPause;
        while (true)
        {
            try
            {
                await ConnectAsync(client, prompts, () => pause = FirstPause, cancellationToken);
            }
            catch (ComfyUiException e)
            {
                // Once for each reason: it is tried again for as long as the server is away.
                if (prompts.Status.LastError != e.Message)
                    LogLost(endpoint.Name, e.Message);
                prompts.Status = prompts.Status with { State = e.Kind == ComfyUiFailure.Unreachable ? SourceState.Unreachable : SourceState.Refused, LastError = e.Message, QueueRunning = null, QueuePending = null };
            }
            catch (Exception e) when (IsReceiverAway(e, cancellationToken))
            {
                LogAway(e.Message);
            }

            prompts.MarkLost();
            await TryReportAsync(prompts, cancellationToken);
            await Task.Delay(pause * (0.75 + (Random.Shared.NextDouble() / 2)), time, cancellationToken);
            pause = TimeSpan.FromSeconds(Math.Min(pause.TotalSeconds * 2, LongestPause.TotalSeconds));
        }
    }

    private async Task TryReportAsync(ServerPrompts prompts, CancellationToken cancellationToken)
    {
        try
        {
            await receiver.ReceiveStatusAsync(prompts.Status, cancellationToken);
        }
        catch (Exception e) when (IsReceiverAway(e, cancellationToken))
        {
            LogAway(e.Message);
        }
    }

    private static bool IsReceiverAway(Exception e, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && e is NpgsqlException or HttpRequestException or TimeoutException;

    // Once for each reason.
    private void LogAway(string error)
    {
        if (_away != error)
            LogNotReceived(endpoint.Name, error);
        _away = error;
    }

    private async Task ConnectAsync(ComfyUiClient client, ServerPrompts prompts, Action connected, CancellationToken cancellationToken)
    {
        await SampleAsync(client, prompts, cancellationToken);
        // Before the socket: a server behind a proxy that lets no sockets through is read with each try all the same.
        await using var socket = await ConnectSocketAsync(prompts, cancellationToken);
        prompts.Status = prompts.Status with { State = SourceState.Connected, LastError = null };
        await prompts.ReadAsync(cancellationToken);
        await receiver.ReceiveStatusAsync(prompts.Status, cancellationToken);
        connected();
        LogConnected(endpoint.Name, prompts.Status.Stats?.Version ?? "of unknown version");

        using var session = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var submitter = probes is null ? null : new ProbeSubmitter(client, prompts, probes, time);
        Task[] tasks =
        [
            ListenAsync(socket, prompts, session.Token),
            PollAsync(prompts, submitter, socket.ClientId, session.Token),
            SampleRunningAsync(client, prompts, session.Token),
        ];
        // The first to end tells why; the others end with it.
        var first = await Task.WhenAny(tasks);
        await session.CancelAsync();
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task<ComfyUiSocket> ConnectSocketAsync(ServerPrompts prompts, CancellationToken cancellationToken)
    {
        try
        {
            return await ComfyUiSocket.ConnectAsync(endpoint, time, cancellationToken);
        }
        catch (ComfyUiException)
        {
            await prompts.ReadAsync(cancellationToken);
            throw;
        }
    }

    private async Task ListenAsync(ComfyUiSocket socket, ServerPrompts prompts, CancellationToken cancellationToken)
    {
        await foreach (var frame in socket.ReadAsync(cancellationToken))
        {
            prompts.Add(frame);
            // History is written before the last status of a prompt.
            if (frame.Kind is ComfyUiFrameKind.Status or ComfyUiFrameKind.ExecutionInterrupted)
                _changed.Set();
        }

        throw new ComfyUiException(ComfyUiFailure.Unreachable, "The server has closed the connection.");
    }

    private async Task PollAsync(ServerPrompts prompts, ProbeSubmitter? submitter, string clientId, CancellationToken cancellationToken)
    {
        while (true)
        {
            await _changed.WaitAsync(prompts.IsBusy ? BusyInterval : QuietInterval, cancellationToken);
            try
            {
                await prompts.ReadAsync(cancellationToken);
                await receiver.ReceiveStatusAsync(prompts.Status, cancellationToken);
                _away = null;
                if (prompts.IsIdle && submitter is not null && await submitter.SubmitDueAsync(clientId, cancellationToken))
                    _changed.Set();
            }
            catch (Exception e) when (IsReceiverAway(e, cancellationToken))
            {
                // What it has not taken is sent again. The socket stays open: what runs meanwhile is seen.
                LogAway(e.Message);
                await Task.Delay(BusyInterval, time, cancellationToken);
                _changed.Set();
            }
        }
    }

    private async Task SampleRunningAsync(ComfyUiClient client, ServerPrompts prompts, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SampleInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            // Without a card there is nothing to sample.
            if (prompts.IsRunning && prompts.Status.Stats?.VramTotalMb is not null)
                await SampleAsync(client, prompts, cancellationToken);
        }
    }

    private static async Task SampleAsync(ComfyUiClient client, ServerPrompts prompts, CancellationToken cancellationToken)
    {
        using var answer = await client.GetSystemStatsAsync(cancellationToken);
        prompts.AddSample(ServerStats.Parse(answer.RootElement)
            ?? throw new ComfyUiException(ComfyUiFailure.BadResponse, "The answer to /system_stats is not that of a ComfyUI server."));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Following ComfyUI {Version} at {Name}")]
    private partial void LogConnected(string name, string version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "ComfyUI at {Name} is lost ({Error}); it is tried again")]
    private partial void LogLost(string name, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Jobs of ComfyUI at {Name} could not be stored ({Error}); they are read again")]
    private partial void LogNotReceived(string name, string error);
}
