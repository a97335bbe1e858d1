using Microsoft.Extensions.Caching.Memory;
using PerfDash.Core.Live;
using PerfDash.Core.Settings;

namespace PerfDash.Web.Live;

/// <summary>
/// Runs a query once for all pages that ask the same: who asks while it runs waits for that run, and a result that took long is kept for
/// <see cref="MaxAge"/> at most. A run that nobody waits for is cancelled. Failures are not kept, and a change of settings clears everything.
/// </summary>
public sealed class SharedQueryCache : IDisposable
{
    /// <summary>
    /// The longest time a result is kept, whatever it cost. It bounds what nothing announces: a range that moves on with the clock,
    /// a name that the host changes in its own table, a notification that was lost.
    /// </summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    // What is had at once is asked again: a result is not worth being a moment old for it.
    private static readonly TimeSpan LeastCost = TimeSpan.FromMilliseconds(250);

    private const int MostKept = 500;

    private readonly MemoryCache _kept = new(new MemoryCacheOptions { SizeLimit = MostKept });
    private readonly Dictionary<object, Load> _loads = [];
    private readonly Lock _counting = new();
    private readonly LiveUpdates _live;
    private readonly SettingsUpdates _settings;
    private readonly TimeProvider _time;

    /// <summary>An empty cache.</summary>
    public SharedQueryCache(LiveUpdates live, SettingsUpdates settings, TimeProvider time)
    {
        (_live, _settings, _time) = (live, settings, time);
        _settings.Changed += Clear;
    }

    /// <summary>Raised after a change of settings: everything shown may be out of date. Handlers must be quick.</summary>
    public event Action? Cleared;

    /// <summary>A kept result that is accepted, or else the result of a run.</summary>
    /// <param name="question">What besides the type of the result decides it, compared by value.</param>
    /// <param name="accepts">Whether a kept result is fresh enough.</param>
    /// <param name="load">Runs the query on a thread of its own; its token is cancelled when nobody waits any more.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<CachedResult<T>> GetAsync<T>(object question, Func<CachedResult, bool> accepts, Func<CancellationToken, Task<T>> load, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        question = (typeof(T), question);
        if (_kept.TryGetValue(question, out CachedResult<T>? kept) && _time.GetUtcNow() < kept!.At + kept.Took + MaxAge && accepts(kept))
            return kept;

        Load shared;
        lock (_counting)
        {
            if (!_loads.TryGetValue(question, out shared!))
            {
                var started = shared = new Load();
                _loads.Add(question, started);
                // Taken now: by the time it is used, all who waited may have left and disposed of its source.
                var ending = started.Ending.Token;
                started.Task = Task.Run(() => LoadAsync(question, started, load, ending), CancellationToken.None);
            }

            shared.Waiting++;
        }

        try
        {
            return await ((Task<CachedResult<T>>)shared.Task).WaitAsync(cancellationToken);
        }
        finally
        {
            Leave(question, shared);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _settings.Changed -= Clear;
        _kept.Dispose();
    }

    private void Clear()
    {
        lock (_counting)
        {
            _kept.Clear();
            // They began before the change: nobody joins them any more, and what they bring is not kept.
            _loads.Clear();
        }

        Cleared?.Invoke();
    }

    private async Task<CachedResult<T>> LoadAsync<T>(object question, Load shared, Func<CancellationToken, Task<T>> load, CancellationToken ending)
    {
        var (at, version, started) = (_time.GetUtcNow(), _live.Current, _time.GetTimestamp());
        try
        {
            var result = new CachedResult<T>(await load(ending), at, _time.GetElapsedTime(started), version);
            lock (_counting)
            {
                if (result.Took >= LeastCost && _loads.GetValueOrDefault(question) == shared)
                    _kept.Set(question, result, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = MaxAge });
            }

            return result;
        }
        finally
        {
            lock (_counting)
                Remove(question, shared);
        }
    }

    private void Leave(object question, Load shared)
    {
        lock (_counting)
        {
            if (--shared.Waiting > 0)
                return;
            // From here on nobody joins it.
            Remove(question, shared);
        }

        shared.Ending.Cancel();
        shared.Ending.Dispose();
    }

    private void Remove(object question, Load shared)
    {
        if (_loads.GetValueOrDefault(question) == shared)
            _loads.Remove(question);
    }

    private sealed class Load
    {
        public CancellationTokenSource Ending { get; } = new();

        public Task Task { get; set; } = Task.CompletedTask;

        public int Waiting { get; set; }
    }
}

/// <summary>How old a result is, and what it cost.</summary>
/// <param name="At">When its query was started.</param>
/// <param name="Took">How long the query ran.</param>
/// <param name="Version">The newest state of recording that the result is sure to contain.</param>
public abstract record CachedResult(DateTimeOffset At, TimeSpan Took, LiveState Version)
{
    /// <summary>Live updates may take one part in so many of the time: heavy queries run less often than light ones.</summary>
    public const int Share = 10;

    /// <summary>The earliest moment to run the query again for jobs recorded since.</summary>
    public DateTimeOffset NotBefore => At + (Took * (Share + 1));
}

/// <summary>The result of a query.</summary>
/// <param name="Value">What the query returned.</param>
/// <param name="At">When it was started.</param>
/// <param name="Took">How long it ran.</param>
/// <param name="Version">The newest state of recording that the result is sure to contain.</param>
public sealed record CachedResult<T>(T Value, DateTimeOffset At, TimeSpan Took, LiveState Version) : CachedResult(At, Took, Version);
