using System.Threading.Channels;
using Microsoft.Extensions.Options;

namespace PerfDash.Core.Collection;

/// <summary>
/// How capture is doing in this process, and the bell that wakes the collector. Rebuilt at every start: nothing here
/// is needed to lose nothing.
/// </summary>
public sealed class CollectionState(TimeProvider time, IOptions<CollectionOptions> options)
{
    // A look that failed once and is repeated at once is no outage.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _lastPollTicks;
    private volatile CollectionProblem? _failure;

    /// <summary>Raised when <see cref="Listening"/> or <see cref="Connected"/> may have changed. Handlers must be quick.</summary>
    public event Action? Changed;

    /// <summary>True while the LISTEN connection stands; without it the poll alone finds completions.</summary>
    public bool Listening { get; private set; }

    /// <summary>What keeps completed jobs from being recorded, and since when; null while the collector works.</summary>
    public CollectionProblem? Problem
    {
        get
        {
            var now = time.GetUtcNow();
            if (_failure is { } failure)
                return now - failure.Since >= Patience ? failure : null;
            var lastPoll = Interlocked.Read(ref _lastPollTicks) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : _startedAt;
            return Connected || now - _startedAt < Silence ? null : new CollectionProblem(lastPoll, "The database does not answer the collector.", IsUnreachable: true);
        }
    }

    /// <summary>True when the outbox was looked at successfully within the last 10 seconds, beyond the poll's own pause.</summary>
    public bool Connected =>
        time.GetUtcNow().UtcTicks - Interlocked.Read(ref _lastPollTicks) < Silence.Ticks;

    private TimeSpan Silence => TimeSpan.FromSeconds(10) + options.Value.PollInterval;

    /// <summary>Wakes the collector now.</summary>
    public void Wake() => _signal.Writer.TryWrite(true);

    /// <summary>Returns when somebody rang, or after <paramref name="atMost"/>.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(atMost);
        try
        {
            await _signal.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody rang: time to look anyway.
        }
    }

    internal void SetListening(bool listening)
    {
        Listening = listening;
        Changed?.Invoke();
    }

    internal void Polled()
    {
        Interlocked.Exchange(ref _lastPollTicks, time.GetUtcNow().UtcTicks);
        if (_failure is null)
            return;
        _failure = null;
        Changed?.Invoke();
    }

    internal void PollFailed(Exception error)
    {
        _failure = new CollectionProblem(_failure?.Since ?? time.GetUtcNow(), DatabaseErrors.Describe(error), DatabaseErrors.IsUnreachable(error));
        Changed?.Invoke();
    }
}

/// <summary>What keeps completed jobs from being recorded.</summary>
/// <param name="Since">When it began.</param>
/// <param name="Error">The latest error, in a sentence.</param>
/// <param name="IsUnreachable">True where the database is not there or lets nobody in; false where it answers with errors.</param>
public sealed record CollectionProblem(DateTimeOffset Since, string Error, bool IsUnreachable);
