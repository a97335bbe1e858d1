using Microsoft.Extensions.Options;
using PerfDash.Core.Messaging;

namespace PerfDash.Core.Collection;

/// <summary>
/// How capture is doing in this process, and the signal that wakes the collector. Rebuilt at every start: nothing here
/// is needed to lose nothing.
/// </summary>
public sealed class CollectionState
{
    // A look that failed once and is repeated at once is no outage.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly ListenerState _listener;
    private readonly TimeSpan _silence;
    private readonly DateTimeOffset _startedAt;
    private readonly Signal _signal = new();
    private long _lastPollTicks;
    private volatile CollectionProblem? _failure;

    /// <summary>The state at a start.</summary>
    public CollectionState(ListenerState listener, TimeProvider time, IOptions<CollectionOptions> options)
    {
        (_listener, _time, _startedAt, _silence) = (listener, time, time.GetUtcNow(), TimeSpan.FromSeconds(10) + options.Value.PollInterval);
        listener.Changed += () => Changed?.Invoke();
    }

    /// <summary>Raised when <see cref="Listening"/> or <see cref="Connected"/> may have changed. Handlers must be quick.</summary>
    public event Action? Changed;

    /// <summary>True while the LISTEN connection stands; without it the poll alone finds completions.</summary>
    public bool Listening => _listener.IsListening;

    /// <summary>What keeps completed jobs from being recorded, and since when; null while the collector works.</summary>
    public CollectionProblem? Problem
    {
        get
        {
            var now = _time.GetUtcNow();
            if (_failure is { } failure)
                return now - failure.Since >= Patience ? failure : null;
            var lastPoll = Interlocked.Read(ref _lastPollTicks) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : _startedAt;
            return Connected || now - _startedAt < _silence ? null : new CollectionProblem(lastPoll, "The database does not answer the collector.", IsUnreachable: true);
        }
    }

    /// <summary>True when the outbox was looked at successfully within the last 10 seconds, beyond the poll's own pause.</summary>
    public bool Connected =>
        _time.GetUtcNow().UtcTicks - Interlocked.Read(ref _lastPollTicks) < _silence.Ticks;

    /// <summary>Wakes the collector now.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Returns after a signal, or after <paramref name="atMost"/>.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _signal.WaitAsync(atMost, cancellationToken);

    internal void Polled()
    {
        Interlocked.Exchange(ref _lastPollTicks, _time.GetUtcNow().UtcTicks);
        if (_failure is null)
            return;
        _failure = null;
        Changed?.Invoke();
    }

    internal void PollFailed(Exception error)
    {
        _failure = new CollectionProblem(_failure?.Since ?? _time.GetUtcNow(), DatabaseErrors.Describe(error), DatabaseErrors.IsUnreachable(error));
        Changed?.Invoke();
    }
}

/// <summary>What keeps completed jobs from being recorded.</summary>
/// <param name="Since">When it began.</param>
/// <param name="Error">The latest error, in a sentence.</param>
/// <param name="IsUnreachable">True where the database is not there or lets nobody in; false where it answers with errors.</param>
public sealed record CollectionProblem(DateTimeOffset Since, string Error, bool IsUnreachable);
