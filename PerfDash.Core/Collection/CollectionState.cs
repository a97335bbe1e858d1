using System.Threading.Channels;
using Microsoft.Extensions.Options;

namespace PerfDash.Core.Collection;

/// <summary>
/// How capture is doing in this process, and the bell that wakes the collector. Rebuilt at every start: nothing here
/// is needed to lose nothing.
/// </summary>
public sealed class CollectionState(TimeProvider time, IOptions<CollectionOptions> options)
{
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _lastLookTicks;

    /// <summary>Raised when <see cref="Listening"/> or <see cref="Connected"/> may have changed. Handlers must be quick.</summary>
    public event Action? Changed;

    /// <summary>True while the LISTEN connection stands; without it the poll alone finds completions.</summary>
    public bool Listening { get; private set; }

    /// <summary>What ended the latest look at the outbox or the LISTEN connection; null when all is well.</summary>
    public string? LastError { get; private set; }

    /// <summary>True when the outbox was looked at successfully within the last 10 seconds, beyond the poll's own pause.</summary>
    public bool Connected =>
        time.GetUtcNow().UtcTicks - Interlocked.Read(ref _lastLookTicks) < (TimeSpan.FromSeconds(10) + options.Value.PollInterval).Ticks;

    /// <summary>Wakes the collector now.</summary>
    public void Wake() => _bell.Writer.TryWrite(true);

    /// <summary>Returns when somebody rang, or after <paramref name="atMost"/>.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(atMost);
        try
        {
            await _bell.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody rang: time to look anyway.
        }
    }

    internal void SetListening(bool listening, string? error)
    {
        Listening = listening;
        LastError = error;
        Changed?.Invoke();
    }

    internal void Looked()
    {
        Interlocked.Exchange(ref _lastLookTicks, time.GetUtcNow().UtcTicks);
        if (Listening && LastError is not null)
        {
            LastError = null;
            Changed?.Invoke();
        }
    }

    internal void LookFailed(string error)
    {
        LastError = error;
        Changed?.Invoke();
    }
}
