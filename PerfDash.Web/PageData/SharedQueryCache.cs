using PerfDash.Core.Messaging;
using PerfDash.Core.Settings;

namespace PerfDash.Web.PageData;

/// <summary>
/// Runs a query once for all pages that ask the same at the same moment: while it runs and for <see cref="MaxAge"/> from its start, unless a job is
/// recorded or settings change meanwhile; pages that refresh together share it although jobs are recorded. A run that nobody waits for is
/// cancelled. Failures are not kept.
/// </summary>
public sealed class SharedQueryCache : IDisposable
{
    /// <summary>How long a result is given to others: as long as open pages take to ask after an update.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

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

    /// <summary>The result of a run of this moment, or else of a new one.</summary>
    /// <param name="question">What besides the type of the result decides it, compared by value.</param>
    /// <param name="load">Runs the query on a thread of its own; its token is cancelled when nobody waits any more.</param>
    /// <param name="bypassCache">True for a new run in any case.</param>
    /// <param name="since">A run that started from this moment on will do although a job was recorded meanwhile; null: none will.</param>
    public async Task<CachedResult<T>> GetAsync<T>(
        object question, Func<CancellationToken, Task<T>> load, CancellationToken cancellationToken, bool bypassCache = false, DateTimeOffset? since = null)
    {
        cancellationToken.ThrowIfCancellationRequested();
        question = (typeof(T), question);
        Load shared;
        lock (_counting)
        {
            var now = _time.GetUtcNow();
            if (bypassCache || !_loads.TryGetValue(question, out shared!) || shared.Task.IsFaulted || shared.IsOver(now)
                || !(ReferenceEquals(shared.State, _live.Current) || shared.At >= since))
            {
                foreach (var (over, _) in _loads.Where(kept => kept.Value.IsOver(now)).ToList())
                    _loads.Remove(over);
                // Before the run begins: a job recorded meanwhile is not taken to be in its result.
                _loads[question] = shared = new Load(now, _live.Current);
                // Taken now: by the time it is used, all who waited may have left.
                var ending = shared.Ending.Token;
                shared.Task = Task.Run(async () => new CachedResult<T>(await load(ending), now), CancellationToken.None);
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

    public void Dispose() => _settings.Changed -= Clear;

    private void Clear()
    {
        lock (_counting)
            _loads.Clear();
        Cleared?.Invoke();
    }

    private void Leave(object question, Load shared)
    {
        lock (_counting)
        {
            if (--shared.Waiting > 0 || shared.Task.IsCompleted)
                return;
            // From here on nobody joins it.
            if (_loads.GetValueOrDefault(question) == shared)
                _loads.Remove(question);
        }

        shared.Ending.Cancel();
    }

    private sealed class Load(DateTimeOffset at, LiveState state)
    {
        public DateTimeOffset At { get; } = at;

        public LiveState State { get; } = state;

        public bool IsOver(DateTimeOffset now) => Task.IsCompleted && now - At >= MaxAge;

        public CancellationTokenSource Ending { get; } = new();

        public Task Task { get; set; } = Task.CompletedTask;

        public int Waiting { get; set; }
    }
}

/// <summary>The result of a query.</summary>
/// <param name="Value">What the query returned.</param>
/// <param name="At">When it was started.</param>
public sealed record CachedResult<T>(T Value, DateTimeOffset At);
